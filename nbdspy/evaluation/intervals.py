"""How sure a number is: 95 % intervals."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from statistics import NormalDist, fmean
from typing import Self

from nbdspy.evaluation.quantiles import student

LEVEL = 0.95
FEWEST_PAIRS = 6  # five that all change one way come by chance more often than 1 in 20: 2 / 2**5 (the sign test)


@dataclass(frozen=True, slots=True)
class Interval:
    """Where the true value lies with 95 % confidence; scores count from 0 to 1."""

    low: float
    high: float

    @property
    def half(self) -> float:
        """Half its width: the number after ±."""
        return (self.high - self.low) / 2

    @classmethod
    def of_mean(cls, scores: Sequence[float]) -> Self:
        """Around the mean of scores: Wilson's for right or wrong, Student's for anything else.

        Wilson's does not claim certainty when all of a few examples are right.
        """
        if all(score in (0, 1) for score in scores):
            return cls(*_wilson(round(sum(scores)), len(scores)))
        low, high = _student(scores)
        if min(scores) >= 0 and max(scores) <= 1:
            low, high = max(0.0, low), min(1.0, high)
        return cls(low, high)


@dataclass(frozen=True, slots=True, kw_only=True)
class Difference:
    """How much better one program is than another on the same `n` examples, with its 95 % interval.

    `gained` examples scored higher afterwards, `lost` lower, `unchanged` the same.
    """

    mean: float
    low: float
    high: float
    gained: int
    lost: int
    unchanged: int

    @property
    def n(self) -> int:
        """How many examples were compared."""
        return self.gained + self.lost + self.unchanged

    @property
    def sure(self) -> bool:
        """Whether the interval leaves out zero."""
        return self.low > 0 or self.high < 0

    @classmethod
    def of_pairs(cls, before: Sequence[float], after: Sequence[float]) -> Self:
        """From the scores of the same examples before and after: Student's interval of their differences.

        With fewer than 6 pairs it is widened to hold 0, since no sign test, however they change, would call them other.
        """
        changes = [b - a for a, b in zip(before, after, strict=True)]
        low, high = _student(changes)
        if len(changes) < FEWEST_PAIRS:
            low, high = min(low, 0.0), max(high, 0.0)
        if all(0 <= score <= 1 for score in (*before, *after)):
            low, high = max(-1.0, low), min(1.0, high)  # no further can such scores be apart
        return cls(
            mean=sum(changes) / len(changes),
            low=low,
            high=high,
            gained=sum(change > 0 for change in changes),
            lost=sum(change < 0 for change in changes),
            unchanged=sum(change == 0 for change in changes),
        )


def _wilson(right: int, n: int) -> tuple[float, float]:
    """Wilson's score interval of a share, without correction for continuity; it holds the share, however it rounds."""
    z = NormalDist().inv_cdf((1 + LEVEL) / 2)
    middle = (right + z**2 / 2) / (n + z**2)
    half = z * math.sqrt(right * (n - right) / n + z**2 / 4) / (n + z**2)
    share = right / n
    return max(0.0, min(share, middle - half)), min(1.0, max(share, middle + half))


def _student(values: Sequence[float]) -> tuple[float, float]:
    """Of the mean of values; when all are equal, as wide as so few examples allow (the rule of three)."""
    n, mean = len(values), fmean(values)
    if len(set(values)) == 1:
        half = _wilson(0, n)[1]
    else:
        variance = math.fsum((value - mean) ** 2 for value in values) / (n - 1)
        half = student(n - 1, LEVEL) * math.sqrt(variance / n)
    return mean - half, mean + half
