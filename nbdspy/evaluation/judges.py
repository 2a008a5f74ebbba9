"""Metrics that a model judges: how much of the truth an answer covers, and how much of it is backed."""

from __future__ import annotations

import math
from typing import Any

from nbdspy.data import Example, Prediction
from nbdspy.errors import ParseError
from nbdspy.evaluation.columns import label, output
from nbdspy.evaluation.passages import passages_of
from nbdspy.modules import ChainOfThought, Module
from nbdspy.signatures import InputField, OutputField, Signature


class SemanticRecallPrecision(Signature):
    """Measure how far a system's response and the ground truth say the same.

    Go through the key ideas of each of the two texts and check which of them the other text contains, too.
    """

    question: str = InputField()
    ground_truth: str = InputField()
    system_response: str = InputField()
    recall: float = OutputField(desc="from 0 to 1: the share of the ground truth that the response contains")
    precision: float = OutputField(desc="from 0 to 1: the share of the response that the ground truth contains")


class DecompositionalSemanticRecallPrecision(Signature):
    """Measure how far a system's response and the ground truth say the same.

    List the key ideas of each of the two texts first, then discuss which of them the texts have in common.
    """

    question: str = InputField()
    ground_truth: str = InputField()
    system_response: str = InputField()
    ground_truth_key_ideas: str = OutputField(desc="a numbered list of the ideas in the ground truth")
    system_response_key_ideas: str = OutputField(desc="a numbered list of the ideas in the response")
    discussion: str = OutputField(desc="which ideas the two lists share, and which stand in one of them only")
    recall: float = OutputField(desc="from 0 to 1: the share of the ground truth that the response contains")
    precision: float = OutputField(desc="from 0 to 1: the share of the response that the ground truth contains")


class AnswerCompleteness(Signature):
    """Measure how complete a system's response is when the ground truth is all there is to say.

    List the key ideas of each of the two texts first, then discuss which of them the response leaves out.
    """

    question: str = InputField()
    ground_truth: str = InputField()
    system_response: str = InputField()
    ground_truth_key_ideas: str = OutputField(desc="a numbered list of the ideas in the ground truth")
    system_response_key_ideas: str = OutputField(desc="a numbered list of the ideas in the response")
    discussion: str = OutputField(desc="which ideas of the ground truth the response contains, and which it lacks")
    completeness: float = OutputField(desc="from 0 to 1: the share of the ground truth that the response contains")


class AnswerGroundedness(Signature):
    """Measure how far the documents that were found back a system's response.

    List the claims of the response that need to be backed, then discuss which of them follow from the documents and
    common sense.
    """

    question: str = InputField()
    retrieved_context: str = InputField()
    system_response: str = InputField()
    system_response_claims: str = OutputField(desc="a numbered list of the claims that somebody might doubt")
    discussion: str = OutputField(desc="for each claim, what in the documents backs or contradicts it")
    groundedness: float = OutputField(desc="from 0 to 1: the share of the response that the documents back")


class SemanticF1(Module):
    """Scores a long answer by the ideas that it shares with the example's, as a model judges them.

    Reads the example's `question` and `response` and the prediction's `response`; returns Prediction(score=…). While
    an optimizer collects traces, the score is whether it reaches the threshold.

    Args:
        threshold: The least score of a trace that is good enough to learn from.
        decompositional: Let the judge list the ideas of both texts before it decides; dearer, and steadier.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> example = Example(question="Why is the sky blue?", response="Air scatters blue light most.")
        >>> judge = DummyLM([{"reasoning": "One of two.", "recall": "1.0", "precision": "0.5"}])
        >>> with context(lm=judge):
        ...     round(SemanticF1()(example, Prediction(response="Scattering, and magic.")).score, 2)
        0.67
    """

    def __init__(self, threshold: float = 0.66, decompositional: bool = False) -> None:
        self.threshold = threshold
        self.module = ChainOfThought(
            DecompositionalSemanticRecallPrecision if decompositional else SemanticRecallPrecision
        )

    def forward(self, example: Example, pred: Prediction, trace: Any = None) -> Prediction:
        judged = self.module(**_texts(example, pred))
        return _verdict(judged, "precision", judged, "recall", threshold=self.threshold, trace=trace)


class CompleteAndGrounded(Module):
    """Scores an answer by how complete it is and how far what was found backs it, as a model judges both.

    Reads the example's `question` and `response`, and the prediction's `response` and `context` (a text or a list of
    passages); returns Prediction(score=…). While an optimizer collects traces, the score is whether it reaches the
    threshold.

    Args:
        threshold: The least score of a trace that is good enough to learn from.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> ideas = {"ground_truth_key_ideas": "1.", "system_response_key_ideas": "1.", "reasoning": "r"}
        >>> complete = {**ideas, "discussion": "All.", "completeness": "1.0"}
        >>> grounded = {"reasoning": "r", "system_response_claims": "1.", "discussion": "All.", "groundedness": "1.0"}
        >>> example = Example(question="Who painted it?", response="Vermeer.")
        >>> with context(lm=DummyLM([complete, grounded])):
        ...     CompleteAndGrounded()(example, Prediction(response="Vermeer.", context=["By Vermeer."])).score
        1.0
    """

    def __init__(self, threshold: float = 0.66) -> None:
        self.threshold = threshold
        self.completeness_module = ChainOfThought(AnswerCompleteness)
        self.groundedness_module = ChainOfThought(AnswerGroundedness)

    def forward(self, example: Example, pred: Prediction, trace: Any = None) -> Prediction:
        texts = _texts(example, pred)
        found = "\n\n".join(passages_of(pred))
        complete = self.completeness_module(**texts)
        grounded = self.groundedness_module(
            question=texts["question"], retrieved_context=found, system_response=texts["system_response"]
        )
        return _verdict(
            grounded, "groundedness", complete, "completeness", threshold=self.threshold, trace=trace
        )  # fmt: skip


def _texts(example: Example, prediction: Prediction) -> dict[str, str]:
    response = output(prediction, "response")
    return {
        "question": str(label(example, "question")),
        "ground_truth": str(label(example, "response")),
        "system_response": "" if response is None else str(response),
    }


def _verdict(
    first: Prediction, name: str, second: Prediction, other: str, *, threshold: float, trace: Any
) -> Prediction:  # fmt: skip
    """The harmonic mean of two judgements."""
    one, two = _share(first, name), _share(second, other)
    score = 2 * one * two / (one + two) if one + two else 0.0
    return Prediction(score=score if trace is None else score >= threshold)


def _share(judged: Prediction, name: str) -> float:
    """A judgement as a number from 0 to 1; more than that counts as the nearest end (as the peer)."""
    share = judged[name]
    if share is None or math.isnan(share):
        raise ParseError(f"The judge gave no number as {name}: {share!r}.", field=name, expected="a number from 0 to 1")
    return min(max(float(share), 0.0), 1.0)
