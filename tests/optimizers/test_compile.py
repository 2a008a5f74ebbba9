"""From a program and tables to a better program, in one call."""

from __future__ import annotations

import signal
import threading
import warnings
from typing import Any

import pandas as pd
import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import CompileWarning, DataError, NotConfigured, Stopped
from nbdspy.models import LM, Reply
from nbdspy.models.abilities import Abilities
from nbdspy.models.local import LocalLeaf
from nbdspy.modules import Predict
from nbdspy.optimizers import BootstrapFewShot, LabeledFewShot, TrialEnded, compile, plan
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import FakeLeaf, chat_text
from nbdspy.views import bundle

from .conftest import Search, asked, learner, numbers

TRAIN, VAL, TEST = numbers(*range(20)), numbers(*range(100, 112)), numbers(*range(200, 215))
SHORT = {"num_candidate_programs": 2}


def ask() -> Predict:
    return Predict("question -> answer")


def test_both_programs_are_scored_once_on_held_out_examples(lm: FakeLM) -> None:
    result = compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT)

    assert result.held_out is not None
    assert (result.held_out.before.mean, result.held_out.after.mean) == (0, 1)
    assert (result.held_out.difference.gained, result.held_out.difference.n) == (15, 15)
    assert result.held_out.difference.low > 0
    assert result.counts.test == 15
    assert sum(asked(request) >= 200 for request in lm.requests) == 30
    assert result.calls == len(lm.requests)


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")
def test_a_program_that_did_not_change_is_scored_once() -> None:
    with context(lm=(lm := learner(lambda number, seen: not seen))):
        result = compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT)

    assert result.held_out is not None
    assert result.held_out.difference.mean == 0
    assert sum(asked(request) >= 200 for request in lm.requests) == 15


def test_test_examples_that_were_seen_are_warned_of(lm: FakeLM) -> None:
    with pytest.warns(CompileWarning, match="^2 of 17 test examples are in the training"):
        result = compile(ask(), data=TRAIN, val=VAL, test=[*TEST, *numbers(3, 105)], options=SHORT)

    assert result.warnings == ("2 of 17 test examples are in the training or validation data too; held out is not.",)


def test_what_a_result_is_not_worth_is_warned_of_once_and_stands_in_its_text(lm: FakeLM) -> None:
    with pytest.warns(CompileWarning) as heard:
        result = compile(ask(), data=TRAIN, val=[*VAL, *numbers(3)], test=[*TEST, *numbers(3)], options=SHORT)

    assert [str(warning.message) for warning in heard] == list(result.warnings)
    assert {warning.filename for warning in heard} == {__file__}
    assert repr(result) == (
        f"{result.summary}\n2 warnings, the first: 1 of 16 test examples are in the training or validation data too; "
        "held out is not."
    )


def test_a_script_hears_why_no_trace_was_kept() -> None:
    with context(lm=learner(lambda number, seen: False)), pytest.warns(CompileWarning, match="No run of the teacher"):
        program = BootstrapFewShot("exact_match").compile(ask(), trainset=TRAIN)

    assert program.demos


def test_a_limit_within_the_held_out_part_keeps_the_program(lm: FakeLM) -> None:
    unlimited = compile(ask(), data=TRAIN, val=VAL, options=SHORT)

    result = compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT, max_calls=unlimited.calls + 20)

    assert result.best.dump_state() == unlimited.best.dump_state()
    assert (result.held_out, result.counts.test) == (None, 0)
    assert result.stopped is not None
    assert "The limit of" in result.stopped
    assert "is reached. Raise max_calls (--max-calls) and resume (--resume)." in result.stopped
    assert result.calls == unlimited.calls + 20
    assert "The held-out score on the test data was not made" in result.warnings[-1]


@pytest.mark.parametrize(("limit", "verb"), [(8, "are"), (11, "are"), (12, None)])
def test_a_limit_below_the_first_score_is_doubted_and_a_held_out_score_that_is_missing_said(
    limit: int, verb: str | None, lm: FakeLM
) -> None:
    with warnings.catch_warnings(record=True) as heard:
        warnings.simplefilter("always")
        result = compile(ask(), data=TRAIN, val=VAL, test=TEST, max_calls=limit)

    assert result.held_out is None
    *doubts, missing = result.warnings
    assert [str(warning.message) for warning in heard] == doubts
    assert missing.startswith("The held-out score on the test data was not made, because the run ended before.")
    assert doubts == ([] if verb is None else [
        f"{limit} calls {verb} used up before anything is scored, unless the cache spares some: "
        "it takes 12 to score the program that goes in."
    ])  # fmt: skip
    assert [str(warning.message) for warning in heard] == doubts
    assert [trial.evaluation.n for trial in result.tried] == [limit]


def test_a_limit_that_may_do_is_doubted_less() -> None:
    made = plan(ask(), data=TRAIN, val=VAL, optimizer="bootstrap_few_shot")

    assert [str(made.doubt(limit))[:20] for limit in (15, 16, 31, 32)] == [
        "15 calls are used up", "16 calls may be used", "31 calls may be used", "None",
    ]  # fmt: skip
    assert made.doubt(None) is None


