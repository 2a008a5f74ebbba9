"""Labels that the signature does not list are told, before anybody wonders at the score."""

from __future__ import annotations

import warnings
from typing import Literal

import pytest

from nbdspy.data import Example
from nbdspy.evaluation.labels import warn_of_unlisted_labels
from nbdspy.modules import ChainOfThought, Module, Predict
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


class Sorting(Module):
    def __init__(self, *signatures: str) -> None:
        self.parts = [Predict(signature) for signature in signatures]


def test_labels_are_not_looked_at_where_a_program_decides_between_predictors_of_different_choices() -> None:
    program = Sorting("request -> intent: Literal['alarm', 'timer']", "request -> intent: Literal['lights', 'heating']")

    with warnings.catch_warnings():
        warnings.simplefilter("error")
        warn_of_unlisted_labels(program, labelled("alarm", "lights", "music"), called="the test data")


def test_an_unlisted_label_is_told_where_all_predictors_list_the_same_choices() -> None:
    program = Sorting(*2 * ["request -> intent: Literal['alarm', 'timer']"])

    with pytest.warns(UserWarning, match="1 of 2 labels 'intent'"):
        warn_of_unlisted_labels(program, labelled("alarm", "music"), called="the test data")
