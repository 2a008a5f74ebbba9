"""`Labels`: going through rows, and what becomes of what is said."""

from __future__ import annotations

from typing import Any, Literal

import pandas as pd
import pytest

from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError, UsageError
from nbdspy.evaluation import EvaluationResult
from nbdspy.forms import Given, Labels
from nbdspy.models import Request
from nbdspy.modules import ChainOfThought, Module, Predict, freeze
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text


class Intent(Signature):
    """Name what the person wants."""

    request: str = InputField()
    intent: Literal["alarm", "timer", "music"] = OutputField()


ROWS = pd.DataFrame(
    {
        "number": [7, 8, 9, 10],
        "request": ["wake me", "four minutes", "play jazz", "wake me"],
        "intent": ["alarm", "alarm", None, "timer"],
    }
)


@pytest.fixture
def labels() -> Labels:
    return Labels(ROWS, Intent, called="rows")


def test_rows_are_accepted_corrected_and_skipped_one_by_one(labels: Labels) -> None:
    labels.accept()
    labels.correct(intent="timer")
    labels.skip()

    assert labels.position == 3
    assert labels.progress == "4 of 4"
    assert [labels.count(way) for way in ("accepted", "corrected", "skipped")] == [1, 1, 1]
    assert labels.examples == [
        Example(request="wake me", intent="alarm"), Example(request="four minutes", intent="timer")
    ]  # fmt: skip
    assert labels.examples[0].inputs() == Example(request="wake me")


def test_a_correction_that_says_the_same_is_an_acceptance(labels: Labels) -> None:
    labels.correct(intent="alarm")

    assert labels.given(0) == Given(way="accepted", values={"intent": "alarm"})


def test_one_can_go_back_and_think_again(labels: Labels) -> None:
    labels.accept()
    labels.back()
    labels.back()
    assert labels.position == 0

    labels.skip()

    assert labels.done == 0
    assert labels.examples == []


def test_going_forward_says_nothing_and_stops_after_the_last(labels: Labels) -> None:
    for _ in range(9):
        labels.forward()

    assert labels.is_over
    assert labels.done == 0
    with pytest.raises(UsageError, match="All 4 rows have been gone through"):
        labels.accept()


@pytest.mark.parametrize(
    ("values", "said"),
    [
        ({"intent": "alrm"}, "intent should be one of: alarm, timer, music; this is 'alrm'. Did you mean alarm?"),
        ({"intent": 3}, "intent should be one of: alarm, timer, music; this is 3"),
        ({"intent": "  "}, "intent is empty"),
        ({"intnt": "alarm"}, "There is no field 'intnt' to label. Did you mean intent?"),
    ],
)
def test_what_does_not_fit_changes_nothing(labels: Labels, values: dict[str, Any], said: str) -> None:
    with pytest.raises(UsageError) as raised:
        labels.correct(**values)

    assert said in str(raised.value)
    assert (labels.position, labels.done) == (0, 0)


def test_the_program_is_asked_only_where_the_data_say_nothing() -> None:
    requests: list[Request] = []

    def answer(request: Request) -> str:
        requests.append(request)
        return chat_text({"intent": "music"})

    labels = Labels(ROWS, Intent)
    labels.go(2)
    with context(lm=FakeLM(answer)):
        assert not labels.is_known(2)
        assert labels.proposal == {"intent": "music"}
        labels.accept()

    assert len(requests) == 1
    assert labels.examples == [Example(request="play jazz", intent="music")]


def test_a_program_that_fails_leaves_the_row_to_the_person() -> None:
    labels = Labels([{"request": "wake me"}], Intent)

    with context(lm=FakeLM(lambda request: "I cannot say.")):
        with pytest.raises(UsageError, match="Nothing is proposed for 'intent': ParseError"):
            labels.accept()
        labels.correct(intent="alarm")

    assert labels.count("corrected") == 1


def test_blank_asks_nobody() -> None:
    labels = Labels([{"request": "wake me"}], Intent, asks=False)

    with pytest.raises(UsageError, match=r"Nothing is proposed for 'intent'\. Write labels\.correct\(intent=…\)\."):
        labels.accept()


def test_the_frame_has_a_row_for_every_row_and_is_gone_on_with(labels: Labels) -> None:
    labels.accept()
    labels.correct(intent="timer")
    labels.skip()

    frame = labels.frame
    again = Labels(frame, Intent)

    assert list(frame) == ["request", "intent", "proposed_intent", "labelled", "number"]
    assert frame.labelled.tolist()[:3] == ["accepted", "corrected", "skipped"]
    assert frame.number.tolist() == [7, 8, 9, 10]
    assert again.position == 3
    assert again.examples == labels.examples
    assert again.case(1).proposal == {"intent": "alarm"}


