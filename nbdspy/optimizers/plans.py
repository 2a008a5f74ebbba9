"""What a compile is about to do, before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass

HELD_OUT = "held out"
"""The phase that compares on examples that nothing was chosen by."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A phase and how many program runs it takes, from `low` to `high`, beside `known` ones that are paid already.

    A predictor shows `fewest` to `most` demonstrations in it. `first` is how many runs it takes to the first score of a
    program; 0 when it scores none. `asks` are the calls that write about the program or embed, at least and at most,
    besides its runs, and `letters` the length of all their prompts; `free` says that they cost nothing. `keeps` says
    that the program's own demonstrations are shown, where it has some.
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
    free: bool = True
    keeps: bool = True
    known: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The phases of a compile, its calls, its money and its time, as ranges.

    `predictors` is how many calls one run of the program makes at least. `tokens` are those of the prompts, roughly: at
    least and at most. `free` says the model costs nothing; a price that is not known is said to be unknown, never 0.
    `pace` is the seconds that a call has taken in this process, over the calls that are out at once; None when there
    was none.
    """

    optimizer: str
    program: str
    steps: tuple[Step, ...]
    predictors: int = 1
    free: bool = False
    tokens: tuple[int, int] = (0, 0)
    pace: float | None = None

    @property
    def calls(self) -> tuple[int, int]:
        """Model calls: at least and at most, when each predictor asks once and nothing is cached."""
        low, high = zip(*map(self.calls_of, self.steps), strict=True) if self.steps else ((), ())
        return sum(low), sum(high)

    def calls_of(self, step: Step) -> tuple[int, int]:
        """The same of one phase."""
        return self.predictors * step.low + step.asks[0], self.predictors * step.high + step.asks[1]

    @property
    def seconds(self) -> tuple[float, float] | None:
        """How long the calls take at the pace of this process, or None when it is unknown."""
        low, high = self.calls
        return None if self.pace is None else (low * self.pace, high * self.pace)

    def doubt(self, limit: int | None) -> str | None:
        """What speaks against a limit of so many calls: that it is reached before there is a score."""
        before, first, scores = [], 0, False
        for step in self.steps:
            first, scores = self.predictors * max(0, step.first - step.known), step.first > 0
            if scores:
                break
            low, high = self.calls_of(step)
            before += [(step.phase, low, high)] if high else []
        if limit is None or limit >= sum(high for _, _, high in before) + first:
            return None
        verb = "are" if limit < sum(low for _, low, _ in before) + first else "may be"
        takes = [f"{phase} {span(low, high)}" for phase, low, high in before]
        takes += [f"{first:,} to score the program that goes in"] if first else []
        end = "before anything is scored" if scores else "before it is done"
        return f"{limit:,} calls {verb} used up {end}, unless the cache spares some: it takes {', then '.join(takes)}."

    @property
    def usd(self) -> tuple[float, float] | None:
        """US dollars, or None when the price is unknown."""
        return (0.0, 0.0) if self.free else None

    @property
    def outline(self) -> str:
        """What is the same in every session, in a line and one for each phase."""
        money = "no cost" if self.free else "price unknown"
        lines = [f"{self._head}, {money}", *(f"  {step.phase}: {step.text}" for step in self.steps)]
        return "\n".join([*lines, *self._reuse])

    @property
    def _head(self) -> str:
        least, most = map(_roughly, self.tokens)
        calls = span(*self.calls)
        return f"{self.optimizer}({self.program}): {calls} calls, about {least} to {most} prompt tokens"

    def __repr__(self) -> str:
        money = "no cost" if self.free else "price unknown"
        steps = [f"  {step.phase}: {step.text}: {span(*self.calls_of(step))} calls" for step in self.steps]
        return "\n".join([f"{self._head}, {money}, {self.time}", *steps, *self._reuse])

    @property
    def known(self) -> int:
        """Runs of the program that are surely taken over from earlier compiles; no number here counts them."""
        return sum(step.known for step in self.steps)

    @property
    def _reuse(self) -> list[str]:
        return [f"  not paid again: {self.reuse}"] if self.known else []

    @property
    def reuse(self) -> str:
        """The same in words."""
        are = "1 run of the program is" if self.known == 1 else f"{self.known:,} runs of the program are"
        return f"{are} known from earlier compiles, and more may be" if self.known else ""

    @property
    def time(self) -> str:
        """How long it takes, in words: about so many minutes, under one, or unknown."""
        if self.seconds is None:
            return "time unknown"
        low, high = (round(seconds / 60) for seconds in self.seconds)
        return "about " + span(low, high) + " min" if high else "under 1 min"


def base_step(examples: int) -> Step:
    """Scoring the program that goes in, on so many validation examples."""
    text = f"the program as it came on {examples} validation examples"
    return Step(phase="base", text=text, low=examples, high=examples, first=examples)


def span(low: int, high: int) -> str:
    """A range of counts: "64 to 150"; one number when both ends are the same."""
    return f"{low:,}" if low == high else f"{low:,} to {high:,}"


def _roughly(number: int) -> str:
    """With the two digits that a guess is good for."""
    return f"{round(number, 2 - len(str(number))):,}"
