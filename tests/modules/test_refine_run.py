"""A run of Refine by the real small model, from a cassette: answers of at most five words.

`python tests/modules/test_refine_run.py` records it anew.
"""

from __future__ import annotations

import functools
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy.data import Prediction
from nbdspy.models import use_cassette
from nbdspy.models.cassette import read

CASSETTE = Path(__file__).with_name("refine.jsonl")
# what a model of this size advises is of little use
RUNS = {  # for each question the runs, and whether one was brief enough
    "What do bees make?": (1, True), "How is glass made?": (4, True), "Why do leaves fall?": (2, True),
    "Why is the sky blue?": (2, True),
}  # fmt: skip


def brevity(inputs: dict[str, Any], prediction: Any) -> float:
    """1 for an answer of at most five words, less for every further word."""
    words = len(prediction.answer.split())
    return min(1.0, 5 / words) if words else 0.0


def refined() -> dict[str, tuple[list[float], str]]:
    """For each question what its runs earned, and the answer that was given."""
    found = {}
    for question in RUNS:
        earned: list[float] = []

        @functools.wraps(brevity)  # whose code the model reads
        def told(inputs: dict[str, Any], prediction: Any, earned: list[float] = earned) -> float:
            earned.append(brevity(inputs, prediction))
            return earned[-1]

        ask = nbdspy.Refine("question -> answer", N=4, reward_fn=told, threshold=1.0)
        with nbdspy.context(lm=nbdspy.LM("smollm2", max_tokens=80)):
            found[question] = (earned, ask(question=question).answer)
    return found


@pytest.mark.filterwarnings("ignore:The reply was cut off")
def test_the_small_model_is_advised_until_it_is_brief() -> None:
    with use_cassette("replay", CASSETTE) as cassette:
        found = refined()

    assert cassette.report().unused == ()
    assert {question: (len(earned), max(earned) == 1.0) for question, (earned, _) in found.items()} == RUNS
    for earned, answer in found.values():
        assert brevity({}, Prediction(answer=answer)) == max(earned)


def test_its_advice_is_read_in_the_next_run() -> None:
    asked = [entry.request["prompt"] for entry in read(CASSETTE)]
    feedback = [prompt for prompt in asked if "Reward code: def brevity(inputs" in prompt]
    hinted = [prompt for prompt in asked if "Hint: advice from an earlier run" in prompt]

    assert len(feedback) >= sum(runs > 1 for runs, _ in RUNS.values())
    assert any("Hint: 1. A glassmaker uses a machine to make glass." in prompt for prompt in hinted)


if __name__ == "__main__":
    with use_cassette("record", CASSETTE):
        for question, (earned, answer) in refined().items():
            print(question, [round(one, 2) for one in earned], answer)
