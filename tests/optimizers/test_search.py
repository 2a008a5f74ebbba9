"""Ask and tell: what a searcher knows when it is asked, whatever the clock says; and what a run does besides."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Sequence
from typing import Any

import pytest

from nbdspy.configuration import context
from nbdspy.errors import BudgetExceeded, ContextTooLong, LMUnavailable, UsageError
from nbdspy.evaluation import exact_match
from nbdspy.models.redaction import redact
from nbdspy.modules import Predict
from nbdspy.optimizers import OPTIMIZERS, BootstrapRS, Candidate, Run, Trial, start
from nbdspy.optimizers.journal import StoredJournal
from nbdspy.optimizers.scoring import Refusals
from nbdspy.store import Store
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

from .conftest import asked, fields_asked, learner, numbers, shown

TRAIN, VAL = numbers(*range(20)), numbers(*range(100, 112))


def showing(*which: int) -> Predict:
    program = Predict("question -> answer")
    program.demos = numbers(*which)
    return program


class Watched:
    """Asks for programs that show 0, 1, 2… and writes down what it was told when it was asked."""

    def __init__(self, count: int, **candidate: Any) -> None:
        self.count = count
        self.candidate = candidate
        self.told: list[int] = []
        self.known_when_asked: list[list[int]] = []

    def ask(self, number: int) -> Candidate | None:
        self.known_when_asked.append(list(self.told))
        return None if number == self.count else Candidate(program=showing(number), label=f"{number}", **self.candidate)

    def tell(self, trial: Trial) -> None:
        self.told.append(trial.number)


def run_of(*, threads: int = 8, valset: Sequence[Any] = VAL) -> Run:
    return Run(Predict("question -> answer"), optimizer="mine", metric=exact_match, valset=valset, threads=threads)


def unsteady(inner: FakeLM) -> FakeLM:
    """The same answers, after waits that make later trials end before earlier ones."""

    def answer(request: Any) -> Any:
        time.sleep(0.004 if 0 in shown(request) else 0.0005)
        return inner.send(request)

    return FakeLM(answer)


@pytest.mark.parametrize("threads", [1, 3, 16])
@pytest.mark.parametrize("lag", [1, 3])
def test_a_trial_is_asked_for_when_just_those_up_to_the_lag_before_it_are_told(threads: int, lag: int) -> None:
    searcher = Watched(8)
    run = run_of(threads=threads)

    with context(lm=unsteady(learner())):
        run.perform(lambda: run.search(searcher, lag=lag))

    assert searcher.known_when_asked == [list(range(max(0, number - lag + 1))) for number in range(9)]
    assert searcher.told == list(range(8))
    assert [(trial.number, trial.label) for trial in run.trials] == [(number, str(number)) for number in range(8)]


@pytest.mark.parametrize("threads", [1, 16])
def test_a_second_search_of_a_run_goes_on_counting(threads: int) -> None:
    run = run_of(threads=threads)
    second = Watched(3)

    with context(lm=learner()):
        run.perform(lambda: (run.search(Watched(2), lag=2), run.search(second, lag=2)))

    assert second.told == [2, 3, 4]
    assert len(run.trials) == 5


def test_trials_are_out_side_by_side_up_to_the_lag() -> None:
    out, most = set(), [0]
    lock = threading.Lock()

    def answer(request: Any) -> str:
        with lock:
            out.add(tuple(shown(request)))
            most[0] = max(most[0], len(out))
        time.sleep(0.002)
        return chat_text({"answer": "no"})

    class Telling(Watched):
        def tell(self, trial: Trial) -> None:
            with lock:
                out.discard((trial.number,))
            super().tell(trial)

    run = run_of(threads=16, valset=numbers(*range(100, 104)))
    with context(lm=FakeLM(answer)):
        run.perform(lambda: run.search(Telling(12), lag=3))

    assert most[0] == 3


def test_what_takes_calls_to_make_is_made_while_others_are_tried() -> None:
    made: list[str] = []

    class Maker(Watched):
        def ask(self, number: int) -> Any:
            candidate = super().ask(number)

            def make() -> Candidate:
                made.append(threading.current_thread().name)
                assert candidate is not None
                return candidate

            return candidate and make

    run = run_of(threads=8)
    with context(lm=learner()):
        run.perform(lambda: run.search(Maker(6), lag=3))

    assert len(run.trials) == len(made) == 6
    assert len(set(made)) > 1


@pytest.mark.parametrize("lag", [3, 5])
def test_a_trial_that_a_limit_ends_takes_no_other_trials_turn(lag: int) -> None:
    run, searcher, inner = run_of(threads=8), Watched(8), learner()

    def answer(request: Any) -> Any:
        if 1 in shown(request) and asked(request) == 100:
            wait_until(lambda: len(lm.requests) == len(VAL) * (lag + 1))
            raise BudgetExceeded("That was the last call.")
        return inner.send(request)

    with context(lm=(lm := FakeLM(answer))):
        result = run.perform(lambda: run.search(searcher, lag=lag))

    assert result.stopped == "That was the last call."
    assert searcher.told == [0]
    assert [(trial.number, trial.label) for trial in result.tried] == [
        (place, str(number)) for place, number in enumerate([0, *range(2, lag + 1)])
    ]


def test_a_sample_of_the_examples_is_never_the_best_and_stands_beside_its_choices() -> None:
    run = run_of()
    searcher = Watched(3, examples=[1, 4, 7], choices={"demos": 1})

    with context(lm=learner()):
        run.perform(lambda: (run.attempt(run.base, "as it came"), run.search(searcher, lag=2)))

    samples = run.trials[1:]
    assert [[row.index for row in trial.evaluation.rows] for trial in samples] == [[1, 4, 7]] * 3
    assert samples[2].score == 1.0  # 101, 104 and 107 have the remainder of the demonstration 2
    assert all(trial.is_sample and not trial.is_finished for trial in samples)
    assert samples[0].choices == {"demos": 1}
    assert run.best is run.base


def test_a_program_is_never_run_twice_on_one_example() -> None:
    lm = learner()
    run = run_of(threads=4)

    with context(lm=lm):
        run.perform(
            lambda: (
                run.search(Watched(1, examples=[2, 3, 5])),
                run.search(Watched(1)),
                run.attempt(showing(0), "once more"),
            )
        )

    assert sorted(asked(request) for request in lm.requests) == list(range(100, 112))
    assert [trial.evaluation.n for trial in run.trials] == [3, 12, 12]
    assert run.trials[1].evaluation.rows == run.trials[2].evaluation.rows


def test_equal_programs_side_by_side_are_paid_for_once() -> None:
    lm = unsteady(learner())

    class Same(Watched):
        def ask(self, number: int) -> Candidate | None:
            return None if number == 6 else Candidate(program=showing(5), label="the same")

    run = run_of(threads=16)
    with context(lm=lm):
        run.perform(lambda: run.search(Same(6), lag=6))

    assert len(lm.requests) == 12
    assert len(run.trials) == 6


def test_equal_programs_that_are_made_in_another_order_are_paid_for_once_over_both_runs_of_a_journal() -> None:
    store = Store("sqlite://", redact=redact)

    def requests(slow: int) -> int:
        class Same(Watched):
            def ask(self, number: int) -> Any:
                def make() -> Candidate:
                    time.sleep(0.1 if number == slow else 0.0)
                    return Candidate(program=showing(5), label="the same")

                return None if number == self.count else make

        run = Run(
            showing(), optimizer="mine", metric=exact_match, valset=VAL, threads=8, journal=StoredJournal(store, "mine")
        )
        with context(lm=(lm := learner())):
            run.perform(lambda: run.search(Same(3), lag=3))
        assert len(run.trials) == 3
        return len(lm.requests)

    assert [requests(slow=0), requests(slow=1)] == [len(VAL), 0]
    store.close()


def test_what_failed_is_tried_again_where_the_program_is_scored_again() -> None:
    failed: set[int] = set()
    inner = learner()

    def answer(request: Any) -> Any:
        if asked(request) == 105 and 105 not in failed:
            failed.add(105)
            raise ConnectionError("once")
        return inner.send(request)

    run = run_of(threads=2)
    with context(lm=FakeLM(answer)):
        run.perform(lambda: (run.attempt(showing(0), "a"), run.attempt(showing(0), "b")))

    assert [trial.evaluation.failed for trial in run.trials] == [1, 0]
    assert len(inner.requests) == 12


def test_what_a_program_was_scored_on_before_it_was_given_up_is_not_run_again() -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        return "unreadable" if shown(request) and asked(request) > 105 else inner.send(request)

    run = run_of(threads=1)
    with context(lm=FakeLM(answer), max_errors=2):
        run.perform(
            lambda: (run.attempt(run.base, "as it came"), run.attempt(showing(0), "a"), run.attempt(showing(0), "b"))
        )

    assert [trial.is_given_up for trial in run.trials] == [False, True, True]
    read = [asked(request) for request in inner.requests if shown(request)]
    assert read == list(dict.fromkeys(read))
    assert run.best is run.base


@pytest.mark.parametrize("threads", [1, 8])
def test_three_refusals_of_one_kind_in_a_row_end_the_run_with_the_best_so_far(threads: int) -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if 2 in shown(request):
            raise LMUnavailable("The server is gone.")
        return inner.send(request)

    run = run_of(threads=threads)
    with context(lm=FakeLM(answer)):
        result = run.perform(lambda: run.search(Watched(50), lag=1))

    assert result.stopped is not None
    assert result.stopped.startswith("The model failed 3 times in a row in the same way: The server is gone. When it")
    assert "--resume" in result.stopped
    assert [trial.number for trial in result.tried if trial.is_finished] == [0, 1]
    assert result.best is run.trials[0].program


@pytest.mark.parametrize("threads", [16, 64])
@pytest.mark.parametrize(
    ("optimizer", "calls", "phase"),
    [("random_search", 30, "bootstrap"), ("copro", 20, "search"), ("bootstrap_few_shot", 3, "bootstrap"),
     ("random_search", 500, "search")],
)  # fmt: skip
def test_a_model_that_dies_on_many_threads_at_once_leaves_the_best_so_far(
    threads: int, optimizer: str, calls: int, phase: str
) -> None:
    inner = learner()
    lock = threading.Lock()
    asked_for = 0

    def answer(request: Any) -> Any:
        nonlocal asked_for
        with lock:
            asked_for += 1
            is_dead = asked_for > calls
        time.sleep(0.005)  # so that many are out when it dies
        if is_dead:
            raise LMUnavailable("The server is gone.")
        return inner.send(request)

    with context(lm=FakeLM(answer)):
        run = start(
            "question -> answer", numbers(*range(60)), val=numbers(*range(100, 200)), optimizer=optimizer,
            threads=threads, store=False, options={"max_bootstrapped_demos": 16} if "boot" in optimizer else {},
        )  # fmt: skip
        result = run.wait(60)

    assert run.phase == phase
    assert result.stopped is not None
    assert "When it is back, resume (--resume)." in result.stopped
    assert not any("given up" in text for text in result.warnings)
    whole = [trial for trial in result.tried if trial.is_finished]
    assert result.best is (max(whole, key=lambda trial: trial.score).program if whole else result.base)


def test_the_same_error_of_a_foreign_client_for_three_programs_in_a_row_ends_the_run_too() -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if len(inner.requests) >= 20:
            raise ConnectionError("server gone")
        return inner.send(request)

    run, lm = run_of(threads=1), FakeLM(answer)
    with context(lm=lm, max_errors=5):
        result = run.perform(lambda: run.search(Watched(50), lag=1))

    assert len(lm.requests) == 20 + 4 + 6 + 1  # the rest of one program, what another is given up after, the third's
    assert result.stopped is not None
    assert result.stopped.startswith("The model failed 3 times in a row in the same way: ConnectionError: server gone.")


@pytest.mark.parametrize("words", ["server gone", "question {} cannot be sent"])
def test_what_no_model_raises_or_what_says_other_words_each_time_ends_no_run(words: str) -> None:
    stopped: list[str] = []
    refusals = Refusals(stopped.append)

    def fail(request: Any) -> str:
        raise ConnectionError(words.format(asked(request)))

    for number in range(6):
        try:
            if "{}" not in words:
                raise ConnectionError(words)
            FakeLM(fail)(f"number {number}.")
        except ConnectionError as error:
            refusals.look_at(error)

    assert stopped == []


@pytest.mark.parametrize("lag", [1, 4])
def test_an_error_of_a_foreign_client_that_comes_for_one_program_only_ends_that_and_no_run(lag: int) -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if 2 in shown(request):
            raise ValueError("this prompt has too many words")
        return inner.send(request)

    run = run_of(threads=lag)
    with context(lm=FakeLM(answer), max_errors=4):
        result = run.perform(lambda: run.search(Watched(6), lag=lag))

    assert result.stopped is None
    assert len(result.tried) == 6
    assert any(trial.is_given_up for trial in result.tried)


def test_prompts_that_are_too_long_are_the_candidates_fault_and_end_no_run() -> None:
    inner = learner()

    def answer(request: Any) -> Any:
        if 2 in shown(request):
            raise ContextTooLong("9,000 tokens")
        return inner.send(request)

    run = run_of(threads=1)
    with context(lm=FakeLM(answer)):
        result = run.perform(lambda: run.search(Watched(5)))

    assert result.stopped is None
    assert len(result.tried) == 5


def test_side_by_side_answers_in_order_and_raises_what_comes_first_in_it() -> None:
    run = run_of(threads=2)

    def slow() -> str:
        time.sleep(0.05)
        return "slow"

    assert run.side_by_side(slow, lambda: "fast") == ["slow", "fast"]
    with pytest.raises(KeyError):
        run.side_by_side(slow, lambda: {}["missing"], lambda: 1 / 0)


@pytest.mark.parametrize("optimizer", ["random_search", "bootstrap_few_shot"])
def test_in_the_background_it_finds_the_same(optimizer: str) -> None:
    with context(lm=learner(), num_threads=4):
        run = start("question -> answer", TRAIN, val=VAL, optimizer=optimizer)
        result = run.wait(30)

    assert run.is_done
    assert result.best is run.best
    assert result.score == 1.0


def test_paused_it_calls_nobody_and_resumed_it_ends() -> None:
    lm = unsteady(learner())
    with context(lm=lm, num_threads=2):
        run = start("question -> answer", TRAIN, val=VAL, options={"num_candidate_programs": 8})
        wait_until(lambda: len(lm.requests) > 30)
        run.pause()
        time.sleep(0.05)
        paused_at = len(lm.requests)
        time.sleep(0.15)
        assert len(lm.requests) == paused_at
        assert not run.is_done
        with pytest.raises(TimeoutError):
            run.wait(0.01)
        run.resume()

        assert run.wait(30).stopped is None


def test_stopped_in_the_background_it_keeps_the_best() -> None:
    with context(lm=unsteady(learner()), num_threads=2):
        run = start("question -> answer", TRAIN, val=VAL, options={"num_candidate_programs": 500})
        wait_until(lambda: len(run.trials) >= 3)
        run.pause()
        run.stop()  # also while it is paused
        result = run.wait(30)

    assert result.stopped == "You stopped it."
    assert len(result.tried) < 20


def test_what_is_wrong_is_said_before_it_goes_to_the_background() -> None:
    with pytest.raises(UsageError, match="No optimizer is called 'randm_search'"):
        start("question -> answer", TRAIN, optimizer="randm_search")


def test_a_run_in_the_foreground_is_not_waited_for() -> None:
    with pytest.raises(UsageError, match=r"nbdspy\.start"):
        run_of().wait()


def wait_until(holds: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 20
    while not holds():
        assert time.monotonic() < deadline
        time.sleep(0.002)


@pytest.mark.parametrize("seed", [0, 1])
def test_random_search_is_the_same_with_any_number_of_threads(seed: int) -> None:
    def found(threads: int) -> list[Any]:
        with context(lm=unsteady(learner(lambda number, seen: (number * 7 + sum(seen)) % 5 < 3))):
            result = BootstrapRS(num_threads=threads, seed=seed, num_candidate_programs=10).run(
                Predict("question -> answer"), trainset=TRAIN, valset=numbers(*range(100, 180))
            )
        return [(trial.label, trial.evaluation.n, trial.score) for trial in result.tried]

    assert found(1) == found(8) == found(64)


@pytest.mark.parametrize("optimizer", ["random_search", "optuna_search", "miprov2"])
def test_the_program_as_it_came_is_scored_while_the_teacher_works(optimizer: str) -> None:
    is_scoring = threading.Event()
    inner = learner()

    def answer(request: Any) -> Any:
        if "answer" in fields_asked(request):
            if asked(request) >= 100:
                is_scoring.set()
            assert is_scoring.wait(20)  # the teacher's replies stay out until then
        return inner.send(request)

    with context(lm=FakeLM(answer)):
        result = OPTIMIZERS[optimizer](num_threads=64).run(Predict("question -> answer"), trainset=TRAIN, valset=VAL)

    assert sum(note.kept for note in result.notes) == len(result.traces) > 0


def test_a_call_of_its_own_does_not_wait_for_a_whole_evaluation() -> None:
    has_begun = threading.Event()
    inner = learner()

    def answer(request: Any) -> Any:
        has_begun.set()
        time.sleep(0.003)
        return inner.send(request)

    def calls_before() -> int:
        assert has_begun.wait(20)
        with run.place():
            return len(inner.requests)

    valset = numbers(*range(100, 200))
    run = Run(Predict("question -> answer"), optimizer="mine", metric=exact_match, valset=valset, threads=2)
    with context(lm=FakeLM(answer)):
        _, before = run.side_by_side(lambda: run.attempt(run.base, "as it came"), calls_before)

    assert before < len(inner.requests) == 100


def test_a_table_that_is_sorted_loses_no_race_to_its_first_rows() -> None:
    def knows(number: int, seen: list[int]) -> bool:
        return number < 150 if not seen else number >= 130  # what was 50 right before is 70 right with demonstrations

    with context(lm=learner(knows)):
        result = BootstrapRS(num_threads=4, num_candidate_programs=4).run(
            Predict("question -> answer"), trainset=numbers(*range(130, 150)), valset=numbers(*range(100, 200))
        )

    assert result.score == 0.7
    assert [row.index for row in result.best_trial.evaluation.rows] == list(range(100))


class TestHeldOut:
    def test_it_is_paused_with_the_run(self) -> None:
        lm = unsteady(learner())
        with context(lm=lm, num_threads=2):
            run = start(
                "question -> answer", TRAIN, val=VAL, test=numbers(*range(300, 900)), store=False,
                options={"num_candidate_programs": 1},
            )  # fmt: skip
            wait_until(lambda: run.phase == "held out")
            run.pause()
            time.sleep(0.05)
            paused_at = len(lm.requests)
            time.sleep(0.1)
            assert len(lm.requests) == paused_at
            run.resume()

            assert run.wait(60).held_out is not None

    def test_it_is_stopped_with_the_run(self) -> None:
        lm = unsteady(learner())
        with context(lm=lm, num_threads=2):
            run = start(
                "question -> answer", TRAIN, val=VAL, test=numbers(*range(300, 9000)), store=False,
                options={"num_candidate_programs": 1},
            )  # fmt: skip
            wait_until(lambda: run.phase == "held out")
            run.stop("Enough.")
            result = run.wait(30)

        assert result.stopped == "Enough."
        assert result.held_out is None
        assert result.score == 1.0
