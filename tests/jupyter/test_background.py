"""`%compile --bg`, and `%runs` that steers what goes on."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable, Iterator
from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration, events
from nbdspy.errors import NotConfigured
from nbdspy.models import Reply, Request, Usage
from nbdspy.optimizers import Result, Run, begun_runs
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

FIRST = 20
"""Calls of what goes before the traces: the 10 of each of two programs, of which the second is the first better one."""


class Held:
    """Answers right once it has seen demonstrations, as often as it is let to."""

    def __init__(self) -> None:
        self.gate = threading.Semaphore(0)
        self.calls = 0
        self.error: Exception | None = None

    def __call__(self, request: Request) -> str:
        self.calls += 1
        assert self.gate.acquire(timeout=60)
        if self.error is not None:
            raise self.error
        messages = list(request.messages or ())
        number = int(str(messages[-1]["content"]).split("]]")[1].split()[0])
        right = "odd" if number % 2 else "even"
        return chat_text({"answer": right if len(messages) > 2 else "even"})

    def let(self, calls: int = 10_000) -> None:
        self.gate.release(calls)


@pytest.fixture
def model() -> Iterator[Held]:
    model = Held()
    yield model
    model.let()


@pytest.fixture
def ready(shell: Shell, model: Held) -> Iterator[Shell]:
    configuration.configure(lm=FakeLM(model), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run(
        "def table(*numbers):\n"
        "    return [{'number': str(n), 'answer': 'odd' if n % 2 else 'even'} for n in numbers]\n"
        "train, val = table(*range(10)), table(*range(20, 30))\n"
    )
    yield shell
    model.let()
    for _, run in begun_runs:
        until(lambda run=run: run.is_done or run.state == "paused")


COMPILE = "%compile Parity --data train --val val --out helper"
BG = f"{COMPILE} --bg"


def until(holds: Callable[[], object], seconds: float = 30) -> None:
    end = time.monotonic() + seconds
    while not holds():
        assert time.monotonic() < end, "It took too long."
        time.sleep(0.01)


def press() -> None:
    os.kill(os.getpid(), signal.SIGINT)


def last() -> tuple[int, Run]:
    *_, found = begun_runs
    return found


def test_the_programs_say_that_a_variable_holds_the_best_of_a_run_that_goes_on(ready: Shell, model: Held) -> None:
    ready.run(BG)
    number, _ = last()

    ready.run("%programs")

    assert f"helper · the best so far of run {number}, which goes on" in ready.text
    assert "no version kept" not in ready.text


def test_the_cell_ends_at_once_and_the_variable_holds_the_best_so_far(ready: Shell, model: Held) -> None:
    run = ready.run(BG)

    assert isinstance(run, Run)
    assert ready.user_ns["_"] is run
    assert run.state == "running"
    assert ready.user_ns["helper"] is run.base
    assert not events._here.get().ears

    model.let(FIRST)
    until(lambda: len(run.trials) == 2)
    until(lambda: ready.user_ns["helper"] is run.best)
    assert run.best is not run.base
    assert run.state == "running"

    model.let()
    result = ready.run("%runs wait")
    assert isinstance(result, Result)
    assert result.score == 1.0
    assert ready.user_ns["helper"] is result.best


def test_without_a_page_one_line_says_where_it_is(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "static")

    ready.run(BG)

    number, _ = last()
    assert ready.text == f"Parity · run {number} goes on in the background -> helper · %runs wait {number}"


def test_nothing_is_shown_where_a_semicolon_asks_for_it(ready: Shell, model: Held) -> None:
    ready.run(f"{BG};")

    assert ready.shown == []
    model.let()
    last()[1].wait(30)
    assert ready.shown == []


def test_the_card_lives_on_and_becomes_that_of_the_result(
    ready: Shell, model: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    ready.run(BG)
    (card,) = ready.shown
    number, run = last()

    model.let(FIRST)
    until(lambda: len(run.trials) == 2)
    ready.run("%runs pause;")
    assert "Parity · paused · " in card["text/plain"]
    assert "best 100 %" in card["text/plain"]
    assert "paused" in card["text/html"]
    ready.run("%runs resume;")
    assert "paused" not in card["text/plain"]
    model.let()
    run.wait(30)

    assert "points" in card["text/plain"]
    assert card["text/plain"].endswith(f"Run {number} is done; helper holds the best.")


def test_a_terminal_is_told_in_a_line(
    ready: Shell, model: Held, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "lines")
    ready.run(BG)
    number, run = last()

    model.let()
    run.wait(30)

    assert capsys.readouterr().err.startswith(f"Run {number} is done; helper holds the best. random_search(Parity): 50")


def test_an_error_in_the_background_is_in_its_card_and_in_runs(
    ready: Shell, model: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    ready.run(BG)
    (card,) = ready.shown
    number, run = last()

    model.let(FIRST)
    until(lambda: len(run.trials) == 2)
    model.error = NotConfigured("The key expired.")
    model.let()
    until(lambda: run.is_done)

    until(lambda: f"Run {number} failed; helper holds the best." in card["text/plain"])
    assert card["text/plain"].startswith("failed: NotConfigured: The key expired.")
    assert "What 2 programs scored until then is kept." in card["text/html"]
    ready.run("%runs")
    assert "failed" in ready.text
    assert "NotConfigured: The key expired." in ready.text
    assert ready.user_ns["helper"] is run.best
    lines = ready.fail(f"%runs wait {number}")
    assert lines[0] == "NotConfigured: The key expired."

    model.error = None
    model.let()
    again = ready.run(f"{BG} --resume")
    again.wait(30)
    assert [trial.calls for trial in again.trials[:2]] == [0, 0]


def test_an_error_before_anything_was_scored_leaves_a_card_that_says_so(
    ready: Shell, model: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    model.error = NotConfigured("The key expired.")
    ready.run(BG)
    (card,) = ready.shown
    number, run = last()

    model.let()

    until(lambda: f"Run {number} failed; helper holds the program that went in." in card["text/plain"])
    assert "NotConfigured: The key expired." in card["text/html"]
    assert ready.user_ns["helper"] is run.base


def test_a_variable_that_was_given_another_value_keeps_it(
    ready: Shell, model: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    ready.run(BG)
    (card,) = ready.shown
    ready.run("helper = 'mine'")

    model.let()
    last()[1].wait(30)

    until(lambda: "helper was given another value and keeps it" in card["text/plain"])
    assert ready.user_ns["helper"] == "mine"


def test_what_runs_beside_it_is_not_in_its_card_nor_it_in_the_others(
    ready: Shell, model: Held, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    ready.run(BG)
    (card,) = ready.shown
    until(lambda: model.calls == 1 and "scoring candidates" in card["text/plain"])
    before = card["text/plain"]
    ready.run(
        "from nbdspy.testing import DummyLM\nParity2 = __import__('nbdspy').Predict('number -> answer')\n"
        "Parity2.set_lm(DummyLM([{'answer': 'even'}] * 10))"
    )

    ready.run("%evaluate Parity2 --data val")

    assert card["text/plain"] == before
    assert "10 calls" in ready.text
    model.let()
    last()[1].wait(30)


def test_the_same_again_is_not_run_again(ready: Shell) -> None:
    lm = FakeLM(lambda request: chat_text({"answer": "even"}))
    configuration.configure(lm=lm)
    result = ready.run(BG).wait(30)
    asked = len(lm.requests)

    assert ready.run(COMPILE) is result
    assert len(lm.requests) == asked


def test_a_mistake_is_told_before_it_begins(ready: Shell) -> None:
    lines = ready.fail("%compile Parity --data {train[:0]} --bg")

    assert len(lines) <= 3
    assert "helper" not in ready.user_ns


def test_stop_keeps_the_best(ready: Shell, model: Held) -> None:
    ready.run(BG)
    number, run = last()
    model.let(FIRST)
    until(lambda: len(run.trials) == 2)

    ready.run(f"%runs stop {number}")
    assert "stopping" in ready.text
    model.let(1)
    result = ready.run("%runs wait")

    assert result.stopped == "You stopped it."
    assert "stopped early" in ready.shown[0]["text/html"]
    ready.run("%runs")
    assert f"{number} Parity → helper · random_search · stopped · 2 trials · best 100 %" in ready.text
    assert "You stopped it." in ready.text


def test_a_wait_for_a_paused_run_is_refused(ready: Shell) -> None:
    ready.run(f"{BG};")
    number, _ = last()
    ready.run("%runs pause;")

    lines = ready.fail("%runs wait")

    assert lines == [f"UsageError: Run {number} is paused.", f"Let it go on first: %runs resume {number}."]
    ready.run("%runs resume;")


def test_an_interrupt_ends_only_the_wait(ready: Shell, model: Held) -> None:
    ready.run(f"{BG};")
    number, run = last()
    threading.Timer(0.3, press).start()

    (line,) = ready.fail("%runs wait")

    assert line == f"Stopped: Run {number} goes on; only the wait has ended."
    assert run.state == "running"


def test_a_foreground_run_that_was_interrupted_stands_there_too(ready: Shell, model: Held) -> None:
    model.let(FIRST)

    def press_later() -> None:
        until(lambda: model.calls > FIRST)
        press()
        model.let()

    presser = threading.Thread(target=press_later)
    presser.start()
    ready.fail(COMPILE)
    presser.join()

    number, run = last()
    assert run.state == "stopped"
    ready.run("%runs")
    assert f"{number} Parity → helper · random_search · stopped" in ready.text
    result = ready.run(f"%runs wait {number}")
    assert result.best is run.best


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%runs 9999", "There is no run 9999."),
        ("%runs stpo", "Did you mean stop?"),
        ("%runs stop x", "'x' is no number and no name of a run."),
        ("%runs stop 1 2", "one word too many"),
        ("%compile Parity --data train --auto huge", "There are: light, medium, heavy."),
        ("%compile Parity --data train --auto light", "random_search has no --auto."),
        ("%compile Parity --data train --max-tokens 0", "Write a number above 0."),
    ],
)
def test_a_mistake_is_short(line: str, message: str, ready: Shell) -> None:
    lines = ready.fail(line)

    assert message in "\n".join(lines)
    assert len(lines) <= 3


def test_where_several_go_on_one_has_to_be_named(ready: Shell) -> None:
    ready.run(f"{BG};")
    ready.run("%compile Parity --data train --val val --out other --bg;")
    (first, _), (second, _) = tuple(begun_runs)[-2:]

    lines = ready.fail("%runs stop")

    assert lines == [f"UsageError: 2 runs are in flight: {first}, {second}.", f"Say which: %runs stop {second}."]
    ready.run(f"%runs stop {first};")
    ready.run(f"%runs stop {second};")


def test_a_run_goes_by_the_name_of_its_variable(ready: Shell) -> None:
    ready.run(f"{BG};")
    ready.run("%compile Parity --data train --val val --out other --bg;")
    (_, helper), (_, other) = tuple(begun_runs)[-2:]

    ready.run("%runs pause helper;")

    assert (helper.state, other.state) == ("paused", "running")
    assert ready.run("%runs helper") is helper
    ready.run("%runs stop helper;")
    ready.run("%runs stop other;")
    assert (helper.halted(), other.halted()) == (True, True)


def test_two_at_once_for_one_variable_are_refused(ready: Shell) -> None:
    ready.run(f"{BG};")
    number, run = last()

    lines = ready.fail(f"{BG} --seed 7")

    assert lines == [
        f"UsageError: Run {number} goes on for helper already.",
        f"Take another name with --out, or end that one: %runs stop {number}.",
    ]
    assert last() == (number, run)
    run.stop()


def test_a_run_that_was_stopped_goes_on_where_it_was(ready: Shell, model: Held) -> None:
    ready.run(f"{BG};")
    _, run = last()
    model.let(FIRST)
    until(lambda: len(run.trials) == 2)
    run.stop()
    model.let()
    run.wait(30)
    asked = model.calls

    result = ready.run(f"{COMPILE} --resume")

    assert result.stopped is None
    assert result.spent.recorded >= FIRST
    assert model.calls - asked == result.calls


def test_an_instruction_of_ones_own_is_tried(ready: Shell, model: Held) -> None:
    ready.run(f"{BG};")
    _, run = last()
    ready.run('%runs try "Say odd or even." ;')
    lines = ready.fail("%runs try helper;")
    model.let()
    run.wait(30)

    assert [trial.label for trial in run.trials if trial.is_suggested] == ["yours: Say odd or even."]
    assert "needs an instruction in quotes" in "".join(lines)


def test_tokens_can_be_limited(ready: Shell) -> None:
    said = Reply(texts=(chat_text({"answer": "even"}),), usage=Usage(prompt=90, completion=10))
    configuration.configure(lm=FakeLM(lambda request: said))

    result = ready.run(f"{COMPILE} --max-tokens 1500")

    assert "The limit of 1,500 tokens is reached." in result.stopped
    assert result.calls == 15


def test_a_run_is_shown_whatever_it_is_at(ready: Shell, model: Held) -> None:
    ready.run(f"{BG};")
    number, run = last()
    model.let(FIRST)
    until(lambda: len(run.trials) == 2)

    ready.run(f"%runs {number}")
    assert "compiling with" in ready.shown[0]["text/html"]
    model.let()
    run.wait(30)
    ready.run(f"%runs {number}")
    assert "compiled by" in ready.shown[0]["text/html"]


def test_auto_is_handed_on_to_an_optimizer_that_has_it(ready: Shell) -> None:
    light, heavy = (
        ready.run(f"%compile Parity --data train --val val --with miprov2 --plan --auto {size}")
        for size in ("light", "heavy")
    )

    assert light.calls[1] < heavy.calls[1]
