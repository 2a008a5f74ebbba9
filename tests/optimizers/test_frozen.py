"""Optimizers leave alone what is frozen; a new one joins with the kit of test_every_optimizer."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.modules import Module, Predict, freeze
from nbdspy.optimizers import LabeledFewShot
from nbdspy.testing import FakeLM

from .conftest import Search, numbers
from .test_every_optimizer import EVERY, made

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))
OWN = numbers(7)


def dressed() -> Search:
    program = Search()
    program.search.demos, program.answer.demos = list(OWN), list(OWN)
    program.search.signature = program.search.signature.with_instructions("Make a query.")
    return program


def state(program: Module, name: str) -> Any:
    return program.dump_state()[name]


@pytest.mark.parametrize("name", EVERY)
def test_a_frozen_predictor_is_the_same_in_every_trial(name: str, lm: FakeLM) -> None:
    student = dressed()
    freeze(student.search)

    result = made(name).run(student, trainset=TRAIN, valset=VAL)

    assert len(result.tried) > 1
    for trial in result.tried:
        assert state(trial.program, "search") == state(student, "search")
    assert any(state(trial.program, "answer") != state(student, "answer") for trial in result.tried)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("what", ["instructions", "demos", "question"])
def test_a_frozen_part_is_the_same_in_every_trial(name: str, what: str, lm: FakeLM) -> None:
    student = freeze(dressed(), what)

    result = made(name).run(student, trainset=TRAIN, valset=VAL)

    for trial in result.tried:
        for ours, theirs in zip(student.predictors(), trial.program.predictors(), strict=True):
            assert theirs.signature.fields["question"] == ours.signature.fields["question"] or what != "question"
            assert theirs.signature.instructions == ours.signature.instructions or what != "instructions"
            assert theirs.demos == ours.demos or what != "demos"


@pytest.mark.parametrize("name", EVERY)
def test_a_program_that_cannot_be_changed_is_warned_of(name: str, lm: FakeLM) -> None:
    frozen, free = (made(name).run(program, trainset=TRAIN, valset=VAL) for program in (freeze(Search()), Search()))

    assert any("of every predictor are frozen" in text for text in frozen.warnings)
    assert not any("frozen" in text for text in free.warnings)


def test_a_frozen_teacher_shows_only_its_own(lm: FakeLM) -> None:
    program = freeze(Predict("question -> answer"), "demos")

    made("bootstrap_few_shot").run(program, trainset=TRAIN)

    assert all(len(request.messages) == 2 for request in lm.requests)


def test_the_first_examples_are_taken_only_where_demonstrations_are_free() -> None:
    student = dressed()
    freeze(student.search, "demos")

    compiled = LabeledFewShot(k=2, sample=False).compile(student, trainset=TRAIN)

    assert compiled.search.demos == OWN
    assert compiled.answer.demos == TRAIN[:2]
