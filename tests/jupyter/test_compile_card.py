"""The card of a compile that goes on: what is drawn when, and what its buttons do."""

from __future__ import annotations

import re
from collections.abc import Callable
from itertools import pairwise
from typing import Any

import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.jupyter.compile_card import PACE, CompileCard
from nbdspy.jupyter.course import Course
from nbdspy.modules import freeze
from nbdspy.optimizers import Result, Run, TrialEnded, compile
from nbdspy.testing import Planted
from nbdspy.views.compilation import card as card_of
from nbdspy.views.drawing import Card

PLANTED = Planted()

pytestmark = pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")


class Clock:
    """A tenth of a second passes with each look."""

    def __init__(self, step: float = 0.1) -> None:
        self.now = 0.0
        self.step = step

    def __call__(self) -> float:
        self.now += self.step
        return self.now


class Seen:
    """The cards of a compile, drawn at each event, and what it did in between."""

    def __init__(self, *, step: float = 0.1, at_trial: Callable[[CompileCard, int], None] | None = None) -> None:
        self.cards: list[Card] = []
        self.later: list[tuple[float, Callable[[], object]]] = []
        self.again = 0
        self.compile_card = CompileCard(self._again, clock=Clock(step), later=self._later)
        self._course = Course("helper")
        self._at_trial = at_trial

    def _again(self) -> None:
        self.again += 1

    def _later(self, seconds: float, function: Callable[[], object]) -> Callable[[], None]:
        self.later.append((seconds, function))
        return lambda: None

    def hear(self, event: events.Event) -> None:
        self.compile_card.hear(event)
        if not self._course.hear(event) or self.compile_card.run is None:
            return
        if isinstance(event, TrialEnded) and self._at_trial is not None:
            self._at_trial(self.compile_card, event.trial.number)
        self.cards.append(self.compile_card.card(self._course.progress))

    def compile(self, **given: Any) -> Result:
        given = {"options": {"num_candidate_programs": 3}, "threads": 1, "val": PLANTED.examples(100, 20), **given}
        program = given.pop("program", PLANTED.program())
        with context(lm=PLANTED.lm()), events.listening(self.hear):
            return compile(program, PLANTED.examples(0, 20), store=False, **given)

    def last(self, fragment: str) -> str:
        return next(card.fragments[fragment] for card in reversed(self.cards) if fragment in card.fragments)


def test_the_order_of_what_is_live_is_that_of_what_is_done() -> None:
    seen = Seen(step=0.0)
    done = list(card_of(seen.compile(), volatile=True).fragments)

    for one in seen.cards:
        below = [name for name in one.fragments if name not in ("progress", "controls")]
        assert below == [name for name in done if name in below]
    assert {"header", "progress", "controls", "gain", "chart", "trials", "reasons"} <= set(seen.cards[-1].fragments)


def test_calls_change_the_upper_part_and_only_trials_and_phases_the_rest() -> None:
    seen = Seen(step=0.0)
    seen.compile()

    lower = [tuple(card.fragments.get(name) for name in ("gain", "chart", "trials")) for card in seen.cards]
    changes = sum(one != other for one, other in pairwise(lower))
    assert changes <= len(seen.compile_card.run.trials) + 2  # type: ignore[union-attr]
    assert len({card.fragments["progress"] for card in seen.cards}) > 50


def test_trials_that_come_fast_are_drawn_for_a_small_part_of_the_time_and_the_last_is_not_lost() -> None:
    seen = Seen(step=1.0)
    seen.compile(val=PLANTED.examples(100, 4))

    waits = [seconds for seconds, _ in seen.later]
    assert waits
    assert all(0 < seconds <= PACE for seconds in waits)
    seen.later[-1][1]()
    assert seen.again == 1


def test_what_is_left_is_said_once_calls_have_a_pace() -> None:
    seen = Seen(step=0.1)
    seen.compile()

    assert "at most about" not in seen.cards[0].fragments["header"]
    midway = seen.cards[len(seen.cards) // 2].fragments["header"]
    assert " s, at most about " in midway
    assert " of at most 140 calls" in midway


def test_what_is_left_of_a_limit_is_said_while_it_is_used_up() -> None:
    seen = Seen(step=0.0)
    seen.compile(max_calls=500)

    left = [int(found[1]) for card in seen.cards if (found := re.search(r"(\d+) of 500 calls left", str(card)))]
    assert len(left) == len(seen.cards)
    assert left == sorted(left, reverse=True)
    assert left[0] > left[-1]
    assert "of 500 calls left" in seen.cards[-1].text
    assert "of 500 calls left" in seen.cards[-1].fragments["header"]


def test_an_instruction_of_the_readers_own_becomes_a_trial_and_a_refusal_is_said() -> None:
    said: list[str] = []

    def press(card: CompileCard, trial: int) -> None:
        if trial == 1:
            card.press("try self", PLANTED.best_instruction(0))
            card.press("try self", "  ")
        if trial == 2:
            said.append(seen.last("controls"))

    seen = Seen(step=0.0, at_trial=press)
    result = seen.compile()

    assert result.best_trial is not None
    assert result.best_trial.is_suggested
    assert "The instruction cannot be tried: it is empty." in said[0]
    assert "Yours scored" in seen.last("controls")
    assert "yours: Plan" in seen.last("trials")
    assert "<ins" in seen.last("changes")


def test_a_program_whose_instruction_is_frozen_has_no_form() -> None:
    seen = Seen(step=0.0)
    seen.compile(program=freeze(PLANTED.program(), "instructions"))

    assert "Stop, keep best" in seen.last("controls")
    assert "<textarea" not in seen.last("controls")


def test_buttons_steer_the_run_and_do_nothing_once_it_has_ended() -> None:
    states: list[str] = []

    def press(card: CompileCard, trial: int) -> None:
        run = card.run
        assert isinstance(run, Run)
        if trial == 1:
            for button in ("pause", "resume", "stop"):
                card.press(button, "")
                states.append(run.state)

    seen = Seen(at_trial=press)
    result = seen.compile()
    seen.compile_card.press("pause", "")

    assert states == ["paused", "running", "stopping"]
    assert result.stopped == "You stopped it."
