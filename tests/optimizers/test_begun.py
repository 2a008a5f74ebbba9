"""The compiles of a process: their numbers, their states, and what steers them."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.errors import NotConfigured, UsageError
from nbdspy.modules import Predict
from nbdspy.optimizers import BegunRuns, Run, begun_runs
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

DATA, VAL = ([{"number": str(number), "answer": "even"} for number in range(start, start + 12)] for start in (0, 12))


class Held:
    """A model that answers as often as it is let to."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.asked = threading.Event()
        self.error: Exception | None = None

    def __call__(self, request: Any) -> str:
        self.asked.set()
        assert self.gate.acquire(timeout=30)
        if self.error is not None:
            raise self.error
        return chat_text({"answer": "even"})

    def open(self) -> None:
        self.gate.release(10_000)


@pytest.fixture
def model() -> Iterator[Held]:
    model = Held()
    with context(lm=FakeLM(model), num_threads=2):
        yield model
    model.open()


def begun(**arguments: Any) -> Run:
    options = {"num_candidate_programs": 1}
    return nbdspy.start(Predict("number -> answer"), DATA, val=VAL, options=options, **arguments)


def test_a_run_has_a_number_and_a_state_that_follow_it(model: Held) -> None:
    run = begun()
    assert model.asked.wait(10)

    assert begun_runs[begun_runs.number(run)] is run
    assert run.state == "running"
    run.pause()
    assert run.state == "paused"
    run.resume()
    assert run.state == "running"
    run.stop()
    assert run.state == "stopping"
    model.open()

    assert run.wait(30).stopped == "You stopped it."
    assert run.state == "stopped"
    assert run.seconds == run.seconds


def test_a_run_that_ended_cannot_be_stopped_any_more(model: Held) -> None:
    model.open()
    run = begun()
    run.wait(30)

    run.stop()

    assert run.state == "done"
    assert run.result().stopped is None


def test_a_run_that_ended_cannot_be_paused_or_resumed(model: Held) -> None:
    model.open()
    run = begun()
    run.wait(30)

    with pytest.raises(UsageError, match=r"cannot be paused: it has ended and is done\."):
        run.pause()
    with pytest.raises(UsageError, match=r"cannot be resumed: it has ended and is done\."):
        run.resume()

    assert run.state == "done"


def test_a_run_in_python_says_what_it_is_and_how_far(model: Held) -> None:
    run = begun()

    assert repr(run) == "<Run random_search(number -> answer): running, 0 trials>"
    with pytest.raises(TimeoutError, match=r"After 0\.01 s it still goes on: <Run random_search"):
        run.wait(0.01)
    model.open()
    run.wait(30)

    assert repr(run).endswith(": done, 4 trials, the best with 100.0 %>")


def test_a_paused_run_can_be_stopped(model: Held) -> None:
    run = begun()
    assert model.asked.wait(10)

    run.pause()
    run.stop()
    model.open()

    assert run.wait(30).stopped


def test_a_run_that_failed_says_why(model: Held) -> None:
    model.error = NotConfigured("The key expired.")
    run = begun()
    model.open()

    with pytest.raises(NotConfigured):
        run.wait(30)

    assert run.state == "failed"
    assert run.error is model.error


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")
def test_what_is_compiled_in_the_foreground_stands_there_too(model: Held) -> None:
    model.open()
    before = len(begun_runs)

    result = nbdspy.compile(Predict("number -> answer"), DATA, val=VAL, options={"num_candidate_programs": 1})

    *_, (number, run) = begun_runs
    assert len(begun_runs) == before + 1 or number > before  # the oldest may have gone
    assert run.state == "done"
    assert run.best is result.best
    assert run.wait() is result


def test_somebody_is_told_of_the_end_whenever_he_asks(model: Held) -> None:
    run = begun()
    ended = threading.Event()

    run.when_done(ended.set)
    assert not ended.is_set()
    model.open()
    assert ended.wait(30)
    again: list[bool] = []
    run.when_done(lambda: again.append(True))

    assert again == [True]


def test_runs_that_ended_are_forgotten_before_those_that_go_on() -> None:
    known = BegunRuns(most=2)
    going = Run(Predict("a -> b"), optimizer="x", metric=None)
    known.add(going)
    ended = [Run(Predict("a -> b"), optimizer="x", metric=None) for _ in range(4)]
    for run in ended:
        run.go(run.result)
        known.add(run)

    assert [number for number, _ in known] == [1, 4, 5]
    assert known[1] is going
    with pytest.raises(UsageError, match=r"There is no run 2\. Known are: 1, 4, 5"):
        known[2]


def test_the_runs_are_a_line_each() -> None:
    known = BegunRuns()
    assert repr(known) == "Nothing was compiled yet."

    known.add(Run(Predict("a -> b"), optimizer="random_search", metric=None))

    assert repr(known) == "1 random_search: ready"
