"""Metrics that a model judges."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy import BootstrapFewShot, Predict, context, evaluate
from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError, ParseError
from nbdspy.evaluation import CompleteAndGrounded, SemanticF1
from nbdspy.models.messages import Request
from nbdspy.testing import DummyLM, FakeLM
from nbdspy.testing.fake import chat_text

EXAMPLE = Example(question="Why is the sky blue?", response="Air scatters blue light.").with_inputs("question")
ANSWER = Prediction(response="Scattering.", context=["Air | It scatters light.", "Sun | A star."])


def judged(recall: Any = 1.0, precision: Any = 1.0) -> dict[str, Any]:
    return {"reasoning": "r", "recall": recall, "precision": precision}


def complete(share: Any = 1.0) -> dict[str, Any]:
    ideas = {"ground_truth_key_ideas": "1.", "system_response_key_ideas": "1.", "discussion": "d"}
    return {"reasoning": "r", **ideas, "completeness": share}


def grounded(share: Any = 1.0) -> dict[str, Any]:
    return {"reasoning": "r", "system_response_claims": "1.", "discussion": "d", "groundedness": share}


@pytest.mark.parametrize(
    ("recall", "precision", "score"),
    [(1.0, 0.5, 2 / 3), (1.0, 1.0, 1.0), (0.0, 0.0, 0.0), (1.7, 0.5, 2 / 3), (-1, 0.5, 0.0)],
)
def test_semantic_f1_is_the_harmonic_mean(recall: float, precision: float, score: float) -> None:
    with context(lm=DummyLM([judged(recall, precision)])):
        assert SemanticF1()(EXAMPLE, ANSWER).score == pytest.approx(score)


@pytest.mark.parametrize(("threshold", "reached"), [(0.66, True), (0.7, False)])
def test_with_a_trace_the_threshold_decides(threshold: float, reached: bool) -> None:
    with context(lm=DummyLM([judged(1.0, 0.5), complete(0.5), grounded()])):
        assert SemanticF1(threshold)(EXAMPLE, ANSWER, trace=[]).score is reached
        assert CompleteAndGrounded(threshold)(EXAMPLE, ANSWER, trace=[]).score is reached


def test_the_judge_sees_question_truth_and_response() -> None:
    lm = DummyLM([judged()])
    with context(lm=lm):
        SemanticF1()(EXAMPLE, ANSWER)

    asked = str(lm.requests[0].messages[-1]["content"])  # type: ignore[index]
    for text in (EXAMPLE.question, EXAMPLE.response, ANSWER.response):
        assert text in asked


def test_the_decompositional_judge_lists_ideas_first() -> None:
    assert list(SemanticF1(decompositional=True).module.predict.signature.output_fields) == [
        "reasoning", "ground_truth_key_ideas", "system_response_key_ideas", "discussion", "recall", "precision",
    ]  # fmt: skip


def test_complete_and_grounded_shows_the_passages_to_one_judge_only() -> None:
    lm = DummyLM([complete(1.0), grounded(0.5)])
    with context(lm=lm):
        score = CompleteAndGrounded()(EXAMPLE, ANSWER).score

    first, second = (str(request.messages[-1]["content"]) for request in lm.requests)  # type: ignore[index]
    assert score == pytest.approx(2 / 3)
    assert "It scatters light." not in first
    assert "Air | It scatters light.\n\nSun | A star." in second
    assert EXAMPLE.response not in second


def test_a_response_that_the_model_left_out_is_judged_as_empty() -> None:
    with context(lm=DummyLM([judged(0.0, 0.0)])):
        assert SemanticF1()(EXAMPLE, Prediction(response=None)).score == 0


def test_an_example_without_a_response_is_told_before_the_judge_is_asked() -> None:
    lm = DummyLM([judged()])
    with context(lm=lm), pytest.raises(DataError, match="The example has no 'response' to compare with"):
        SemanticF1()(EXAMPLE.without("response"), ANSWER)

    assert lm.requests == []


def test_a_judge_that_says_nan_gave_no_judgement() -> None:
    with context(lm=DummyLM([judged("nan", 1.0)])), pytest.raises(ParseError, match=r"recall|nan"):
        SemanticF1()(EXAMPLE, ANSWER)


def test_a_judge_may_have_a_model_of_its_own() -> None:
    judge = SemanticF1()
    judge.set_lm(DummyLM([judged(1.0, 0.5)]))
    program = Predict("question -> response")
    with context(lm=DummyLM([{"response": "Scattering."}])):
        result = evaluate(program, data=[EXAMPLE], metric=judge)

    assert result.metric == "SemanticF1"
    assert result.rows[0].score == pytest.approx(2 / 3)


def test_a_judge_decides_by_name_in_an_evaluation() -> None:
    def answer(request: Request) -> str:
        values = judged(1.0, 0.5) if "ground_truth" in str(request.messages) else {"response": "Scattering."}
        return chat_text(values)

    with context(lm=FakeLM(answer)):
        result = evaluate(Predict("question -> response"), data=[EXAMPLE], metric="SemanticF1")

    assert result.score == pytest.approx(66.67, abs=0.01)


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # a few examples are enough here
def test_a_bootstrap_learns_from_what_reaches_the_threshold_and_not_from_the_judge() -> None:
    def answer(request: Request) -> str:
        asked = str((request.messages or [{}])[-1]["content"])
        if "ground_truth" not in asked:
            return chat_text({"response": "good" if "good" in asked else "poor"})
        return chat_text(judged(1.0, 1.0) if "\ngood\n" in asked else judged(1.0, 0.1))

    trainset = [
        Example(question=f"a {word} one", response="truth").with_inputs("question") for word in ("poor", "good")
    ]
    with context(lm=FakeLM(answer)):
        compiled = BootstrapFewShot(metric="SemanticF1", max_labeled_demos=0).compile(
            Predict("question -> response"), trainset=trainset
        )

    assert [demo.question for demo in compiled.demos] == ["a good one"]
