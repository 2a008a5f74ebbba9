"""Several attempts that are weighed against each other."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.data import Completions, Prediction
from nbdspy.errors import UsageError
from nbdspy.modules import ChainOfThought, MultiChainComparison
from nbdspy.testing import DummyLM

ROWS = [{"reasoning": "First.\nSecond.", "answer": "42"}, {"rationale": "A guess.", "answer": 48}]
VERDICT = {"rationale": "The first.", "answer": "42"}


@pytest.mark.parametrize(
    "attempts",
    [ROWS, tuple(ROWS), [Prediction(row) for row in ROWS], Completions(ROWS), Prediction.from_completions(ROWS)],
    ids=["list", "tuple", "predictions", "completions", "prediction"],
)
def test_attempts_may_come_in_every_form(attempts: Any) -> None:
    compare, lm = MultiChainComparison("question -> answer", M=2), DummyLM([VERDICT, VERDICT])

    with context(lm=lm):
        assert compare(attempts, question="?").answer == "42"
        assert asyncio.run(compare.acall(attempts, question="?")).rationale == "The first."

    for request in lm.requests:
        asked = request.messages[-1]["content"]  # type: ignore[index]
        assert "[[ ## reasoning_attempt_1 ## ]]\nFirst.\nSecond.\nanswer: 42" in asked
        assert "[[ ## reasoning_attempt_2 ## ]]\nA guess.\nanswer: 48" in asked
        assert request.temperature == 0.7


def test_the_completions_of_one_call_are_compared() -> None:
    attempts = [{"reasoning": "r", "answer": str(number)} for number in range(3)]
    compare, ask = MultiChainComparison("question -> answer"), ChainOfThought("question -> answer", n=3)

    with context(lm=DummyLM([*attempts, VERDICT])):
        assert compare(ask(question="?"), question="?").answer == "42"


def test_every_output_is_shown_and_thoughts_only_once() -> None:
    compare, lm = MultiChainComparison("question -> reasoning, answer, sure: bool", M=1), DummyLM([{}])
    attempt = {"reasoning": "r", "answer": "a", "sure": True}

    with context(lm=lm), pytest.raises(Exception, match="rationale"):
        compare([attempt], question="?")

    assert "attempt_1 ## ]]\nr\nanswer: a\nsure: True\n" in lm.requests[0].messages[-1]["content"]  # type: ignore[index]


def test_the_signature_is_the_peers() -> None:
    predictor = MultiChainComparison("question -> answer", M=2, temperature=0.1, max_tokens=9).predict

    assert predictor.signature.signature == ("question, reasoning_attempt_1, reasoning_attempt_2 -> rationale, answer")
    assert predictor.config == {"temperature": 0.1, "max_tokens": 9}


@pytest.mark.parametrize(
    ("attempts", "message"),
    [
        (ROWS, r"2 attempts were given to compare, and M is 3\. Give 3 completions, or make it with M=2"),
        ([], "0 attempts were given"),
        ([*ROWS, {"reasoning": "r"}], "An attempt has no 'answer'; it has: reasoning"),
        ([*ROWS, "42"], r"An attempt is '42'\. Give predictions"),
    ],
)
def test_attempts_that_do_not_fit_are_refused(attempts: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        MultiChainComparison("question -> answer")(attempts, question="?")


@pytest.mark.parametrize("count", [0, True, "3"])
def test_a_number_that_is_none_is_refused(count: Any) -> None:
    with pytest.raises(UsageError, match=f"M cannot be {count!r}"):
        MultiChainComparison("question -> answer", M=count)
