"""Student's quantiles against the tables, and against the density that they are quantiles of."""

from __future__ import annotations

import math
from statistics import NormalDist

import pytest

from nbdspy.evaluation.quantiles import EXACT, student


@pytest.mark.parametrize(
    ("freedom", "level", "in_tables"),
    [(1, 0.95, 12.706), (2, 0.95, 4.303), (3, 0.95, 3.182), (5, 0.99, 4.032), (29, 0.95, 2.045), (100, 0.9, 1.660)],
)
def test_they_are_those_of_the_tables(freedom: int, level: float, in_tables: float) -> None:
    assert student(freedom, level) == pytest.approx(in_tables, abs=6e-4)


@pytest.mark.parametrize("freedom", [1, 2, 3, 4, 9, 40, 349, EXACT, EXACT + 1, 20_000])
def test_between_them_lies_what_the_level_says(freedom: int) -> None:
    assert within(student(freedom, 0.95), freedom) == pytest.approx(0.95, abs=1e-9)


def test_the_closed_form_and_the_expansion_meet() -> None:
    steps = [student(n, 0.95) - student(n + 1, 0.95) for n in range(EXACT - 2, EXACT + 2)]

    assert steps == pytest.approx([steps[0]] * 4, rel=0.01)


def test_with_many_degrees_of_freedom_they_are_the_normal_ones() -> None:
    assert student(10**9, 0.95) == pytest.approx(NormalDist().inv_cdf(0.975), abs=1e-8)


def within(t: float, freedom: int, steps: int = 4_000) -> float:
    """The integral of Student's density from -t to t, by Simpson's rule over the angle, where it is smooth."""
    factor = math.exp(math.lgamma((freedom + 1) / 2) - math.lgamma(freedom / 2)) / math.sqrt(math.pi)
    end = math.atan(t / math.sqrt(freedom))
    heights = [math.cos(2 * end * k / steps - end) ** (freedom - 1) for k in range(steps + 1)]
    return (
        factor * (2 * end / steps) / 3 * (heights[0] + 4 * sum(heights[1::2]) + 2 * sum(heights[2:-1:2]) + heights[-1])
    )
