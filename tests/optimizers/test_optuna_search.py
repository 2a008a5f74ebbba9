"""Which demonstration each predictor shows, chosen by TPE."""

from __future__ import annotations

import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.optimizers import BootstrapFewShotWithOptuna, Result, TraceTried
from nbdspy.testing import Planted

PLANTED = Planted(2)
TRAIN, VAL = PLANTED.examples(0, 40), PLANTED.examples(100, 30)


def run(**options: int) -> Result:
    with context(lm=PLANTED.lm(), num_threads=1):
        return BootstrapFewShotWithOptuna(**options).run(PLANTED.program(), trainset=TRAIN, valset=VAL)


def test_every_predictor_shows_one_demonstration_of_the_pool_as_in_the_paper() -> None:
    result = run(max_bootstrapped_demos=3, max_labeled_demos=5)

    assert len(result.tried) == 17
    for trial in result.tried[1:]:
        first, second = trial.program.predictors()
        assert len(first.demos) == len(second.demos) == 1
        assert first.demos[0].augmented  # a note is in traces alone, so the pool of the first has no labelled ones
    assert {trial.choices["step_note_1 demo 1"] for trial in result.tried[1:]} <= {0, 1, 2}
    assert {trial.choices["step_answer demo 1"] for trial in result.tried[1:]} <= {0, 1, 2, 3, 4}
    assert all(trial.evaluation.n == 30 for trial in result.tried)


def test_several_may_be_shown_and_the_same_is_not_shown_twice() -> None:
    result = run(num_demos=3, max_bootstrapped_demos=2, max_labeled_demos=2, num_candidate_programs=12)

    shown = [predictor.demos for trial in result.tried[1:] for predictor in trial.program.predictors()]
    assert {len(demos) for demos in shown} == {1, 2}
    assert all(demos[0] != demos[-1] for demos in shown if len(demos) > 1)


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # the gain of two trials may be chance
@pytest.mark.parametrize("most", [1, 3])
def test_max_demos_is_the_size_of_the_pool_as_in_dspy(most: int) -> None:
    optimizer = BootstrapFewShotWithOptuna("exact_match", num_candidate_programs=2)
    heard: list[events.Event] = []

    with context(lm=PLANTED.lm(), num_threads=1), events.listening(heard.append):
        optimizer.compile(PLANTED.program(), trainset=TRAIN, valset=VAL, max_demos=most)

    assert {event.wanted for event in heard if isinstance(event, TraceTried)} == {most}
    assert optimizer.max_bootstrapped_demos == 4


def test_without_a_demonstration_nothing_but_the_program_as_it_came_is_tried() -> None:
    result = run(max_bootstrapped_demos=0, max_labeled_demos=0)

    assert result.best is result.base
    assert len(result.tried) == 1
    assert not result.notes
