"""Quantiles of Student's distribution: how many standard errors lie between a mean and the end of its interval.

The one thing that intervals would need SciPy for, which takes a second to load and cannot be had in every browser.
"""

from __future__ import annotations

import math
from functools import lru_cache
from statistics import NormalDist

EXACT = 1_000  # degrees of freedom up to which the closed form is solved; the expansion is as exact from there on


@lru_cache(maxsize=4_096)
def student(freedom: int, level: float) -> float:
    """Within so many standard errors of zero a variable of Student's distribution lies with probability `level`.

    Example:
        >>> round(student(2, 0.95), 4)
        4.3027
    """
    near = _expanded(freedom, level)
    if freedom > EXACT:
        return near
    low, high = 0.0, 2 * near + 8 / (1 - level) / freedom  # the tails of few degrees of freedom reach far
    while (middle := (low + high) / 2) not in (low, high):
        if _within(middle, freedom) < level:
            low = middle
        else:
            high = middle
    return low


def _within(t: float, freedom: int) -> float:
    """The probability of -t to t: a finite sum for whole degrees of freedom (Abramowitz and Stegun, 26.7.3 and 4)."""
    angle = math.atan(t / math.sqrt(freedom))
    square = math.cos(angle) ** 2
    is_odd = freedom % 2
    term = math.cos(angle) if is_odd else 1.0
    terms = [term] if freedom > 1 else []
    for k in range(2 + is_odd, freedom - 1, 2):
        term *= square * (k - 1) / k
        terms.append(term)
    total = math.sin(angle) * math.fsum(terms)
    return 2 / math.pi * (angle + total) if is_odd else total


def _expanded(freedom: int, level: float) -> float:
    """Fisher and Cornish's expansion about the normal quantile (Abramowitz and Stegun, 26.7.5)."""
    z = NormalDist().inv_cdf((1 + level) / 2)
    return z + math.fsum(
        z * sum(factor * z ** (2 * power) for power, factor in enumerate(factors)) / divisor / freedom**k
        for k, (divisor, factors) in enumerate(
            [(4, (1, 1)), (96, (3, 16, 5)), (384, (-15, 17, 19, 3)), (92_160, (-945, -1_920, 1_482, 776, 79))], start=1
        )
    )
