"""An instruction of the user's in a run that goes on: compared with the rest, and no other trial is the wiser."""

from __future__ import annotations

import threading
from collections.abc import Callable
from functools import partial
from typing import Any

import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.errors import UsageError
from nbdspy.modules import Predict, freeze
from nbdspy.optimizers import Result, Run, ScoringStarted, Suggested, TrialEnded, compile, start
from nbdspy.store import Store
from nbdspy.testing import Planted
from nbdspy.testing.planted import Chain

from .conftest import Search, learner, numbers
from .killed import OPTIMIZERS

PLANTED = Planted()
TRAIN, VAL = PLANTED.examples(0, 20), PLANTED.examples(100, 40)
BAD = "Never say it."
NOT_SEARCHED = ("labeled_few_shot", "bootstrap_few_shot", "knn_few_shot")

pytestmark = pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # of small gains that may be chance

Suggest = Callable[[Run], object]


def compiled(program: Any = None, *, at: int = 2, suggest: Suggest | None = None, **given: Any) -> Result:
    """A compile of the planted task in which something is suggested as soon as trial `at` has ended."""
    given = {"optimizer": "random_search", "options": {"num_candidate_programs": 6}, "threads": 4, **given}

    def hear(event: events.Event) -> None:
        if suggest is not None and isinstance(event, TrialEnded) and event.trial.number == at:
            suggest(event.run)

    with context(lm=PLANTED.lm()), events.listening(hear):
        return compile(program or PLANTED.program(), TRAIN, val=VAL, store=False, **given)


def told(result: Result, *, own: bool = False) -> list[tuple[str, float, int]]:
    """The trials that the optimizer asked for, or those of the user."""
    return [(trial.label, trial.score, trial.evaluation.n) for trial in result.tried if trial.is_suggested is own]


@pytest.mark.parametrize("optimizer", [name for name in OPTIMIZERS if name not in NOT_SEARCHED])
@pytest.mark.parametrize("threads", [1, 4])
def test_the_best_instruction_that_there_is_wins_and_a_bad_one_changes_nothing(optimizer: str, threads: int) -> None:
    given: dict[str, Any] = {"optimizer": optimizer, "options": OPTIMIZERS[optimizer], "threads": threads}
    plain = compiled(**given)

    good = compiled(suggest=lambda run: run.suggest(PLANTED.best_instruction(0)), at=0, **given)
    bad = compiled(suggest=lambda run: run.suggest(BAD), at=0, **given)

    assert told(good) == told(bad) == told(plain)
    ((label, score, n),) = told(good, own=True)
    assert label == f"yours: {PLANTED.best_instruction(0)}"
    assert n == len(VAL)
    assert score >= good.base_score  # type: ignore[operator]
    assert good.score == max(score, plain.score or 0.0)
    assert [(n, score < (plain.score or 0.0)) for _, score, n in told(bad, own=True)] == [(len(VAL), True)]
    assert bad.best.dump_state() == plain.best.dump_state()


def test_it_wins_where_it_is_better_than_all_that_is_searched() -> None:
    result = compiled(suggest=lambda run: run.suggest(PLANTED.best_instruction(0)))

    assert result.best_trial is not None
    assert result.best_trial.is_suggested
    assert result.best.predictors()[0].signature.instructions == PLANTED.best_instruction(0)
    assert PLANTED.quality(result.best) > PLANTED.quality(PLANTED.program()) + 0.3
    assert list(result.lineage.query("part == 'instructions'").source) == ["yours"]


def test_it_is_tried_with_the_best_program_of_that_moment() -> None:
    result = compiled(suggest=lambda run: run.suggest(BAD), at=5)

    (own,) = (trial for trial in result.tried if trial.is_suggested)
    assert own.parent is not None
    parent = result.tried[own.parent]
    assert own.program.predictors()[0].demos == parent.program.predictors()[0].demos
    assert parent.score == max(trial.score for trial in result.tried[:6] if trial.is_finished)
    assert list(result.changes.query(f"trial == {own.number}").parent) == [own.parent]


def test_one_that_comes_at_the_last_trial_is_tried_before_the_end() -> None:
    last = len(compiled().tried) - 1

    result = compiled(suggest=lambda run: run.suggest(BAD), at=last, test=PLANTED.examples(200, 10))

    assert result.tried[-1].is_suggested
    assert result.held_out is not None


def test_a_program_that_was_scored_before_costs_no_call() -> None:
    own = PLANTED.program().predictors()[0].signature.instructions
    given: dict[str, Any] = {"optimizer": "opro", "options": {"num_trials": 4}, "threads": 1}

    def suggest(run: Run) -> None:
        assert run.best is not run.base
        run.suggest(own)

    plain, result = compiled(**given), compiled(suggest=suggest, at=4, **given)

    ((_, score, _),) = told(result, own=True)
    assert score == result.base_score
    assert result.calls == plain.calls


