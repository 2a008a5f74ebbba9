"""Predictions: completions, and a score that counts as a number."""

import datetime

import pytest

from nbdspy.data import Completions, Example, Prediction
from nbdspy.errors import DataError

ROWS = [{"answer": "42", "sure": True}, {"answer": "43", "sure": False}]


class TestCompletions:
    def test_the_first_completion_is_the_prediction(self) -> None:
        prediction = Prediction.from_completions(ROWS)

        assert prediction.answer == "42"
        assert prediction.toDict() == ROWS[0]

    def test_all_of_them_are_kept_by_field_and_by_number(self) -> None:
        completions = Prediction.from_completions(ROWS).completions

        assert completions.answer == completions["answer"] == ["42", "43"]
        assert completions[1] == Prediction(ROWS[1])
        assert [item.answer for item in completions] == ["42", "43"]
        assert completions.items() == [("answer", ["42", "43"]), ("sure", [True, False])]
        assert len(completions) == 2
        assert repr(completions) == "Completions(2 of answer, sure)"

    def test_a_single_answer_is_its_only_completion(self) -> None:
        prediction = Prediction(answer="42")
        prediction.note = "later"

        assert prediction.completions.answer == ["42"]
        assert prediction.completions.note == ["later"]
        assert len(prediction.completions) == 1

    def test_an_unknown_field_is_an_attribute_error(self) -> None:
        with pytest.raises(AttributeError, match="no field 'anwser'"):
            Prediction.from_completions(ROWS).completions.anwser
        with pytest.raises(AttributeError, match="that all of them share"):
            Completions([{"answer": "42"}, {}]).answer

    def test_no_completions_show_as_none(self) -> None:
        assert repr(Completions([])) == "Completions(0 of nothing)"
        assert list(Completions([])) == Completions([]).items() == []


def test_values_are_shown_as_what_they_are() -> None:
    prediction = Prediction(answer=42, when=datetime.date(2026, 3, 1), sure=True, note=None, tags=["a"], text="42")

    assert repr(prediction) == str(prediction)
    assert repr(prediction) == (
        "Prediction(answer=42, when=datetime.date(2026, 3, 1), sure=True, note=None, tags=['a'], text='42')"
    )


class TestScore:
    def test_a_prediction_with_a_score_is_a_number(self) -> None:
        good, bad = Prediction(score=0.8, feedback="fine"), Prediction(score=0.3)

        assert float(good) == 0.8
        assert good > bad
        assert bad < good
        assert good >= 0.8
        assert bad <= 0.3
        assert not good <= bad
        assert good + bad == pytest.approx(1.1)
        assert sum([good, bad]) / 2 == pytest.approx(0.55)
        assert good / 2 == 0.4
        assert 0.4 / good == 0.5
        assert max(bad, good) is good
        assert sorted([good, bad]) == [bad, good]

    def test_a_prediction_without_a_score_is_none(self) -> None:
        with pytest.raises(TypeError, match=r"value named `score` is a number; this is Prediction\(answer='42'\)"):
            float(Prediction(answer="42"))
        with pytest.raises(TypeError, match="score"):
            sorted([Prediction(answer="42"), Prediction(score=1)])

    def test_equality_is_of_the_values_and_not_of_the_score(self) -> None:
        assert Prediction(score=1, feedback="a") != Prediction(score=1, feedback="b")


def test_a_prediction_is_an_example_that_knows_no_inputs() -> None:
    prediction = Prediction(Example(question="why", answer="42").with_inputs("question"))

    assert prediction.labels() == prediction
    assert repr(prediction) == "Prediction(question='why', answer='42')"


def test_completions_may_come_as_a_list_for_each_field() -> None:
    prediction = Prediction.from_completions({"answer": ["42", "41"], "why": ["a", "b"]})

    assert (prediction.answer, prediction.completions.why) == ("42", ["a", "b"])
    assert Completions({"answer": ["42"]})[0].answer == "42"
    with pytest.raises(DataError, match="answer 2, why 1"):
        Prediction.from_completions({"answer": ["42", "41"], "why": ["a"]})
    with pytest.raises(DataError, match="no completion"):
        Prediction.from_completions([])
