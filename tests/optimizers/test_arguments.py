"""What cannot be meant is refused in words before a call is made."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.errors import UsageError
from nbdspy.modules import Predict
from nbdspy.modules.freezing import freeze
from nbdspy.optimizers import COPRO, BootstrapRS, KNNFewShot, LabeledFewShot, compile
from nbdspy.testing import FakeLM

from .conftest import numbers

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))


def ask() -> Predict:
    return Predict("question -> answer")


def one(example: Any) -> bool:
    return True


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"options": {"stop_at_score": 90}}, r"stop_at_score = 90\. Give a number from 0 to 1, as scores are"),
        ({"options": {"metric_threshold": 50}}, r"metric_threshold = 50\. Give a number from 0 to 1"),
        ({"options": {"teacher_settings": "x"}}, r"teacher_settings = 'x'\. Give settings by their names"),
        ({"optimizer": "mipro", "options": {"prompt_model": "gpt-4"}}, r"prompt_model = 'gpt-4'\. Give a model"),
        ({"options": ["x"]}, r"options are \['x'\], a list\. Give them by their names"),
        ({"options": []}, r"options are \[\], a list\."),
        (
            {"teacher": Predict("query -> answer")},
            r"teacher takes query, which the program does not: it takes question",
        ),
        ({"metric": one}, r"metric one cannot be given an example and a prediction: too many .*trace=None"),
    ],
)
def test_what_cannot_be_meant(given: dict[str, Any], said: str, lm: FakeLM) -> None:
    with pytest.raises(UsageError, match=said):
        compile(ask(), TRAIN, val=VAL, **given)

    assert not lm.requests


def test_neighbours_need_a_vectorizer() -> None:
    with pytest.raises(UsageError, match=r"needs a vectorizer .* Give one: nbdspy\.Embedder"):
        KNNFewShot(3, TRAIN)


def test_parts_are_frozen_one_at_a_time() -> None:
    with pytest.raises(UsageError, match=r"one part by its name, not \['instructions'\]\. Say it for each"):
        freeze(ask(), ["instructions"])  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"trainset": []}, "compile takes no 'trainset'; .* compile\\(program, data=…, val=…\\)"),
        ({"data": [], "valset": []}, "Here they are called val"),
        ({"data": [], "num_threads": 4}, "Here it is called threads"),
        ({"data": [], "vall": []}, "Did you mean val"),
        ({"data": [], "auto": "light"}, 'options=."auto"'),
    ],
)
def test_compile_says_what_the_names_of_dspy_are_called_here(given: Any, said: str, lm: FakeLM) -> None:
    with pytest.raises(UsageError, match=said):
        compile("question -> answer", **given)

    assert lm.requests == []


@pytest.mark.parametrize(
    ("optimizer", "given", "said"),
    [
        (COPRO(), {"data": []}, "compile takes no 'data'.*called trainset"),
        (LabeledFewShot(), {"trainset": [], "sample": False}, "always drawn"),
        (BootstrapRS(), {"trainset": [], "restrict": [1]}, "stop_at_score"),
        (BootstrapRS(), {"trainset": [], "num_threads": 4}, "BootstrapFewShotWithRandomSearch\\(num_threads=…\\)"),
        (KNNFewShot(1, [], len), {"eval_kwargs": {}}, "to the optimizer"),
    ],
)
def test_an_optimizer_says_where_an_argument_goes(optimizer: Any, given: Any, said: str, lm: FakeLM) -> None:
    with pytest.raises(UsageError, match=said):
        optimizer.compile("question -> answer", **given)

    assert lm.requests == []
