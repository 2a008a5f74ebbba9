"""Rows that somebody chose to see."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy import views
from nbdspy.data import Example, Prediction
from nbdspy.errors import UsageError
from nbdspy.evaluation import EvaluationResult, Row


def row(index: int, word: Any, *, score: float = 0.0, error: str | None = None, seconds: float = 0.0) -> Row:
    example = Example(word=word, size=index % 3).with_inputs("word")
    prediction = None if error else Prediction(size=1)
    return Row(index=index, example=example, prediction=prediction, score=score, error=error, seconds=seconds)


RESULT = EvaluationResult(
    rows=(
        row(0, "pear", seconds=3.0),
        row(1, "Apple", score=1.0, seconds=1.0),
        row(2, "fig", score=0.5, seconds=2.0),
        row(3, None, error="ValueError: no"),
        row(4, "cherry", score=1.0),
    )
)


def numbers(**how: Any) -> list[int]:
    return [each.index for each in RESULT.show(**how).rows]


@pytest.mark.parametrize(
    ("how", "expected"),
    [
        ({}, [0, 1, 2, 3, 4]),
        ({"only": "wrong"}, [0, 2]),
        ({"only": "right"}, [1, 4]),
        ({"only": "failed"}, [3]),
        ({"sort": "word"}, [1, 4, 2, 0, 3]),
        ({"sort": "word", "ascending": False}, [0, 2, 4, 1, 3]),
        ({"sort": "score", "only": "wrong", "ascending": False}, [2, 0]),
        ({"sort": "seconds", "rows": 2, "ascending": False}, [0, 2]),
        ({"sort": "expected_size"}, [0, 3, 1, 4, 2]),
        ({"sort": "size", "only": "failed"}, [3]),
        ({"sort": "row", "ascending": False, "rows": 1}, [4]),
    ],
)
def test_rows_are_chosen_and_sorted(how: dict[str, Any], expected: list[int]) -> None:
    assert numbers(**how) == expected


@pytest.mark.parametrize(
    ("how", "said"),
    [
        ({"only": "wrnog"}, "Rows cannot be 'wrnog'. Did you mean wrong?"),
        ({"sort": "wrod"}, "The rows have no column 'wrod'. Did you mean word?"),
        ({"rows": 0}, "0 rows cannot be shown. Give a number from 1 to 200"),
        ({"rows": 201}, "201 rows cannot be shown."),
        ({"rows": True}, "True rows cannot be shown."),
    ],
)
def test_what_cannot_be_chosen_is_said_with_what_can(how: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as caught:
        RESULT.show(**how)

    assert said in f"{caught.value.message} {caught.value.hint}"


def test_the_card_has_the_chosen_rows_alone_and_says_how_many_there_are() -> None:
    shown = views.bundle(RESULT.show("wrong", sort="word", rows=1))

    assert "1 of 2 shown · wrong, by word" in shown["text/html"]
    assert "fig" in shown["text/html"]
    assert "cherry" not in shown["text/html"]
    assert shown["text/plain"].endswith("rows: 1 of 2 shown · wrong, by word\n  ✗ 2  fig | 2 | 1")


def test_where_no_row_is_like_that_the_card_says_so() -> None:
    all_right = EvaluationResult(rows=(row(1, "x", score=1.0),))

    assert "There are none." in views.bundle(all_right.show("failed"))["text/html"]


def test_the_most_rows_of_long_texts_fit_into_a_card() -> None:
    many = EvaluationResult(rows=tuple(row(n, f"{n} " + "<so> " * 200) for n in range(1_000)))

    assert len(views.bundle(many.show(rows=200))["text/html"].encode()) < 200_000
