"""What a search found."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError
from nbdspy.evaluation import answer_passage_match, gold_titles_found, hover_metric


@pytest.mark.parametrize(
    ("answer", "context", "found"),
    [
        ("Paris", ["Rome | A city.", "It is in Paris, France."], True),
        ("The capital", ["A capital city"], True),
        (["Lyon", "Paris"], ["paris!"], True),
        ("art", ["A party"], False),
        ("Paris France", ["Paris is in France"], False),
        ("Paris", "It is in Paris.", True),
        ("Paris", [{"title": "Paris", "text": "A city."}], True),
        ("Paris", [Example(long_text="Paris | A city.")], True),
        ("Paris", [], False),
        ("Paris", None, False),
        ("The", ["", "the"], False),
    ],
)
def test_an_answer_counts_when_a_passage_holds_it_in_whole_words(answer: Any, context: Any, found: bool) -> None:
    assert answer_passage_match(Example(answer=answer), Prediction(context=context)) is found


@pytest.mark.parametrize(
    ("titles", "context", "found"),
    [
        (["Ed Wood", "Plan 9"], ["Ed Wood | A director.", "Plan 9 | A film."], True),
        (["Ed Wood", "Plan 9"], ["Ed Wood | Plan 9 was his film."], False),
        ({"The Ed Wood"}, ["ed wood | A director."], True),
        (["Ed Wood"], [{"title": "Ed Wood", "text": "A director."}], True),
        ("Ed Wood", ["Ed Wood"], True),
        (["Ed Wood"], [], False),
    ],
)
def test_all_pages_that_are_needed_must_be_found(titles: Any, context: Any, found: bool) -> None:
    assert gold_titles_found(Example(gold_titles=titles), Prediction(context=context)) is found


def test_hover_looks_at_21_passages() -> None:
    wanted = Example(gold_titles=["Last"])
    others = [f"Page {number} | Text." for number in range(20)]

    assert hover_metric(wanted, Prediction(retrieved_docs=[*others, "Last | Text."])) is True
    assert hover_metric(wanted, Prediction(retrieved_docs=[*others, "One more | Text.", "Last | Text."])) is False


def test_passages_that_are_none_are_told() -> None:
    with pytest.raises(DataError, match=r"The passages are an int: 3"):
        answer_passage_match(Example(answer="a"), Prediction(context=3))


def test_a_program_without_passages_is_told_what_it_gives() -> None:
    with pytest.raises(DataError, match=r"gives no 'context' or 'retrieved_docs' or 'passages'; it gives: contxt") as e:
        answer_passage_match(Example(answer="a"), Prediction(contxt=["a"]))

    assert e.value.hint == "Did you mean contxt?"