def test_memory_holds_what_was_said_of_equal_rows() -> None:
    memory: dict[str, Given] = {}
    Labels(ROWS, Intent, memory=memory).correct(intent="music")

    again = Labels(ROWS[["request"]].iloc[[3, 0, 1]], Intent, memory=memory)

    assert again.given(0) == Given(way="corrected", values={"intent": "music"})  # the first "wake me"
    assert again.given(1) is None  # the second
    assert again.position == 1


def test_predictions_of_an_evaluation_are_what_is_labelled() -> None:
    examples = [Example(request=text, intent="alarm").with_inputs("request") for text in ("wake me", "jazz")]
    predictions = [Prediction(reasoning="It says wake.", intent="alarm"), Prediction(intent="timer")]
    scored = EvaluationResult(results=[(examples[0], predictions[0], 1.0), (examples[1], predictions[1], 0.0)])

    labels = Labels(scored)
    labels.accept()
    labels.correct(intent="music")

    assert labels.case(0).reasoning == "It says wake."
    assert labels.case(1).expected == {"intent": "alarm"}
    assert [example.intent for example in labels.examples] == ["alarm", "music"]


def test_a_field_of_an_evaluation_may_be_called_as_a_method_of_an_example_is() -> None:
    example = Example(inputs="two of them", input_names="a and b").with_inputs("inputs", "input_names")

    labels = Labels(EvaluationResult(results=[(example, Prediction(sum=2), 1.0)]))

    assert labels.case(0).inputs == {"inputs": "two of them", "input_names": "a and b"}


def test_types_come_from_the_predictions_where_no_program_says_them() -> None:
    example = Example(text="a").with_inputs("text")
    scored = EvaluationResult(results=[(example, Prediction(count=2, words=["a"], mixed=None), 1.0)])

    labels = Labels(scored)

    assert {name: field.type for name, field in labels.outputs.items()} == {"count": int, "words": list, "mixed": str}


@pytest.mark.parametrize(
    ("data", "program", "error", "said"),
    [
        (ROWS, None, UsageError, "Nothing says which fields are to be labelled."),
        (ROWS.rename(columns={"request": "requst"}), Intent, DataError, "has no column 'request'"),
        (ROWS[:0], Intent, DataError, "is empty"),
        (EvaluationResult(rows=()), Intent, DataError, "has no rows"),
    ],
)
def test_data_that_cannot_be_labelled_are_refused(data: Any, program: Any, error: type[Exception], said: str) -> None:
    with pytest.raises(error, match=said):
        Labels(data, program)


def test_corrected_rows_become_demos_of_a_copy(labels: Labels) -> None:
    program = Predict(Intent)
    program.demos = [Example(request="four minutes", intent="alarm"), Example(request="other", intent="music")]
    labels.accept()
    labels.correct(intent="timer")

    better = labels.as_demos(program)

    assert [vars(demo) for demo in better.demos] == [
        {"request": "other", "intent": "music"},
        {"request": "four minutes", "intent": "timer"},
    ]
    assert len(program.demos) == 2
    assert program.demos[0].intent == "alarm"
    assert len(labels.as_demos(program, which="all").demos) == 3


def test_demos_go_to_the_part_that_has_the_fields(labels: Labels) -> None:
    class Two(Module):
        def __init__(self) -> None:
            self.name = ChainOfThought(Intent)
            self.say = Predict("intent -> sentence")

        def forward(self, request: str) -> Any:
            return self.say(intent=self.name(request=request).intent)

    labels.correct(intent="music")

    better = labels.as_demos(Two())

    assert [len(part.demos) for part in better.predictors()] == [1, 0]
    with pytest.raises(UsageError, match="No predictor of"):
        labels.as_demos("question -> answer")


def test_frozen_demos_stay(labels: Labels) -> None:
    labels.correct(intent="music")

    assert labels.as_demos(freeze(Predict(Intent), "demos")).predictors()[0].demos == []


def test_there_must_be_something_to_show(labels: Labels) -> None:
    labels.accept()

    with pytest.raises(UsageError, match=r'No row was corrected\. Write which="all"'):
        labels.as_demos()


def test_messages_call_them_by_their_variable() -> None:
    meant = Labels([{"request": "tea"}], "request -> intent", name="meant", asks=False)

    with pytest.raises(UsageError) as nothing:
        meant.accept()
    meant.skip()
    with pytest.raises(UsageError) as over:
        meant.skip()

    assert nothing.value.hint == "Write meant.correct(intent=…)."
    assert over.value.hint == "Write meant.back()."
