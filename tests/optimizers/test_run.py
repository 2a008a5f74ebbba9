"""A compile in progress: what ends it, and what it leaves behind."""

from __future__ import annotations

import re
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbdspy import events
from nbdspy.configuration import context
from nbdspy.errors import (
    BudgetExceeded,
    CassetteMiss,
    CompileWarning,
    NotConfigured,
    Stopped,
    TooManyErrors,
    UsageError,
)
from nbdspy.evaluation import ExampleScored, exact_match
from nbdspy.models import Budget, Reply
from nbdspy.modules import Predict
from nbdspy.optimizers import BootstrapFewShot, BootstrapRS, PhaseStarted, Run, TrialEnded, compile, start
from nbdspy.optimizers.journal import MemoryJournal
from nbdspy.optimizers.random_search import LAG
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import asked, learner, numbers, shown

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))


def ask() -> Predict:
    return Predict("question -> answer")


def press_ctrl_c() -> None:
    signal.pthread_kill(threading.main_thread().ident or 0, signal.SIGINT)


def pressing(when: Callable[[Any, int], bool]) -> FakeLM:
    """The learner, at human speed; it is interrupted at a request."""
    pressed = threading.Event()
    inner = learner()

    def answer(request: Any) -> Any:
        threading.Event().wait(0.003)
        if not pressed.is_set() and when(request, len(inner.requests)):
            pressed.set()
            press_ctrl_c()
        return inner.send(request)

    return FakeLM(answer)


@pytest.mark.parametrize("threads", [1, 4])
def test_a_metric_that_leaves_python_keeps_the_best_so_far(threads: int) -> None:
    calls = 0

    def metric(example: Any, prediction: Any, trace: Any = None) -> bool:
        nonlocal calls
        calls += 1
        if calls > 50:
            sys.exit("enough")
        return exact_match(example, prediction)

    with context(lm=learner()), pytest.raises(SystemExit, match="enough") as caught:
        compile("question -> answer", TRAIN, val=VAL, metric=metric, threads=threads, store=False)

    result = caught.value.result  # type: ignore[attr-defined]
    assert result.stopped == "SystemExit: enough"
    assert result.base_trial is not None


@pytest.mark.parametrize("threads", [1, 4])
def test_an_interrupt_in_the_middle_of_a_search_keeps_the_best_so_far(threads: int) -> None:
    ended: list[TrialEnded] = []
    lm = pressing(lambda request, calls: len(ended) >= 4 and asked(request) == 105)

    def hear(event: Any) -> None:
        if isinstance(event, TrialEnded):
            ended.append(event)

    optimizer = BootstrapRS("exact_match", num_threads=threads, num_candidate_programs=50)

    with context(lm=lm), events.listening(hear), pytest.raises(Stopped) as caught:
        optimizer.run(ask(), trainset=TRAIN, valset=VAL)

    result = caught.value.result
    assert 4 <= len(result.tried) < 4 + LAG  # those that had ended already count
    said = f"{len(result.tried)} trials are scored; the best so far is kept."
    assert caught.value.message == said
    assert result.stopped == "Interrupted."
    assert result.score == max(trial.score for trial in result.tried) == 1.0
    assert result.best is result.best_trial.program
    assert result.best is not result.base
    assert caught.value._render_traceback_() == [f"Stopped: {said}"]


@pytest.mark.parametrize("threads", [1, 4])
@pytest.mark.parametrize("number", [5, 100], ids=["bootstrap", "first trial"])
def test_an_interrupt_before_any_score_keeps_the_program_that_went_in(threads: int, number: int) -> None:
    student = ask()

    with context(lm=pressing(lambda request, calls: asked(request) >= number)), pytest.raises(Stopped) as caught:
        BootstrapRS("exact_match", num_threads=threads).run(student, trainset=TRAIN, valset=VAL)

    result = caught.value.result
    assert result.best is result.base is student
    assert result.tried == ()
    assert (result.score, result.base_score, result.difference) == (None, None, None)
    assert repr(result) == "random_search(question -> answer): nothing was scored; stopped: Interrupted."


@pytest.mark.parametrize(("phase", "tried"), [("bootstrap", 0), ("search", 2)])
def test_a_run_that_is_told_to_stop_as_a_phase_begins_ends(phase: str, tried: int) -> None:
    def stop(event: Any) -> None:
        if isinstance(event, PhaseStarted) and event.phase == phase:
            event.run.stop()

    with context(lm=learner()), events.listening(stop):
        result = BootstrapRS("exact_match").run(ask(), trainset=TRAIN, valset=VAL)

    assert result.stopped == "You stopped it."
    assert len(result.tried) == tried  # those without traces are scored while the teacher works


