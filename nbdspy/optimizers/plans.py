"""What a compile is about to do, before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A phase and how many program runs it takes, from `low` to `high`.

    A predictor shows `fewest` to `most` demonstrations in it. `first` is how many runs it takes to the first score of a
    program; 0 when it scores none. `asks` are the calls that write about the program, at least and at most, besides its
    runs, and `letters` the length of all their prompts; `free` says that they cost nothing.
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


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The phases of a compile, its calls and its money, as ranges.

    `predictors` is how many calls one run of the program makes at least. `tokens` are those of the prompts, roughly: at
    least and at most. `free` says the model costs nothing; a price that is not known is said to be unknown, never 0.
    """

    optimizer: str
    program: str
    steps: tuple[Step, ...]
    predictors: int = 1
    free: bool = False
    tokens: tuple[int, int] = (0, 0)

    @property
    def calls(self) -> tuple[int, int]:
        """Model calls: at least and at most, when each predictor asks once and nothing is cached."""
        return (
            sum(self.predictors * step.low + step.asks[0] for step in self.steps),
            sum(self.predictors * step.high + step.asks[1] for step in self.steps),
        )

    def doubt(self, limit: int | None) -> str | None:
        """What speaks against a limit of so many calls: that it is reached before there is a score."""
        before, first = [], 0
        for step in self.steps:
            first = self.predictors * step.first
            if first:
                break
            low, high = (
                self.predictors * runs + asks for runs, asks in zip((step.low, step.high), step.asks, strict=True)
            )
            before += [(step.phase, low, high)] if high else []
        if limit is None or limit >= sum(high for _, _, high in before) + first:
            return None
        verb = "are" if limit < sum(low for _, low, _ in before) + first else "may be"
        takes = [f"{phase} {low:,}" + (f" to {high:,}" if high > low else "") for phase, low, high in before]
        takes += [f"{first:,} to score the program that goes in"] if first else []
        end = "before anything is scored" if first else "before it is done"
        return f"{limit:,} calls {verb} used up {end}, unless the cache spares some: it takes {', then '.join(takes)}."

    @property
    def usd(self) -> tuple[float, float] | None:
        """US dollars, or None when the price is unknown."""
        return (0.0, 0.0) if self.free else None

    def __repr__(self) -> str:
        low, high = self.calls
        calls = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        money = "no cost" if self.free else "price unknown"
        steps = "".join(f"\n  {step.phase}: {step.text}" for step in self.steps)
        least, most = map(_roughly, self.tokens)
        return f"{self.optimizer}({self.program}): {calls} calls, about {least} to {most} prompt tokens, {money}{steps}"


def _roughly(number: int) -> str:
    """With the two digits that a guess is good for."""
    return f"{round(number, 2 - len(str(number))):,}"
