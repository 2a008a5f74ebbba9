"""Answers that are numbers."""

from __future__ import annotations

from decimal import Decimal
from typing import Any

import pytest

from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError
from nbdspy.evaluation import gsm8k_metric, number_in


@pytest.mark.parametrize(
    ("text", "number"),
    [
        ("42", "42"),
        ("First 3, then 42.", "42"),
        ("$1,080.00", "1080"),
        ("1,450,000 people", "1450000"),
        ("3,4", "4"),
        ("10,800.5 m", "10800.5"),
        ("-5", "-5"),
        ("it is \N{MINUS SIGN}5 degrees", "-5"),
        ("-$5", "-5"),
        ("10-5", "5"),
        ("2 + 2 = 4\n#### 4 (not 5)", "5"),
        ("about 7 #### 4", "4"),
        ("#### 1,080", "1080"),
        ("x5", "5"),
        ("٤٢", "42"),
        (42, "42"),
        (42.0, "42"),
    ],
)
def test_the_last_number_counts(text: Any, number: str) -> None:
    assert number_in(text) == Decimal(number)


@pytest.mark.parametrize("text", ["", "none of them", None, "####", float("nan")])
def test_a_text_may_hold_no_number(text: Any) -> None:
    assert number_in(text) is None


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ("18", "She makes $18 a day.", True),
        ("18", "18.00", True),
        (18, "18", True),
        ("18", "19", False),
        ("18", None, False),
        ("0", "I do not know.", False),
        ("-3", "3", False),
    ],
)
def test_gsm8k_metric(expected: Any, given: Any, same: bool) -> None:
    assert gsm8k_metric(Example(answer=expected), Prediction(answer=given)) is same


def test_an_example_without_a_number_is_told() -> None:
    with pytest.raises(DataError, match=r"answer holds no number: 'yes'. Use exact_match"):
        gsm8k_metric(Example(answer="yes"), Prediction(answer="18"))


def test_the_metrics_arguments_are_named_as_dspys() -> None:
    assert gsm8k_metric(gold=Example(answer="42"), pred=Prediction(answer="It is 42."))
