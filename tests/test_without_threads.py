"""Where Python can start no thread, as in a browser, everything is done in turn on the one there is."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator
from typing import Any, NoReturn

import pytest

import nbdspy
from nbdspy.errors import UsageError
from nbdspy.runtime import Do, begin, import_ahead, in_thread, later, leaving, map_threads, whole
from nbdspy.runtime.loop import Portal
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

DATA = [{"question": f"q{number}", "answer": "yes" if number % 3 else "no"} for number in range(12)]
OTHERS = [{**each, "question": f"{each['question']}, again"} for each in DATA]


@pytest.fixture(autouse=True)
def no_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    """What Pyodide's Python does; `tests/lite` asks the real one."""

    def refused(self: threading.Thread) -> NoReturn:
        raise RuntimeError("can't start new thread")

    monkeypatch.setattr(threading.Thread, "start", refused)


def test_a_map_does_its_items_in_turn_on_the_callers_thread() -> None:
    here = threading.current_thread()
    seen: list[int] = []

    def work(number: int) -> int:
        assert threading.current_thread() is here
        if number == 2:
            raise ValueError("two")
        return 10 * number

    for done in map_threads(work, range(4), threads=8):
        seen.append(done.index)
        assert len(seen) == done.index + 1  # told before the next one is begun
        assert done.result == (None if done.index == 2 else 10 * done.index)
        assert isinstance(done.error, ValueError) is (done.index == 2)

    assert seen == [0, 1, 2, 3]


def test_a_map_that_can_start_some_threads_does_with_those(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.undo()
    start, started = threading.Thread.start, []

    def two(self: threading.Thread) -> None:
        if len(started) == 2:
            raise RuntimeError("can't start new thread")
        started.append(self)
        start(self)

    monkeypatch.setattr(threading.Thread, "start", two)

    assert sorted(done.result or 0 for done in map_threads(lambda number: number, range(20), threads=8)) == [*range(20)]
    assert len(started) == 2


def test_maps_inside_of_maps_end() -> None:
    def outer(number: int) -> int:
        return sum(done.result or 0 for done in map_threads(lambda n: n * number, range(3), threads=4))

    assert [done.result for done in map_threads(outer, range(3), threads=4)] == [0, 3, 6]


def test_what_blocks_has_ended_when_it_is_begun() -> None:
    assert begin(lambda: 42).result(timeout=0) == 42
    assert isinstance(begin(lambda: 1 // 0).exception(timeout=0), ZeroDivisionError)
    assert asyncio.run(in_thread(lambda: 42)) == 42


def test_what_must_not_be_torn_is_called_once_and_tried_again_after_an_error() -> None:
    calls: list[int] = []

    @whole
    def load() -> int:
        calls.append(len(calls))
        if len(calls) == 1:
            raise ValueError("not yet")
        return 42

    with pytest.raises(ValueError, match="not yet") as caught:
        load()

    assert caught.value.__context__ is None  # no word of threads
    assert (load(), load(), len(calls)) == (42, 42, 2)


def test_nothing_is_imported_ahead() -> None:
    import_ahead("no_module_of_this_name")


def test_what_is_over_need_not_be_left() -> None:
    leaving.add(begin(lambda: 42), lambda: pytest.fail("it was over"))


def test_what_is_to_come_later_comes_when_the_loop_is_free_or_not_at_all() -> None:
    told: list[str] = []

    async def ask() -> None:
        later(0, lambda: told.append("kept"))
        later(0, lambda: told.append("taken back"))()
        assert told == []
        await asyncio.sleep(0.01)

    later(0, lambda: told.append("without a loop"))()
    asyncio.run(ask())

    assert told == ["kept"]


def test_async_code_that_a_synchronous_call_would_wait_for_is_refused_with_the_way_out() -> None:
    async def answer() -> int:
        return 42

    with pytest.raises(UsageError, match=r"no thread to run on here.*Write `await program.acall") as caught:
        Portal().run(answer())  # not the one that other tests may have started

    assert "browser" in caught.value.message
    assert asyncio.run(Do(answer).aperform()) == 42


def test_a_program_is_scored_compiled_and_streamed() -> None:
    def answer(request: Any) -> str:
        knows = "answer ## ]]\nno" in str(request.messages)
        return chat_text({"answer": "no" if knows and "q9" in request.messages[-1]["content"] else "yes"})

    with nbdspy.context(lm=FakeLM(answer)):
        program = nbdspy.Predict("question -> answer")
        before = nbdspy.Evaluate(devset=DATA, metric="exact_match", num_threads=8, display_progress=False)(program)
        result = nbdspy.compile(
            program, data=DATA, val=OTHERS, metric="exact_match",
            optimizer=nbdspy.BootstrapFewShotWithRandomSearch("exact_match", num_candidate_programs=2),
        )  # fmt: skip
        pieces = list(pieces_of(program))

    assert before.mean == pytest.approx(8 / 12)
    assert result.trials.shape[0] >= 3
    assert result.score >= before.mean
    assert pieces[-1].answer == "yes"


def pieces_of(program: nbdspy.Module) -> Iterator[Any]:
    return nbdspy.streamify(program, async_streaming=False)(question="q1")  # type: ignore[no-any-return]