@pytest.mark.parametrize("after", [1, 3])
def test_a_run_that_is_told_to_stop_between_two_trials_ends_with_the_best(after: int) -> None:
    def stop(event: Any) -> None:
        if isinstance(event, TrialEnded) and event.trial.number == after - 1:
            event.run.stop("The button.")

    with context(lm=learner()), events.listening(stop):
        result = BootstrapRS("exact_match").run(ask(), trainset=TRAIN, valset=VAL)

    assert after <= len(result.tried) < after + LAG  # those that had ended already count
    assert result.stopped == "The button."
    assert result.score == max(trial.score for trial in result.tried)


def test_a_run_that_is_told_to_stop_within_a_trial_leaves_the_trial_out() -> None:
    lm = learner()

    class Halts(BootstrapFewShot):
        def search(self, run: Run, *rest: Any) -> None:
            lm.requests.clear()
            run.attempt(run.base, "as it came")
            run.valset = [*VAL, *numbers(*range(300, 900))]
            threading.Timer(0.05, run.stop).start()
            assert run.attempt(ask(), "long") is None

    with context(lm=FakeLM(lambda request: (threading.Event().wait(0.01), lm.send(request))[1])):
        result = Halts("exact_match").run(ask(), trainset=TRAIN, valset=VAL)

    assert len(result.tried) == 1
    assert result.stopped == "You stopped it."


def test_a_time_limit_ends_it_with_the_best_so_far() -> None:
    inner = learner()
    lm = FakeLM(lambda request: (threading.Event().wait(0.01), inner.send(request))[1])

    with context(lm=lm, num_threads=4):
        result = compile(ask(), data=TRAIN, val=VAL, timeout=0.4, options={"num_candidate_programs": 5000})

    assert result.stopped is not None
    assert result.stopped.startswith("The time of 0.4 s is over.")
    assert len(result.tried) < 5000


def test_a_pause_does_not_eat_the_time_limit() -> None:
    lm = learner(lambda number, seen: threading.Event().wait(0.005))
    with context(lm=lm, num_threads=1):
        run = start(ask(), TRAIN, val=VAL, timeout=1.5, store=False, options={"num_candidate_programs": 3})
        run.pause()
        threading.Event().wait(1.6)
        run.resume()
        result = run.wait(30)

    assert result.stopped is None


def test_a_money_limit_ends_it() -> None:
    inner = learner()
    lm = FakeLM(lambda request: Reply(texts=inner.send(request).texts, cost=0.01))

    with context(lm=lm, num_threads=1):
        result = compile(ask(), data=TRAIN, val=VAL, budget=0.2)

    assert result.stopped is not None
    assert result.stopped.startswith("The budget of $0.20 is spent")
    assert result.cost == pytest.approx(0.2)


def test_a_money_limit_ends_it_where_prices_are_not_known() -> None:
    inner = learner()
    lm = FakeLM(lambda request: Reply(texts=inner.send(request).texts, cost=None))

    with context(lm=lm, num_threads=1):
        result = compile(ask(), data=TRAIN, val=VAL, budget=0.0001)

    assert result.stopped is not None
    assert result.stopped.startswith("The price of a call is not known")
    assert (len(inner.requests), result.cost) == (1, None)


def test_a_candidate_that_was_given_up_is_never_the_best_whatever_it_scored_before() -> None:
    val = numbers(*range(100, 160))

    first: list[int] = []  # those that a race looks at first

    def right(number: int, seen: list[int]) -> bool:
        return number - 100 in (first[::2] if seen else first)  # without demos 20 of 60, with them 10 of the first 20

    with context(lm=learner(right)):
        run = Run(ask(), optimizer="mine", metric=exact_match, valset=val)
        first += run.in_order()[:20]
        candidate = ask()
        candidate.demos = numbers(1)
        result = run.perform(lambda: [run.attempt(run.base, "as it came"), run.attempt(candidate, "x", racing=True)])

    first, second = result.tried
    assert (first.is_finished, second.is_finished) == (True, False)
    assert second.evaluation.n == 20
    assert second.score > first.score
    assert result.best is result.base


@pytest.mark.parametrize("place", [0, 19, 20])
def test_one_example_that_always_fails_costs_one_example_wherever_it_stands(place: int) -> None:
    val = numbers(*range(100, 121))

    def picky(example: Any, prediction: Any, trace: Any = None) -> float:
        if example is val[place]:
            raise KeyError("no label")
        return exact_match(example, prediction)

    with context(lm=learner()):
        result = BootstrapRS(picky, num_candidate_programs=3).run(ask(), trainset=TRAIN, valset=val)

    assert result.score == pytest.approx(20 / 21)
    assert [text[:35] for text in result.warnings] == ["1 of 21 validation examples failed "]
    assert [row.index for row in result.best_trial.evaluation.rows] == list(range(21))


