"""`Playground`: trying by hand, and what is kept."""

from __future__ import annotations

import threading
from typing import Any, Literal

import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.forms import Playground
from nbdspy.models import Request
from nbdspy.modules import Module, Predict
from nbdspy.runtime import stopped_when
from nbdspy.signatures import InputField, OutputField, Signature
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text


class Forecast(Signature):
    """Say what the weather will be."""

    city: str = InputField()
    days: int = InputField(default=1)
    sky: Literal["clear", "grey"] = OutputField()


def clear(request: Request) -> str:
    return chat_text({"sky": "clear"})


@pytest.fixture
def tried() -> Playground:
    playground = Playground(Forecast)
    with context(lm=FakeLM(clear)):
        playground.run(city="Bonn", days="3")
    return playground


def test_texts_are_read_by_their_types_and_defaults_may_be_left_out(tried: Playground) -> None:
    with context(lm=FakeLM(clear)):
        tried.run(city="Bonn")

    assert [trial.inputs for trial in tried.trials] == [{"city": "Bonn", "days": 3}, {"city": "Bonn"}]
    assert [trial.number for trial in tried.trials] == [1, 2]


@pytest.mark.parametrize(
    ("inputs", "said"),
    [
        ({}, "The input 'city' is missing"),
        ({"city": " "}, "city is empty"),
        ({"city": "Bonn", "days": "few"}, "days should be int; this is 'few'"),
        ({"city": "Bonn", "day": 3}, "has no input 'day'. Did you mean days?"),
    ],
)
def test_inputs_that_do_not_fit_ask_nobody(inputs: dict[str, Any], said: str) -> None:
    playground = Playground(Forecast)

    with context(lm=FakeLM(lambda request: pytest.fail("asked"))), pytest.raises(UsageError) as raised:
        playground.run(**inputs)

    assert said in str(raised.value)
    assert playground.trials == []


def test_the_answer_is_kept_as_it_is_or_corrected_once_for_the_same_inputs(tried: Playground) -> None:
    assert tried.keep() == Example(city="Bonn", days=3, sky="clear")
    tried.keep(sky="grey")

    assert tried.examples == [Example(city="Bonn", days=3, sky="grey")]
    assert tried.examples[0].inputs() == Example(city="Bonn", days=3)
    assert tried.frame.to_dict("records") == [{"city": "Bonn", "days": 3, "sky": "grey"}]
    assert tried.is_kept(tried.trials[0])


@pytest.mark.parametrize(
    ("corrections", "said"),
    [
        ({"sky": "gray"}, "sky should be one of: clear, grey; this is 'gray'. Did you mean grey?"),
        ({"sky": 3}, "sky should be one of: clear, grey; this is 3."),
        ({"sk": "grey"}, "has no output 'sk'. Did you mean sky?"),
    ],
)
def test_a_correction_that_does_not_fit_keeps_nothing(tried: Playground, corrections: Any, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        tried.keep(**corrections)

    assert said in str(raised.value)
    assert tried.examples == []


def test_nothing_can_be_kept_before_anything_was_tried() -> None:
    with pytest.raises(UsageError, match="Nothing was tried yet"):
        Playground(Forecast).keep()


def test_messages_call_it_by_its_variable() -> None:
    weather = Playground(Forecast, name="weather")

    with pytest.raises(UsageError) as missing:
        weather.run()
    with pytest.raises(UsageError) as early:
        weather.keep(sky="grey")

    assert missing.value.hint == "Write weather.run(city=…)."
    assert early.value.hint == "Write weather.run(…)."


def test_another_model_is_asked_side_by_side_and_the_program_stays_as_it_is() -> None:
    both = threading.Barrier(2, timeout=20)  # each waits for the other

    def grey(request: Request) -> str:
        both.wait()
        return chat_text({"sky": "grey"})

    def waiting(request: Request) -> str:
        both.wait()
        return clear(request)

    program = Predict(Forecast)
    playground = Playground(program, lm=FakeLM(grey, model="larger"), names=("Forecast", ""))
    with context(lm=FakeLM(waiting)):
        trial = playground.run(city="Bonn")

    assert [(answer.program, answer.prediction.sky) for answer in trial.answers if answer.prediction] == [
        ("Forecast", "clear"),
        ("Forecast on larger", "grey"),
    ]
    assert program.lm is None
    assert playground.keep(of=1).sky == "grey"


def test_what_one_program_raises_does_not_take_the_others_answer() -> None:
    class Broken(Module):
        def forward(self, city: str, days: int = 1) -> Any:
            raise RuntimeError("the key is sk-abcdefghijklmnopqrstuvwxyz0123456789")

    with context(lm=FakeLM(clear)):
        first, second = Playground(Forecast, Broken()).run(city="Bonn").answers

    assert first.prediction is not None
    assert second.prediction is None
    assert second.error.startswith("RuntimeError: the key is ")
    assert "abcdefghijklmnop" not in second.error


def test_programs_with_other_inputs_cannot_be_compared() -> None:
    with pytest.raises(UsageError, match="helper takes question, and the first program city, days"):
        Playground(Forecast, "question -> sky", names=("Forecast", "helper"))


def test_an_answer_that_nobody_waits_for_is_no_try() -> None:
    playground = Playground(Forecast)

    with context(lm=FakeLM(clear)), stopped_when(lambda: True), pytest.raises(KeyboardInterrupt):
        playground.run(city="Bonn")

    assert playground.trials == []


def test_a_try_is_shown_without_its_time_and_calls(tried: Playground) -> None:
    assert repr(tried.trials[0]) == "Trial 1(city='Bonn', days=3)\n  program(sky='clear')"


def test_a_field_may_be_called_inputs() -> None:
    playground = Playground(Predict("inputs -> sky"))
    with context(lm=FakeLM(clear)):
        trial = playground.run(inputs="Bonn")
    example = playground.keep()

    assert vars(example) == {"inputs": "Bonn", "sky": "clear"}
    assert playground.is_kept(trial)
    assert playground.keep(sky="grey") == example.copy(sky="grey")
    assert len(playground.kept) == 1
