"""What a compile is about to do, before anything is spent."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """A phase and how many program runs it takes, from `low` to `high`."""

    phase: str
    text: str
    low: int
    high: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Plan:
    """The phases of a compile, its calls and its money, as ranges.

    `predictors` is how many calls one run of the program makes at least. `free` says the model costs nothing; a price
    that is not known is said to be unknown, never 0.
    """

    optimizer: str
    program: str
    steps: tuple[Step, ...]
    predictors: int = 1
    free: bool = False
    tokens_per_call: int = 0

    @property
    def calls(self) -> tuple[int, int]:
        """Model calls: at least and at most, when each predictor asks once and nothing is cached."""
        return (
            self.predictors * sum(step.low for step in self.steps),
            self.predictors * sum(step.high for step in self.steps),
        )

    @property
    def tokens(self) -> tuple[int, int]:
        """Tokens read by the model, roughly: four characters are one token."""
        low, high = self.calls
        return low * self.tokens_per_call, high * self.tokens_per_call

    @property
    def usd(self) -> tuple[float, float] | None:
        """US dollars, or None when the price is unknown."""
        return (0.0, 0.0) if self.free else None

    def __repr__(self) -> str:
        low, high = self.calls
        calls = f"{low:,}" if low == high else f"{low:,} to {high:,}"
        money = "no cost" if self.free else "price unknown"
        steps = "".join(f"\n  {step.phase}: {step.text}" for step in self.steps)
        return (
            f"{self.optimizer}({self.program}): {calls} calls, about {self.tokens[1]:,} tokens at most, {money}{steps}"
        )
