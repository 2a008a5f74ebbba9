"""Labels that the signature does not list are told, before anybody wonders at the score."""

from __future__ import annotations

import warnings
from typing import Literal

import pytest

from nbdspy.data import Example
from nbdspy.evaluation.labels import warn_of_unlisted_labels
from nbdspy.modules import ChainOfThought, Predict
from nbdspy.signatures import InputField, OutputField, Signature


class Intent(Signature):
    request: str = InputField()
    intent: Literal["alarm", "timer"] = OutputField()


def labelled(*labels: str | None) -> list[Example]:
    return [Example(request=f"request {n}", intent=label).with_inputs("request") for n, label in enumerate(labels)]


@pytest.mark.parametrize("program", [Predict(Intent), ChainOfThought(Intent)])
def test_a_misspelt_label_is_told_with_what_was_meant(program: Predict) -> None:
    with pytest.warns(UserWarning, match=r"2 of 3 labels 'intent' in the test data .* 'alarms'.*Did you mean alarm\?"):
        warn_of_unlisted_labels(program, labelled("alarms", "timer", "lights"), called="the test data")


def test_listed_labels_in_another_case_or_missing_ones_are_no_matter() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unlisted_labels(Predict(Intent), labelled("Alarm", "timer", None), called="the test data")


def test_labels_of_free_text_are_not_looked_at() -> None:
    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unlisted_labels(Predict("request -> intent"), labelled("anything"), called="the test data")
