"""Whatever takes examples takes a DataFrame, whatever its index."""

from __future__ import annotations

from typing import Any

import pandas as pd
import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

TABLE = pd.DataFrame({"question": [f"q{i}" for i in range(8)], "answer": ["2", "3"] * 4}, index=range(50, 58))
ASK = nbdspy.Predict("question -> answer")
SEARCHES = (
    "BayesianBootstrap",
    "BootstrapFewShotWithRandomSearch",
    "COPRO",
    "MIPRO",
    "MIPROPlusPlus",
    "MIPROv2",
    "OPRO",
)

pytestmark = pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # of data that proves nothing


def lm() -> FakeLM:
    return FakeLM(lambda request: chat_text({"answer": "2"}))


def test_evaluations() -> None:
    with context(lm=lm()):
        assert nbdspy.Evaluate(devset=TABLE)(ASK).n == 8
        assert nbdspy.Evaluate(devset=TABLE)(ASK, devset=TABLE[:3]).n == 3
        assert nbdspy.evaluate(ASK, TABLE).score == 50.0
        assert [answer.answer for answer in ASK.batch(TABLE)] == ["2"] * 8


@pytest.mark.parametrize("name", SEARCHES)
def test_optimizers_that_search(name: str) -> None:
    optimizer: Any = getattr(nbdspy, name)(metric=nbdspy.exact_match)

    with context(lm=lm()):
        assert optimizer.compile(ASK, trainset=TABLE, valset=TABLE)(question="Why?").answer == "2"


@pytest.mark.parametrize(
    "optimizer",
    [
        nbdspy.LabeledFewShot(k=2),
        nbdspy.BootstrapFewShot(metric=nbdspy.exact_match, max_labeled_demos=2, max_bootstrapped_demos=1),
    ],
    ids=["labeled", "bootstrap"],
)
def test_optimizers_that_do_not(optimizer: Any) -> None:
    with context(lm=lm()):
        program = optimizer.compile(ASK, trainset=TABLE)

    assert len(program.demos) == 2


def test_a_compile_of_tables_alone() -> None:
    with context(lm=lm()):
        result = nbdspy.compile(
            ASK, data=TABLE, val=TABLE, test=TABLE, optimizer="random_search", options={"num_candidate_programs": 1}
        )

    assert len(result.trials) >= 1
