"""What a compile is about to do, before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A phase and how many program runs it takes, from `low` to `high`.

    A predictor shows `fewest` to `most` demonstrations in it.
    """

    phase: str
    text: str
    low: int
    high: int
    fewest: int = 0
    most: int = 0


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
            self.predictors * sum(step.low for step in self.steps),
            self.predictors * sum(step.high for step in self.steps),
        )

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
