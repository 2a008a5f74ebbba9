"""Answers that are formulas."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.data import Example, Prediction
from nbdspy.evaluation import boxed, math_equivalent, math_metric

ALIKE = [
    (r"\frac{1}{2}", r"\dfrac12"),
    (r"\frac{1}{2}", "1/2"),
    (r"\frac{1}{2}", "0.5"),
    (r"\frac{1}{2}", r"\tfrac{2}{4}"),
    (r"-\frac{1}{2}", "-.5"),
    (r"\frac{\pi}{2}", r"\frac\pi2".replace(r"\pi2", r"{\pi}2")),
    ("5", "5.0"),
    ("5", r"x = 5"),
    ("5", r"\boxed{5}"),
    ("5", r"The answer is $\boxed{5}$."),
    ("5", r"5\text{ cm}"),
    ("5", r"5 \mbox{ cm}^2"),
    ("5", r"\(5\)"),
    ("5", "$5$."),
    ("50", r"50\%"),
    ("50", "50%"),
    ("90", r"90^\circ"),
    ("90", r"90^{\circ}"),
    ("10", r"\$10"),
    ("1080", "1,080"),
    ("1080", r"1{,}080"),
    ("10080", r"10,\!080"),
    (r"\sqrt{3}", r"\sqrt3"),
    (r"2\sqrt{3}", r"2 \sqrt{3}"),
    (r"\left( 3, \frac{\pi}{2} \right)", r"(3,\frac{\pi}{2})"),
    ("(0.5, 2]", r"\left(\frac12, 2\right]"),
    (r"\{1, 2\}", r"\{1,2.0\}"),
    (r"\text{Evelyn}", "Evelyn"),
    ("[2,5]", r"x \in [2,5]"),
    ("x^2 + 1", "x^2+1"),
    (r"\text{(A)}", "(A)"),
]
UNLIKE = [
    ("5", "6"),
    ("5", "-5"),
    ("5", ""),
    ("(1,2)", "[1,2]"),
    ("(1,2)", "(2,1)"),
    ("(1,2)", "(1,2,3)"),
    ("x+1", "1+x"),
    (r"\frac{1}{2}", r"\frac{1}{3}"),
    (r"\frac{1}{0}", "0"),
    ("x", "X"),
    (r"\text{Evelyn}", r"\text{Carla}"),
    (r"\sqrt{3}", "3"),
    ("(1,0)", "(1,000)"),
]


@pytest.mark.parametrize(("expected", "given_"), ALIKE)
def test_formulas_that_say_the_same(expected: str, given_: str) -> None:
    assert math_equivalent(expected, given_)
    assert math_equivalent(given_, expected)


@pytest.mark.parametrize(("expected", "given_"), UNLIKE)
def test_formulas_that_differ(expected: str, given_: str) -> None:
    assert not math_equivalent(expected, given_)
    assert not math_equivalent(given_, expected)


@pytest.mark.parametrize(
    ("text", "content"),
    [
        (r"so $\boxed{5}$.", "5"),
        (r"\boxed{\frac{1}{2}} hence", r"\frac{1}{2}"),
        (r"first \boxed{1}, then \boxed{2}", "2"),
        (r"\boxed 5 apples", "5"),
        (r"\fbox{5}", "5"),
        (r"\boxed{\{1,2\}}", r"\{1,2\}"),
        (r"cut \boxed{\frac{1}{2", r"\frac{1}{2"),
        ("no box", None),
        (r"\boxedness", None),
    ],
)
def test_the_last_box_counts(text: str, content: str | None) -> None:
    assert boxed(text) == content


@given(st.text(alphabet=r"\{}()[],.0123456789/xfracsqtebod$ ", max_size=40))
def test_every_text_equals_itself_and_none_breaks_it(text: str) -> None:
    assert math_equivalent(text, text)
    assert math_equivalent(text, "7") in (True, False)


@pytest.mark.parametrize(
    ("expected", "given_", "same"),
    [(r"\frac12", "0.5", True), (5, "5", True), ("5", 5.0, True), ("5", None, False)],
)
def test_math_metric(expected: Any, given_: Any, same: bool) -> None:
    assert math_metric(Example(answer=expected), Prediction(answer=given_)) is same
