"""What became of a check: each assertion, how often it held, and what stood on its sides when it did not."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from nbdspy.errors import CheckFailed
from nbdspy.models.budget import Spent


@dataclass(frozen=True, slots=True, kw_only=True)
class Seen:
    """What an expression of an assertion gave: its source and its value, both as text."""

    source: str
    value: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Assertion:
    """One assertion; in a loop it may have held and failed many times.

    `compared` are the values that did not compare, as one line; `seen` what else went into it. Both are of the first
    time that it failed. `error` is what was raised then instead. `missed` is why it should have been reached, when it
    was not.
    """

    line: int
    source: str
    hint: str = ""
    held: int = 0
    failed: int = 0
    missed: str = ""
    message: str = ""
    compared: str = ""
    seen: tuple[Seen, ...] = ()
    error: str = ""

    @property
    def is_failed(self) -> bool:
        """Whether it failed at least once, or was not reached where it should have been."""
        return self.failed > 0 or bool(self.missed)

    @property
    def is_reached(self) -> bool:
        """Whether it was asked at all."""
        return self.held + self.failed > 0

    @property
    def times(self) -> str:
        """How often it failed, where it was asked more than once."""
        asked = self.held + self.failed
        return f"failed {self.failed:,} of {asked:,} times; the first time:" if asked > 1 else ""

    def lines(self) -> Iterator[str]:
        """Why it failed, as text."""
        yield f"line {self.line}: {self.source}"
        for said in (self.times, self.missed, self.compared, self.error, self.message):
            if said:
                yield f"    {said}"
        for one in self.seen:
            yield f"    {one.source} is {one.value}"
        if self.hint:
            yield f"    Hint: {self.hint}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Checked:
    """What a check found.

    Args:
        name: What the check is called.
        assertions: All of them, in the order of the text.
        points: What the check is worth; None when nobody said.
        ended: The error that ended it before its end, with its line; empty when none did.
        notes: Warnings, and what was written to stderr.
        spent: The calls of models that it made.

    Example:
        >>> from nbdspy.checks import checked
        >>> checked("assert len('abc') == 3", name="Letters", points=2)
        Checked(Letters: passed, 1 assertion held, 2 of 2 points)
    """

    name: str
    assertions: tuple[Assertion, ...]
    points: float | None = None
    ended: str = ""
    notes: tuple[str, ...] = ()
    spent: Spent = Spent()

    @property
    def is_passed(self) -> bool:
        """Whether assertions were reached, all of those held, and nothing else was raised."""
        return not self.ended and not self.failures and any(one.is_reached for one in self.assertions)

    @property
    def failures(self) -> tuple[Assertion, ...]:
        """The assertions that failed."""
        return tuple(assertion for assertion in self.assertions if assertion.is_failed)

    @property
    def earned(self) -> float | None:
        """The points that were earned: all or none; None when it is not worth any."""
        return self.points if self.points is None or self.is_passed else 0

    @property
    def counts(self) -> str:
        """How many assertions held, in words."""
        total, failed = len(self.assertions), len(self.failures)
        if failed:
            return f"{failed:,} of {_assertions(total)} failed"
        unreached = sum(not assertion.is_reached for assertion in self.assertions)
        return f"{_assertions(total - unreached)} held" + (f", {unreached:,} not reached" if unreached else "")

    @property
    def score(self) -> str:
        """The points in words; empty when it is not worth any."""
        return "" if self.points is None else f"{self.earned:g} of {self.points:g} points"

    @property
    def summary(self) -> str:
        """The verdict in one line."""
        verdict = "passed" if self.is_passed else "ended early" if self.ended and not self.failures else "failed"
        return f"{self.name}: {', '.join(filter(None, (verdict, self.counts, self.score)))}"

    @property
    def ending(self) -> str:
        """What ended it, in short where an assertion tells of that error at length; empty when nothing did."""
        is_told = any(one.error and self.ended.endswith(one.error) for one in self.assertions)
        return "That ended the check." if is_told else self.ended

    def lines(self) -> Iterator[str]:
        """The verdict, and why."""
        yield self.summary
        for assertion in self.failures:
            yield from assertion.lines()
        if self.ending:
            yield self.ending

    def error(self, *, is_shown: bool = False) -> CheckFailed:
        """The error for a check that did not pass, for a notebook where a card says why or elsewhere."""
        return CheckFailed("\n".join(self.lines()), checked=self, is_shown=is_shown)

    def __repr__(self) -> str:
        return f"Checked({self.summary})"


def _assertions(count: int) -> str:
    return f"{count:,} assertion" + "s" * (count != 1)
