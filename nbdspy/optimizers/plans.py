"""What a compile is about to do, before anything is spent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy import render
from nbdspy.optimizers.expected import Expected

HELD_OUT = "held out"
"""The phase that compares on examples that nothing was chosen by."""
LASTING = 3
"""So many columns of a plan's table are the same in every session."""
COLUMNS = ("phase", "calls", "prompt tokens", "reply tokens", "money", "time")


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A phase and how many program runs it takes, from `low` to `high`, beside `known` ones that are paid already.

    A predictor shows `fewest` to `most` demonstrations in it. `first` is how many runs it takes to the first score of a
    program; 0 when it scores none. `asks` are the calls that write about the program or embed, at least and at most,
    besides its runs, and `letters` the length of all their prompts. `keeps` says that the program's own demonstrations
    are shown, where it has some, `taught` that the runs are the teacher's.
    """

    phase: str
    text: str
    low: int
    high: int
    first: int = 0
    fewest: int = 0
    most: int = 0
    asks: tuple[int, int] = (0, 0)
    letters: tuple[int, int] = (0, 0)
    keeps: bool = True
    taught: bool = False
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The phases of a compile, its calls, its tokens, its money and its time, as ranges.

    `predictors` is how many calls one run of the program makes at least, `judges` how many the metric makes to score
    it. `expected` says for each step what its calls take; what is not known is said to be unknown, never 0. `uncounted`
    says in words which calls no number here counts; `guessed` that nothing is known of the length of replies but the
    limit that the models set.
    """

    optimizer: str
    program: str
    steps: tuple[Step, ...]
    predictors: int = 1
    judges: int = 0
    expected: tuple[Expected, ...] = ()
    uncounted: str = ""
    guessed: bool = False

    @property
    def calls(self) -> tuple[int, int]:
        """Model calls: at least and at most, when each predictor asks once and nothing is cached."""
        low, high = zip(*map(self.calls_of, self.steps), strict=True) if self.steps else ((), ())
        return sum(low), sum(high)

    def calls_of(self, step: Step) -> tuple[int, int]:
        """The same of one phase."""
        return self._a_run * step.low + step.asks[0], self._a_run * step.high + step.asks[1]

    @property
    def total(self) -> Expected:
        """What all steps take."""
        return sum(self.expected, Expected())

    @property
    def prompt_tokens(self) -> tuple[int, int]:
        """Tokens of all prompts, roughly: at least and at most."""
        return self.total.prompt

    @property
    def reply_tokens(self) -> tuple[int, int] | None:
        """Tokens of all replies, or None when nobody can say how many at most."""
        return self.total.reply

    @property
    def usd(self) -> tuple[float, float] | None:
        """US dollars, or None when a price is unknown."""
        return self.total.usd

    @property
    def seconds(self) -> tuple[float, float] | None:
        """How long the calls take at the pace of this process, or None when it is unknown."""
        return self.total.seconds

    def doubt(self, limit: int | None) -> str | None:
        """What speaks against a limit of so many calls: that it is reached before there is a score."""
        before, first, scores = [], 0, False
        for step in self.steps:
            first, scores = self._a_run * max(0, step.first - step.known), step.first > 0
            if scores:
                break
            low, high = self.calls_of(step)
            before += [(step.phase, low, high)] if high else []
        if limit is None or limit >= sum(high for _, _, high in before) + first:
            return None
        is_sure = limit < sum(low for _, low, _ in before) + first
        verb = ("is" if limit == 1 else "are") if is_sure else "may be"
        takes = [f"{phase} {span(low, high)}" for phase, low, high in before]
        takes += [f"{first:,} to score the program that goes in"] if first else []
        end = "before anything is scored" if scores else "before it is done"
        calls = "1 call" if limit == 1 else f"{limit:,} calls"
        return f"{calls} {verb} used up {end}, unless the cache spares some: it takes {', then '.join(takes)}."

    @property
    def _a_run(self) -> int:
        return self.predictors + self.judges

    @property
    def outline(self) -> str:
        """What is the same in every session: neither time nor what replies are expected to take."""
        head = ", ".join([self._head, *self.settled])
        return "\n".join([head, *self._lines(LASTING), *self.remarks(volatile=False)])

    @property
    def settled(self) -> list[str]:
        """What of the money is the same in every session: that it costs nothing, or that nobody knows."""
        return [] if self.usd and self.usd[1] else [self.money]

    def __repr__(self) -> str:
        head = f"{self._head}, {self.money}, {self.time}"
        return "\n".join([head, *self._lines(len(COLUMNS)), *self.remarks()])

    @property
    def _head(self) -> str:
        calls, tokens = span(*self.calls), _roughly(self.prompt_tokens)
        return f"{self.optimizer}({self.program}): {calls} calls, about {tokens} prompt tokens"

    def _lines(self, columns: int) -> list[str]:
        """The table, and behind each phase what it does."""
        table = [COLUMNS[:columns], *(row[:columns] for row in self.rows())]
        widths = [max(map(len, column)) for column in zip(*table, strict=True)]
        lines = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) for row in table]
        texts = ["", *(step.text for step in self.steps), ""]
        return [f"  {line}  {text}".rstrip() for line, text in zip(lines, texts, strict=True)]

    def rows(self) -> list[Sequence[str]]:
        """The cells of each phase and, last, of all of them, as `COLUMNS` names them."""
        parts = zip(self.steps, self.expected, strict=True)
        rows = [_cells(step.phase, self.calls_of(step), expected) for step, expected in parts]
        return [*rows, _cells("total", self.calls, self.total)]

    def remarks(self, *, volatile: bool = True) -> list[str]:
        """What the numbers leave out; with `volatile` also what differs from session to session."""
        guess = "Replies are taken to be as long as the model allows at most, as it was not asked yet."
        return [
            *([f"Not paid again: {self.reuse}."] if self.known else []),
            *([f"Not counted: {self.uncounted}."] if self.uncounted else []),
            *([guess] if self.guessed and volatile else []),
        ]

    @property
    def known(self) -> int:
        """Runs of the program that are surely taken over from earlier compiles; no number here counts them."""
        return sum(step.known for step in self.steps)

    @property
    def reuse(self) -> str:
        """The same in words."""
        are = "1 run of the program is" if self.known == 1 else f"{self.known:,} runs of the program are"
        return f"{are} known from earlier compiles, and more may be" if self.known else ""

    @property
    def money(self) -> str:
        """What it costs, in words: from so many dollars to so many, nothing, or unknown."""
        return "price unknown" if self.usd is None else _dollars(self.usd)

    @property
    def time(self) -> str:
        """How long it takes, in words: about so many minutes, under one, or unknown."""
        return "time unknown" if self.seconds is None else _minutes(self.seconds)


