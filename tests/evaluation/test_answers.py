"""Answers in a few words."""

from __future__ import annotations

from functools import partial
from typing import Any

import numpy as np
import pytest

from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError, UsageError
from nbdspy.evaluation import EM, F1, HotPotF1, answer_exact_match, evaluate, f1, hotpot_f1, normalize_text
from nbdspy.modules import Module


def example(answer: Any) -> Example:
    return Example(question="?", answer=answer).with_inputs("question")


@pytest.mark.parametrize(
    ("expected", "given", "same"),
    [
        ("The Beatles", "beatles!", True),
        (["no", "Beatles"], "the beatles", True),
        (("no", "Beatles"), "the beatles", True),
        (np.array(["no", "Beatles"]), "the beatles", True),
        ("a", "the", True),
        ("Beatles", "Stones", False),
        ("Beatles", None, False),
        ("none", None, False),
        (42, "42", True),
        (np.int64(42), "42", True),
    ],
)
def test_answer_exact_match_reads_as_squad_does(expected: Any, given: Any, same: bool) -> None:
    assert answer_exact_match(example(expected), Prediction(answer=given)) is same


@pytest.mark.parametrize(
    ("frac", "good"),
    [(0.0, True), (0.5, True), (2 / 3, True), (0.7, False), (1.0, False)],
)
def test_frac_is_the_least_overlap(frac: float, good: bool) -> None:
    assert answer_exact_match(example(["Rome", "Paris"]), Prediction(answer="Paris, France"), frac=frac) is good


@pytest.mark.parametrize("frac", [66, -0.1])
def test_a_frac_that_is_no_share_is_refused(frac: float) -> None:
    with pytest.raises(UsageError, match="It is a share from 0 to 1"):
        answer_exact_match(example("a"), Prediction(answer="a"), frac=frac)


def test_frac_may_be_fixed_for_an_evaluation() -> None:
    class Long(Module):
        def forward(self, question: str) -> Prediction:
            return Prediction(answer="in Paris")

    data = [{"question": "?", "answer": "Paris"}]

    assert evaluate(Long(), data=data, metric=answer_exact_match).rows[0].score == 0
    assert evaluate(Long(), data=data, metric=partial(answer_exact_match, frac=0.5)).rows[0].score == 1


@pytest.mark.parametrize("answer", [None, float("nan")])
def test_a_gap_in_the_answers_is_told(answer: Any) -> None:
    with pytest.raises(DataError, match=r"no value for the label 'answer'.*Drop such rows"):
        answer_exact_match(example(answer), Prediction(answer="a"))


def test_an_empty_list_of_answers_is_told() -> None:
    with pytest.raises(DataError, match="accepts no answer at all"):
        answer_exact_match(example([]), Prediction(answer="a"))
    with pytest.raises(UsageError, match="no answer to compare with"):
        EM("a", [])


def test_a_program_that_returned_a_text_is_told() -> None:
    with pytest.raises(DataError, match="returned a str, not a Prediction: 42"):
        answer_exact_match(example("42"), "42")  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("expected", "given", "score"),
    [
        ("the cat sat", "cat sat", 1.0),
        ("cat sat on mat", "cat mat", 2 / 3),
        ("cat", "dog", 0.0),
        ("cat cat", "cat", 2 / 3),
        (["dog", "cat cat"], "cat", 2 / 3),
        ("", "", 1.0),
        ("cat", "", 0.0),
        ("cat", None, 0.0),
    ],
)
def test_f1_is_the_overlap_of_words(expected: Any, given: Any, score: float) -> None:
    assert f1(example(expected), Prediction(answer=given)) == pytest.approx(score)


@pytest.mark.parametrize(
    ("expected", "given", "plain", "hotpot"),
    [
        ("no", "no, never", 2 / 3, 0.0),
        ("no, never", "no", 2 / 3, 0.0),
        ("Yes", "yes!", 1.0, 1.0),
        ("noanswer", "noanswer here", 2 / 3, 0.0),
        ("cat sat", "cat", 2 / 3, 2 / 3),
    ],
)
def test_hotpot_f1_takes_yes_and_no_as_a_whole(expected: str, given: str, plain: float, hotpot: float) -> None:
    assert F1(given, [expected]) == pytest.approx(plain)
    assert HotPotF1(given, [expected]) == pytest.approx(hotpot)
    assert hotpot_f1(example(expected), Prediction(answer=given)) == pytest.approx(hotpot)


def test_em_takes_one_text_or_several() -> None:
    assert EM("the Eiffel tower", ["Louvre", "Eiffel Tower"]) is True
    assert EM("Paris", "paris.") is True
    assert EM("Rome", "Paris") is False
    assert EM(None, "Paris") is False


def test_texts_lose_case_punctuation_articles_and_spaces() -> None:
    assert normalize_text("  The  Cat, an Évian; and-a  hat. ") == "cat évian anda hat".replace("é", "e\u0301")


def test_its_arguments_are_named_as_dspys() -> None:
    assert answer_exact_match(example=Example(answer="42"), pred=Prediction(answer="42"))