def test_failures_count_for_the_whole_of_a_candidate_and_not_for_each_block() -> None:
    def answer(request: Any) -> str:
        if shown(request) and asked(request) % 10 == 0:
            raise RuntimeError("The prompt is too long.")
        return chat_text({"answer": asked(request) if shown(request) else "no"})

    with context(lm=FakeLM(answer)):
        run = Run(
            ask(), optimizer="mine", metric=exact_match, valset=numbers(*range(100, 160)), threads=1, max_errors=3
        )
        candidate = ask()
        candidate.demos = numbers(1)
        result = run.perform(lambda: [run.attempt(run.base, "as it came"), run.attempt(candidate, "x", racing=True)])

    assert result.best is result.base
    assert result.warnings[0].startswith("x was given up: Stopped after 4 of ")
    assert len(result.tried[1].evaluation.rows) == 4
    assert {row.index % 10 for row in result.tried[1].evaluation.rows} == {0}


def test_a_candidate_that_fails_is_given_up_and_the_search_goes_on() -> None:
    def answer(request: Any) -> str:
        seen = shown(request)
        if asked(request) >= 100 and len(seen) >= 8:
            raise RuntimeError(f"{asked(request)} is too long.")
        return chat_text({"answer": asked(request) if seen else "no"})

    with context(lm=FakeLM(answer)):
        result = BootstrapRS(
            "exact_match", max_errors=2, max_bootstrapped_demos=2, max_labeled_demos=10, num_candidate_programs=6
        ).run(ask(), trainset=TRAIN, valset=VAL)

    given_up = [trial for trial in result.tried if not trial.is_finished]
    assert given_up
    assert result.score == 1
    assert 0 < len(result.best.demos) < 8
    assert result.stopped is None
    assert len(result.warnings) == len(given_up)
    assert re.search(
        r"was given up: Stopped after 3 of 3 examples failed; the last said: RuntimeError: \d+ is too long\.$",
        result.warnings[0],
    )


def test_a_program_that_fails_as_it_came_is_an_error() -> None:
    class Broken(Predict):
        def forward(self, **inputs: Any) -> Any:
            raise RuntimeError("The index is down.")

    broken = Broken("question -> answer")
    with context(lm=learner()), pytest.raises(TooManyErrors, match="The index is down"):
        BootstrapRS("exact_match", max_errors=2).run(broken, trainset=TRAIN, valset=VAL)


def failing_after(calls: int, error: Exception) -> FakeLM:
    """The learner, until it fails for good."""
    inner = learner()

    def answer(request: Any) -> Any:
        if len(inner.requests) >= calls:
            raise error
        return inner.send(request)

    return FakeLM(answer)


@pytest.mark.parametrize("error", [NotConfigured("The key expired."), CassetteMiss("Never recorded.")])
def test_an_error_late_in_a_search_stays_an_error_and_holds_the_best_so_far(error: Exception) -> None:
    with context(lm=failing_after(20 + 3 * 12, error), num_threads=1), pytest.raises(type(error)) as caught:
        BootstrapRS("exact_match").run(ask(), trainset=TRAIN, valset=VAL)

    result = caught.value.result  # type: ignore[attr-defined]
    assert caught.value is error
    assert (len(result.tried), result.score) == (3, 1)
    assert result.best is result.best_trial.program is not result.base
    assert result.stopped == f"{type(error).__name__}: {error}"
    assert error.lines()[-1] == (  # type: ignore[attr-defined]
        "3 trials are scored; the best so far is kept. It is this error's `result`."
    )


def test_a_metric_that_breaks_late_keeps_the_best_so_far() -> None:
    scored: list[float] = []

    def metric(example: Any, prediction: Any, trace: Any = None) -> Any:
        scored.append(exact_match(example, prediction))
        return None if len(scored) > 20 + 3 * 12 else scored[-1]

    with context(lm=learner(), num_threads=1), pytest.raises(UsageError, match="returned None") as caught:
        BootstrapRS(metric).run(ask(), trainset=TRAIN, valset=VAL)

    assert caught.value.result.score == 1  # type: ignore[attr-defined]