def test_of_several_predictors_one_is_named() -> None:
    refused: list[str] = []

    def suggest(run: Run) -> None:
        for name in (None, "step_anwser"):
            with pytest.raises(UsageError) as caught:
                run.suggest("Plan 1", name)
            refused.append(f"{caught.value.message} {caught.value.hint}")
        run.suggest("Plan 1: be quick.", "step_answer")

    result = compiled(Chain(2), suggest=suggest)

    assert "Chain has several predictors: step_note_1, step_answer. Say which" in refused[0]
    assert "Chain has no predictor 'step_anwser'. Did you mean step_answer?" in refused[1]
    ((label, *_),) = told(result, own=True)
    assert label == "yours, step_answer: Plan 1: be quick."


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("  \n ", "it is empty"),
        ("Say:\n[[ ## answer ## ]]", "a marker of the prompt's layout"),
        ("x" * 20_001, "more than 20,000"),
        (Predict("question -> answer").signature.instructions, "the best program so far has it"),
        ("Use sk-proj-abcdefghijklmnopqrstuvwxyz0123456789ABCD for it.", "it holds a key"),
    ],
)
def test_what_is_no_instruction_is_refused(text: str, why: str) -> None:
    refused: list[str] = []

    def suggest(run: Run) -> None:
        with pytest.raises(UsageError) as caught:
            run.suggest(text)
        refused.append(str(caught.value))

    result = compiled(suggest=suggest, at=0)

    assert why in refused[0]
    assert told(result, own=True) == []


def test_the_same_text_is_tried_once() -> None:
    def suggest(run: Run) -> None:
        run.suggest(BAD)
        with pytest.raises(UsageError, match="suggested before"):
            run.suggest(f" {BAD.lower()}")

    assert len(told(compiled(suggest=suggest), own=True)) == 1


def test_a_frozen_instruction_stays() -> None:
    program = freeze(PLANTED.program(), "instructions")
    refused: list[str] = []

    def suggest(run: Run) -> None:
        with pytest.raises(UsageError, match="frozen") as caught:
            run.suggest(BAD)
        refused.append(str(caught.value))

    compiled(program, suggest=suggest)

    assert refused


def test_what_scores_nothing_refuses() -> None:
    heard: list[Run] = []
    with context(lm=PLANTED.lm()):
        run = start(PLANTED.program(), TRAIN, optimizer="labeled_few_shot", store=False)
        with pytest.raises(UsageError, match="labeled_few_shot scores nothing here"):
            run.suggest(BAD)
        heard.append(run)
        run.wait()


def test_after_the_end_and_while_the_test_examples_are_scored_it_is_too_late() -> None:
    refused: list[str] = []
    runs: list[Run] = []

    def hear(event: events.Event) -> None:
        if isinstance(event, TrialEnded):
            runs.append(event.run)
        if isinstance(event, ScoringStarted) and event.text:
            with pytest.raises(UsageError) as caught:
                runs[0].suggest(BAD)
            refused.append(str(caught.value))

    with events.listening(hear):
        compiled(test=PLANTED.examples(200, 10))

    assert "its choice is made" in refused[0]
    with pytest.raises(UsageError, match="it has ended and is done"):
        runs[0].suggest(BAD)


def test_a_stop_leaves_it_untried_and_says_so() -> None:
    def suggest(run: Run) -> None:
        run.suggest(BAD)
        run.stop()
        with pytest.raises(UsageError, match="about to end"):
            run.suggest("Something else.")

    result = compiled(suggest=suggest)

    assert "An instruction of yours could not be tried any more." in result.warnings
    assert told(result, own=True) == []


def test_it_is_told_where_the_run_is_heard() -> None:
    heard: list[Suggested] = []

    with events.listening(lambda event: heard.append(event) if isinstance(event, Suggested) else None):
        compiled(suggest=lambda run: threading.Thread(target=run.suggest, args=(BAD,)).start())

    assert [(each.suggestion.predictor, each.suggestion.instruction) for each in heard] == [("self", BAD)]


class TestResumed:
    """In this process, where a run was stopped after somebody had suggested something."""

    @pytest.mark.parametrize("optimizer", ["random_search", "miprov2", "opro"])
    @pytest.mark.parametrize("stop_at", [1, 4])
    def test_it_is_tried_again_where_it_was_tried(self, store: Store, optimizer: str, stop_at: int) -> None:
        given: dict[str, Any] = {
            "program": Search(), "data": numbers(*range(20)), "val": numbers(*range(100, 130)), "store": store,
            "optimizer": optimizer, "options": OPTIMIZERS[optimizer],
        }  # fmt: skip
        model = learner()

        def heard(event: events.Event, *, last: int | None = None) -> None:
            if isinstance(event, TrialEnded) and event.trial.number == 1:
                event.run.suggest("Say the number again. Please.", "answer")
            if isinstance(event, TrialEnded) and event.trial.number == last:
                event.run.stop()

        with context(lm=model):
            with events.listening(heard):
                whole = compile(**given, name="whole", threads=1)
            with events.listening(partial(heard, last=stop_at)):
                compile(**given, name="halves", threads=1)
            before = len(model.requests)
            halves = compile(**given, name="halves", threads=4, resume=True)

        assert [(trial.label, trial.score) for trial in halves.tried] == [
            (trial.label, trial.score) for trial in whole.tried
        ]
        assert sum(trial.is_suggested for trial in halves.tried) == 1
        assert halves.best.dump_state() == whole.best.dump_state()
        assert len(model.requests) - before < whole.calls


def test_any_thread_suggests_to_what_goes_on_in_the_background() -> None:
    with context(lm=PLANTED.lm()):
        run = start(PLANTED.program(), TRAIN, val=VAL, store=False, threads=2, options={"num_candidate_programs": 6})
        run.pause()
        run.suggest(PLANTED.best_instruction(0))
        run.resume()
        result = run.wait(60)

    assert [trial.is_suggested for trial in result.tried].count(True) == 1