def base_step(examples: int) -> Step:
    """Scoring the program that goes in, on so many validation examples."""
    text = f"the program as it came on {examples} validation examples"
    return Step(phase="base", text=text, low=examples, high=examples, first=examples)


def span(low: int, high: int) -> str:
    """A range of counts: "64 to 150"; one number when both ends are the same."""
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _cells(phase: str, calls: tuple[int, int], expected: Expected) -> Sequence[str]:
    reply, usd, seconds = expected.reply, expected.usd, expected.seconds
    return (
        phase,
        span(*calls),
        _roughly(expected.prompt),
        "unknown" if reply is None else _roughly(reply),
        "unknown" if usd is None else _dollars(usd),
        "unknown" if seconds is None else _minutes(seconds),
    )


def _roughly(ends: tuple[int, int]) -> str:
    """With the two digits that a guess is good for."""
    low, high = (round(number, 2 - len(str(number))) for number in ends)
    return span(low, high)


def _dollars(ends: tuple[float, float]) -> str:
    low, high = map(render.money, ends)
    return "no cost" if not ends[1] else low if low == high else f"{low} to {high}"


def _minutes(ends: tuple[float, float]) -> str:
    low, high = (round(seconds / 60) for seconds in ends)
    return f"about {span(low, high)} min" if high else "under 1 min" if ends[1] else "no time"
