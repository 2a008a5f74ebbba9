"""Metrics by name."""

from __future__ import annotations

from functools import partial
from typing import Any

import pytest

from nbdspy.data import Example, Prediction
from nbdspy.errors import UsageError
from nbdspy.evaluation import METRICS, SemanticF1, answer_exact_match, evaluate, exact_match, metric_named
from nbdspy.evaluation.metrics import metric_name
from nbdspy.modules import Module


class Echo(Module):
    def forward(self, question: str) -> Prediction:
        return Prediction(answer=question)


def test_metrics_have_names_and_functions_are_metrics() -> None:
    def mine(example: Example, prediction: Prediction) -> bool:
        return True

    assert metric_named("exact_match") is exact_match
    assert metric_named(mine) is mine


@pytest.mark.parametrize(
    ("name", "hint"),
    [
        ("exact_mach", "Did you mean exact_match?"),
        ("zzz", "Or give a function"),
        (None, "Or give"),
        (["f1"], "Or give"),
    ],
)
def test_an_unknown_metric_gets_a_suggestion(name: Any, hint: str) -> None:
    with pytest.raises(UsageError) as caught:
        metric_named(name)

    assert "there are: exact_match, answer_exact_match, f1" in caught.value.message
    assert caught.value.hint is not None
    assert caught.value.hint.startswith(hint)


def test_every_metric_goes_by_its_own_name() -> None:
    assert [metric_name(metric_named(name)) for name in METRICS] == list(METRICS)


def test_a_judge_is_made_when_it_is_asked_for() -> None:
    first, second = metric_named("SemanticF1"), metric_named("SemanticF1")

    assert isinstance(first, SemanticF1)
    assert first is not second


def test_the_class_of_a_judge_is_no_metric() -> None:
    with pytest.raises(UsageError, match=r"SemanticF1 is a class, not a metric. Make one: SemanticF1\(\)"):
        metric_named(SemanticF1)


def test_a_metric_with_a_fixed_argument_keeps_its_name() -> None:
    assert metric_name(partial(answer_exact_match, frac=0.5)) == "answer_exact_match"


@pytest.mark.parametrize("name", ["answer_exact_match", "f1", "hotpot_f1", "gsm8k_metric", "math_metric"])
@pytest.mark.parametrize(("label", "score"), [("7", 1.0), ("8", 0.0)])
def test_metrics_of_answers_score_by_name(name: str, label: str, score: float) -> None:
    data = [{"question": "7", "answer": label}]

    assert evaluate(Echo(), data=data, metric=name).rows[0].score == score


@pytest.mark.parametrize("name", [name for name in METRICS if name != "exact_match"])
def test_a_table_without_the_label_stops_the_evaluation_and_says_what_it_has(name: str) -> None:
    class Full(Module):
        def forward(self, question: str) -> Prediction:
            return Prediction(answer="a", response="a", context=["a"])

    with pytest.raises(UsageError, match=r"The example has no '(answer|response|gold_titles)' to compare with"):
        evaluate(Full(), data=[{"question": "?", "anwser": "a"}], metric=name)


@pytest.mark.parametrize("name", [name for name in METRICS if name != "exact_match"])
def test_a_program_without_the_output_stops_the_evaluation_and_says_what_it_gives(name: str) -> None:
    class Other(Module):
        def forward(self, question: str) -> Prediction:
            return Prediction(reply="a")

    row = {"question": "?", "answer": "1", "response": "a", "gold_titles": ["a"]}
    with pytest.raises(UsageError, match=r"The program gives no '.*'; it gives: reply"):
        evaluate(Other(), data=[row], metric=name)


@pytest.mark.parametrize("name", ["answer_exact_match", "f1", "hotpot_f1", "gsm8k_metric", "math_metric"])
def test_a_metric_of_one_answer_compares_the_only_label_that_the_program_gives(name: str) -> None:
    example = Example(request="How many?", number="42").with_inputs("request")

    assert metric_named(name)(example, Prediction(reasoning="Six sevens.", number="42")) == 1
    assert metric_named(name)(example, Prediction(reasoning="Six sevens.", number="41")) == 0
