"""What a model is shown of the steps so far."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any

import pytest

from nbdspy.errors import ContextTooLong
from nbdspy.modules.steps_so_far import NONE_YET, StepsSoFar
from nbdspy.runtime import drive


@dataclass
class Reader:
    """An effect that reads so many characters, and keeps what it was asked."""

    text: str
    limit: int
    asked: list[str]

    def perform(self) -> Any:
        self.asked.append(self.text)
        if len(self.text) > self.limit:
            raise ContextTooLong
        return self.text

    async def aperform(self) -> Any:
        return self.perform()


def reading(limit: int, asked: list[str]) -> Callable[[str], Reader]:
    return lambda shown: Reader(shown, limit, asked)


def steps(*texts: str) -> StepsSoFar:
    past = StepsSoFar()
    for text in texts:
        past.add(text)
    return past


def test_no_step_is_said() -> None:
    assert drive(StepsSoFar().ask(reading(100, []))) == NONE_YET


def test_all_are_shown_while_they_fit() -> None:
    assert drive(steps("one", "two").ask(reading(100, []))) == "one\n\ntwo"


def test_the_oldest_are_left_out_until_the_rest_fits() -> None:
    asked: list[str] = []
    past = steps(*(f"{number}" * 300 for number in range(1, 9)))

    shown = drive(past.ask(reading(700, asked)))

    assert shown == f"(6 older steps left out)\n\n{'7' * 300}\n\n{'8' * 300}"
    assert len(asked) == 3


def test_what_was_learnt_holds_for_later_steps() -> None:
    asked: list[str] = []
    past = steps(*(f"{number}" * 300 for number in range(1, 9)))
    drive(past.ask(reading(1300, asked)))
    asked.clear()

    past.add("9" * 300)
    shown = drive(past.ask(reading(1300, asked)))

    assert shown.endswith("9" * 300)
    assert asked == [shown]


def test_a_newest_step_that_is_too_long_loses_its_middle() -> None:
    shown = drive(steps("old", "a" * 5000 + "z" * 5000).ask(reading(3000, [])))

    assert shown.startswith("(1 older step left out)\n\naaa")
    assert shown.endswith("zzz")
    assert "characters left out" in shown
    assert len(shown) <= 3000


def test_a_question_that_does_not_fit_without_steps_is_the_errors_case() -> None:
    asked: list[str] = []

    with pytest.raises(ContextTooLong):
        drive(steps("a" * 1000).ask(reading(0, asked)))

    assert len(asked) < 6
