"""`exact_match`: labels compared as values."""

from __future__ import annotations

from enum import Enum
from typing import Any

import pytest

from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError
from nbdspy.evaluation import exact_match


class Colour(Enum):
    RED = "red"


def example(**labels: Any) -> Example:
    return Example(question="?", **labels).with_inputs("question")


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ("Paris", "Paris", True),
        ("Paris", " paris\n", True),
        ("New York", "new  york", True),
        ("STRASSE", "straße", True),
        ("Paris", "Paris.", False),
        (42, 42, True),
        (42, "42", True),
        ("42", 42, True),
        (42.0, "42", True),
        ("42", 42.0, True),
        (0.1, "0.10", True),
        (90071992547409931, "90071992547409930", False),
        ("007", "7", False),
        (True, "true", True),
        (True, "1", False),
        (42, 41, False),
        (None, None, True),
        ("red", Colour.RED, True),
        (["a"], ["a"], True),
        (["a"], ["A"], False),
    ],
)
def test_exact_match(expected: Any, given: Any, same: bool) -> None:
    assert exact_match(example(answer=expected), Prediction(answer=given)) is same


@pytest.mark.parametrize("gap", [None, float("nan")])
def test_a_label_without_a_value_is_told_not_counted_as_wrong(gap: Any) -> None:
    with pytest.raises(DataError, match=r"no value for the label 'answer'.*Drop such rows"):
        exact_match(example(answer=gap), Prediction(answer="a"))


def test_every_label_that_the_program_gives_must_match() -> None:
    labelled = example(first="a", second="b", note="not an output")

    assert exact_match(labelled, Prediction(first="a", second="b", reasoning="r"))
    assert not exact_match(labelled, Prediction(first="a", second="x"))


def test_an_input_that_the_program_returns_is_no_label() -> None:
    assert exact_match(example(answer="a"), Prediction(question="other", answer="a"))


def test_labels_may_be_called_like_methods() -> None:
    labelled = Example(question="?", labels="a", items="b").with_inputs("question")

    assert exact_match(labelled, Prediction(labels="A", items="b"))
    assert not exact_match(labelled, Prediction(labels="A", items="x"))


def test_without_a_common_label_it_says_what_there_is() -> None:
    with pytest.raises(DataError, match=r"the example has question, intent, the prediction answer"):
        exact_match(example(intent="a"), Prediction(answer="a"))


def test_a_program_that_returned_no_prediction_is_told() -> None:
    with pytest.raises(DataError, match="The program returned a str, not a Prediction: 42"):
        exact_match(example(answer="42"), "42")  # type: ignore[arg-type]