def test_an_error_that_is_not_ours_keeps_it_too() -> None:
    class Full(MemoryJournal):
        def append(self, record: Any) -> None:
            if record.get("number") == 2:
                raise OSError("The disk is full.")
            super().append(record)

    with context(lm=learner()), pytest.raises(OSError, match="disk is full") as caught:
        BootstrapRS("exact_match").run(ask(), trainset=TRAIN, valset=VAL, journal=Full())

    assert len(caught.value.result.tried) == 2  # type: ignore[attr-defined]
    assert caught.value.__notes__[0].startswith("2 trials are scored")


def test_an_error_before_anything_is_scored_has_no_result() -> None:
    error = NotConfigured("There is no key.")

    with context(lm=failing_after(0, error)), pytest.raises(NotConfigured) as caught:
        BootstrapRS("exact_match").run(ask(), trainset=TRAIN, valset=VAL)

    assert not hasattr(caught.value, "result")
    assert len(error.lines()) == 1


def test_watchers_hear_phases_and_trials_in_order(lm: FakeLM) -> None:
    heard: list[Any] = []

    with events.listening(heard.append):
        result = BootstrapFewShot("exact_match").run(ask(), trainset=TRAIN, valset=VAL)

    phases = [event.phase for event in heard if isinstance(event, PhaseStarted)]
    assert phases == ["bootstrap", "check"]
    assert [event.trial for event in heard if isinstance(event, TrialEnded)] == list(result.tried)


def test_trials_are_numbered_and_count_the_calls_up_to_them(lm: FakeLM) -> None:
    result = BootstrapFewShot("exact_match", max_bootstrapped_demos=2).run(ask(), trainset=TRAIN, valset=VAL)

    assert [(trial.number, trial.label, trial.calls) for trial in result.tried] == [
        (0, "as it came", 14),
        (1, "2 bootstrapped, 14 labelled", 26),
    ]
    assert result.calls == result.spent.calls == 26
    assert result.cost == 0
    assert result.counts.train == 20
    assert result.counts.val == 12


def test_a_run_scores_within_its_budget(lm: FakeLM) -> None:
    run = Run(ask(), optimizer="mine", metric=exact_match, valset=VAL, budget=Budget(calls=5))

    attempted: list[Any] = []
    result = run.perform(lambda: attempted.append(run.attempt(run.base, "as it came")))

    assert len(lm.requests) == 5
    assert attempted == [None]
    assert result.best is result.base
    assert (result.base_trial.evaluation.n, result.base_trial.is_finished) == (5, False)
    assert "0 % exact_match (0 to 43, 95 % interval, validation, n = 5" in repr(result)
    assert "; stopped: The limit of 5 calls" in repr(result)
    assert result.unscored == 7


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")
@pytest.mark.parametrize("optimizer", ["bootstrap_few_shot", "random_search"])
def test_once_a_limit_refuses_a_call_hardly_any_other_is_tried(optimizer: str) -> None:
    refused: list[BaseException] = []
    is_shown = threading.Event()

    def hear(event: events.Event) -> None:
        if isinstance(event, events.SpanEnded) and isinstance(event.error, BudgetExceeded):
            refused.append(event.error)
        if isinstance(event, ExampleScored):  # whoever shows the rows is slower than those who find out
            is_shown.wait(0.3)
            is_shown.set()

    examples = numbers(*range(200))
    with context(lm=learner()), events.listening(hear):
        result = compile(ask(), data=examples[:40], val=examples[40:], optimizer=optimizer, max_calls=45, threads=4)

    assert result.stopped is not None
    assert len({id(error) for error in refused}) <= 4


def test_without_validation_examples_the_training_examples_are_called_so(lm: FakeLM) -> None:
    with pytest.warns(CompileWarning, match="the training examples are the validation examples too"):
        result = compile(ask(), data=TRAIN, optimizer="random_search", store=False)

    assert "There are no validation examples" not in " ".join(result.warnings)
    assert "validation, n = 20" in result.summary


@pytest.mark.parametrize("threads", [2, 8])
@pytest.mark.parametrize(("optimizer", "before"), [("miprov2", 0), ("random_search", len(TRAIN))])
def test_a_limit_that_is_enough_for_the_program_that_goes_in_scores_it_before_all_that_could_wait(
    optimizer: str, before: int, threads: int, tmp_path: Path
) -> None:
    given: Any = {
        "data": TRAIN,
        "val": VAL,
        "optimizer": optimizer,
        "threads": threads,
        "store": str(tmp_path / "store.sqlite"),
    }
    with context(lm=learner()):
        results = [
            compile(ask(), max_calls=before + len(VAL) + 1, resume=resume, **given) for resume in (False, True)
        ]  # fmt: skip

    for result in results:
        assert result.stopped is not None
        assert result.base_trial is not None
        assert result.base_trial.evaluation.n == len(VAL)