def test_failures_within_the_held_out_part_keep_the_program() -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if asked(request) >= 200:
            raise RuntimeError("The server is down.")
        return inner.send(request)

    with context(lm=FakeLM(answer), max_errors=3):
        result = compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT)

    assert result.score == 1
    assert result.held_out is None
    assert result.stopped is not None
    assert "The server is down" in result.stopped


def test_an_interrupt_within_the_held_out_part_keeps_the_program() -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if asked(request) == 205:
            signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)
        return inner.send(request)

    with context(lm=FakeLM(answer), num_threads=1), pytest.raises(Stopped) as caught:
        compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT)

    result = caught.value.result
    assert caught.value.message == "The search is done; its best program is kept."
    assert (result.score, result.held_out, result.stopped) == (1, None, "Interrupted.")
    assert result.best is not result.base


def test_an_error_within_the_held_out_part_holds_what_the_search_found() -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if asked(request) == 205:
            raise NotConfigured("The key expired.")
        return inner.send(request)

    with context(lm=FakeLM(answer), num_threads=1), pytest.raises(NotConfigured) as caught:
        compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT)

    result = caught.value.result  # type: ignore[attr-defined]
    assert (result.score, result.held_out, result.stopped) == (1, None, "NotConfigured: The key expired.")
    assert caught.value.lines()[-1].startswith("The search is done; its best program is kept.")


def test_a_stopped_search_is_not_held_out(lm: FakeLM) -> None:
    def stop(event: Any) -> None:
        if isinstance(event, TrialEnded) and event.trial.number == 2:
            event.run.stop()

    with events.listening(stop):
        result = compile(ask(), data=TRAIN, val=VAL, test=TEST)

    assert result.held_out is None
    assert result.stopped == "You stopped it."
    assert not [request for request in lm.requests if asked(request) >= 200]


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")
def test_the_validation_data_is_the_training_data_when_none_is_given(lm: FakeLM) -> None:
    result = compile(ask(), data=TRAIN, options=SHORT)

    assert (result.counts.train, result.counts.val) == (20, 20)
    assert [row.example for row in result.tried[0].evaluation.rows] == TRAIN


@pytest.mark.parametrize("optimizer", ["labeled_few_shot", "bootstrap_few_shot"])
def test_without_validation_data_nothing_is_scored(optimizer: str, lm: FakeLM) -> None:
    result = compile(ask(), data=TRAIN, optimizer=optimizer)

    assert (result.tried, result.score) == ((), None)
    assert result.best.predictors()[0].demos
    assert repr(result) == f"{optimizer}(question -> answer): nothing was scored"


def test_an_optimizer_that_is_set_up_keeps_its_own_and_is_left_alone(lm: FakeLM) -> None:
    mine = BootstrapFewShot("f1", max_bootstrapped_demos=1, max_labeled_demos=2, seed=4)
    before = dict(vars(mine))

    kept = compile(ask(), data=TRAIN, val=VAL, optimizer=mine)
    changed = compile(ask(), data=TRAIN, val=VAL, optimizer=mine, seed=0, metric="exact_match", options={
        "max_labeled_demos": 5})  # fmt: skip

    assert (kept.metric, kept.seed, len(kept.best.demos)) == ("f1", 4, 2)
    assert (changed.metric, changed.seed, len(changed.best.demos)) == ("exact_match", 0, 5)
    assert vars(mine) == before


def test_the_metric_is_exact_match_unless_it_is_said(lm: FakeLM) -> None:
    assert compile(ask(), data=TRAIN, val=VAL, options=SHORT).metric == "exact_match"
    assert compile(ask(), data=TRAIN, val=VAL, optimizer=LabeledFewShot()).metric == ""


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")
def test_tables_with_other_columns_are_fine(lm: FakeLM) -> None:
    table = pd.DataFrame({"id": range(6), "question": [f"number {n}." for n in range(6)], "answer": list(range(6))})

    result = compile(ask(), data=table, val=table, options=SHORT)

    assert result.score == 1


def test_the_training_data_may_be_given_by_place(lm: FakeLM) -> None:
    assert plan(ask(), TRAIN, val=VAL).calls == plan(ask(), data=TRAIN, val=VAL).calls
    assert compile(ask(), TRAIN, val=VAL, options=SHORT).score == 1


@pytest.mark.parametrize("lacking", ["data", "val", "test"])
def test_labels_that_the_metric_lacks_are_told_before_any_call(lacking: str, lm: FakeLM) -> None:
    sets = {"data": TRAIN, "val": VAL, "test": TEST, lacking: [{"question": "number 1."}]}

    with pytest.raises(DataError, match="The example has no 'answer'"):
        compile(ask(), metric="f1", **sets)

    assert lm.requests == []


