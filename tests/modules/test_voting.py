"""Completions that vote."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.data import Completions, Prediction
from nbdspy.errors import UsageError
from nbdspy.modules import majority


def rows(*answers: Any) -> list[dict[str, Any]]:
    return [{"reasoning": f"r{number}", "answer": answer} for number, answer in enumerate(answers)]


@pytest.mark.parametrize(
    "given",
    [
        rows("Rome", "Paris", "paris!"),
        tuple(rows("Rome", "Paris", "paris!")),
        Completions(rows("Rome", "Paris", "paris!")),
        Prediction.from_completions(rows("Rome", "Paris", "paris!")),
        [Prediction(row) for row in rows("Rome", "Paris", "paris!")],
    ],
    ids=["list", "tuple", "completions", "prediction", "predictions"],
)
def test_the_first_completion_of_the_most_common_answer_wins(given: Any) -> None:
    found = majority(given)

    assert found.toDict() == {"reasoning": "r1", "answer": "Paris"}
    assert len(found.completions) == 1


@pytest.mark.parametrize(
    ("answers", "winner"),
    [
        (["b", "a", "a", "b"], "b"),
        (["a", "the", "a", "the", "the"], "the"),  # DSPy ignores articles
        (["The Beatles", "Stones", "beatles."], "The Beatles"),
        (["", "?", " ", "?"], "?"),
        (["", "x", ""], "x"),
        (["", ""], ""),
        ([2, 1, 1.0], 1),
        ([True, False, False], False),
        ([["a"], ["b"], ["b"]], ["b"]),
        ([None, None, "x"], "x"),
        (["É", "e\u0301", "x"], "É"),
    ],
)
def test_answers_count_as_what_they_say(answers: list[Any], winner: Any) -> None:
    assert majority(rows(*answers)).answer == winner


def test_the_field_may_be_another_one_and_answers_be_read_otherwise() -> None:
    given = [{"a": "x", "b": "1"}, {"a": "y", "b": "2"}, {"a": "Y", "b": "1"}]

    assert majority(given).b == "1"
    assert majority(given, field="a").a == "y"
    assert majority(given, normalize=None, field="a").a == "x"
    assert majority(given, normalize=lambda text: None if text == "1" else text).b == "2"


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ([], "There is no completion to count"),
        ("Paris", "'Paris' is a str"),
        (["Paris"], "A completion is 'Paris'"),
        ([{"answer": "a"}, {"anser": "a"}], r"A completion has no 'answer'; it has: anser\. Did you mean anser\?"),
        ([{}], "A completion has no ''; it has: nothing"),
    ],
)
def test_what_cannot_vote_says_so(given: Any, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        majority(given)