def test_a_teacher_may_be_given(lm: FakeLM) -> None:
    teacher = Predict("question -> answer")
    teacher.demos = [Example(question="number 0.", answer="0"), *numbers(1, 2)]

    result = compile(ask(), data=TRAIN[6:], val=VAL, teacher=teacher, options=SHORT)

    assert [note.kept for note in result.notes][:6] == [True] * 6


def test_the_result_reads_in_one_line(lm: FakeLM) -> None:
    held_out = compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT)
    chosen = compile(ask(), data=TRAIN, val=VAL, options=SHORT)

    assert repr(held_out) == (
        "random_search(question -> answer): 0 % -> 100 % exact_match "
        "(+100 points, 95 % interval +80 to +100, held out, n = 15)"
    )
    assert "validation, n = 12, chosen by it)" in repr(chosen)


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")
def test_a_program_is_not_compared_with_itself() -> None:
    with context(lm=learner(lambda number, seen: not seen)):
        kept = compile(ask(), data=TRAIN, val=VAL, test=TEST, options=SHORT)

    assert kept.summary == (
        "random_search(question -> answer): nothing better than the program that went in, "
        "100 % exact_match (80 to 100, 95 % interval, held out, n = 15)"
    )


def test_a_plan_sends_nothing_and_reads_in_a_few_lines(lm: FakeLM) -> None:
    made = plan(Search(), data=TRAIN, val=VAL, test=TEST, optimizer="bootstrap_few_shot")

    assert not lm.requests
    assert made.predictors == 2
    assert made.calls == (2 * (4 + 24 + 15), 2 * (20 + 24 + 30))
    assert made.usd == (0.0, 0.0)
    assert made.prompt_tokens[0] > 0
    assert made.outline.splitlines()[1:] == [
        "  phase      calls      prompt tokens",
        "  bootstrap  8 to 40    4,800 to 32,000    the teacher on 4 to 20 training examples, until 4 are accepted",
        "  check      48         6,200 to 38,000    2 programs on 12 validation examples",
        "  held out   30 to 60   3,800 to 48,000    2 programs on 15 test examples, or 1 when nothing better is found",
        "  total      86 to 148  15,000 to 120,000",
        "Not counted: second attempts where a reply cannot be read.",
    ]


def test_a_model_that_answers_one_at_a_time_is_not_planned_to_get_faster_by_threads() -> None:
    class OneAtATime(FakeLeaf):
        abilities = Abilities(at_once=1)

    lm = LM("mine/one", leaf=OneAtATime(lambda request: Reply(texts=(chat_text({"answer": "7"}),), seconds=6.0)))

    with context(lm=lm, num_threads=1):
        ask()(question="number 7.")
        alone, together = (
            plan(ask(), data=TRAIN, val=VAL, optimizer="labeled_few_shot", threads=threads) for threads in (1, 4)
        )

    assert alone.seconds == together.seconds == (144, 144)
    assert LocalLeaf.abilities.at_once == 1


def test_a_plan_says_how_long_it_takes_once_calls_were_made() -> None:
    lm = FakeLM(lambda request: Reply(texts=(chat_text({"answer": "7"}),), cost=0.0, seconds=6.0))

    with context(lm=lm, num_threads=1):
        before = plan(ask(), data=TRAIN, val=VAL, optimizer="labeled_few_shot")
        ask()(question="number 7.")
        alone = plan(ask(), data=TRAIN, val=VAL, optimizer="labeled_few_shot")
        together = plan(ask(), data=TRAIN, val=VAL, optimizer="labeled_few_shot", threads=4)

    assert (before.seconds, before.time) == (None, "time unknown")
    assert (alone.seconds, alone.time) == ((144, 144), "about 2 min")
    assert (together.seconds, together.time) == ((36, 36), "about 1 min")
    assert repr(alone).splitlines()[0].endswith(", no cost, about 2 min")
    assert "about 2 min" in bundle(alone)["text/html"]
    assert not any("about 2 min" in text for text in bundle(alone, volatile=False).values())


def test_a_range_of_one_number_is_that_number() -> None:
    few = numbers(*range(12))

    made = plan(ask(), data=few, val=VAL, options={"max_bootstrapped_demos": 12})

    row = next(line for line in repr(made).splitlines() if "the teacher on 12 training examples" in line)
    assert row.split()[:2] == ["bootstrap", "12"]


def test_a_plan_needs_no_model_and_does_not_call_an_unknown_price_free() -> None:
    with context(lm=None):
        made = plan(ask(), data=TRAIN, val=VAL)

    assert made.usd is None
    assert "price unknown" in repr(made)


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")
@pytest.mark.parametrize("right", [lambda number, seen: not seen, lambda number, seen: number % 3 in {0, 1}])
def test_a_plan_of_a_search_that_gives_up_candidates_holds_what_is_called(right: Any) -> None:
    val = numbers(*range(100, 160))

    with context(lm=(lm := learner(right)), num_threads=1):
        low, high = plan(ask(), data=TRAIN, val=val).calls
        compile(ask(), data=TRAIN, val=val)

    assert low <= len(lm.requests) <= high
