"""The gate: the order of its stages, equal requests that share one call, and nobody left waiting."""

from __future__ import annotations

import asyncio
import threading
import time
from collections.abc import AsyncGenerator, Callable, Generator
from pathlib import Path
from typing import Any

import pytest

from nbdspy import events
from nbdspy.errors import BudgetExceeded, LMRefused, LMUnavailable, RateLimited
from nbdspy.models import Budget, Replied, Reply, Request, Requested, Token, spending
from nbdspy.models.cassette import Cassette
from nbdspy.models.gate import Gate
from nbdspy.runtime import map_threads, start
from nbdspy.testing.fake import FakeLeaf

ASKED = Request(model="fake", prompt="six times seven?")
YES = Reply(texts=("yes",), cost=0.0)


class Leaf(FakeLeaf):
    """Counts its calls; each does the next thing of a script, the last one for ever."""

    def __init__(self, *script: Callable[[], str], attempts: int = 1) -> None:
        super().__init__(self._next)
        self.script = script
        self.attempts = attempts
        self.calls = 0
        self._lock = threading.Lock()

    def _next(self, request: Request) -> str:
        with self._lock:
            self.calls += 1
            act = self.script[min(self.calls, len(self.script)) - 1]
        return act()


class AsyncLeaf(Leaf):
    """Leaves the loop to others for a moment before it answers."""

    async def asend(self, request: Request) -> Reply:
        await asyncio.sleep(0.02)
        return self.send(request)


def say(text: str, *, after: float = 0.0) -> Callable[[], str]:
    def act() -> str:
        time.sleep(after)
        return text

    return act


def fail(error: BaseException, *, after: float = 0.0) -> Callable[[], str]:
    def act() -> str:
        time.sleep(after)
        raise error

    return act


def drained(stream: Generator[str, None, Reply]) -> tuple[list[str], Reply]:
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as stop:
            return pieces, stop.value


async def collected(stream: AsyncGenerator[str | Reply, None]) -> list[str | Reply]:
    return [piece async for piece in stream]


def test_a_recorded_reply_comes_before_cache_and_model(tmp_path: Path) -> None:
    cassette = Cassette(tmp_path / "file.jsonl", replays=False, records=True)
    cassette.add(ASKED, Reply(texts=("recorded",)))
    cassette.close()
    gate = Gate(cassette=Cassette(tmp_path / "file.jsonl"))
    gate.cache.settle(ASKED.key(), Reply(texts=("cached",)))
    leaf = Leaf(say("live"))

    reply = gate.send(leaf, ASKED, cache=True)

    assert (reply.text, reply.recorded, leaf.calls) == ("recorded", True, 0)


def test_a_cached_reply_is_recorded_too(tmp_path: Path) -> None:
    gate = Gate()
    leaf = Leaf(say("live"))
    gate.send(leaf, ASKED, cache=True)

    gate.cassette = Cassette(tmp_path / "file.jsonl", replays=False, records=True)
    gate.send(leaf, ASKED, cache=True)
    gate.cassette.close()

    replayed = Cassette(tmp_path / "file.jsonl").find(ASKED)
    assert replayed is not None
    assert (replayed.text, leaf.calls) == ("live", 1)


def test_what_the_cache_holds_is_answered_though_the_budget_is_spent() -> None:
    gate = Gate()
    leaf = Leaf(say("42"))

    with spending(Budget(calls=1)):
        gate.send(leaf, ASKED, cache=True)
        reply = gate.send(leaf, ASKED, cache=True)
        with pytest.raises(BudgetExceeded):
            gate.send(leaf, ASKED, cache=False)

    assert reply.cached
    assert leaf.calls == 1


def test_without_the_cache_every_request_is_sent() -> None:
    gate = Gate()
    leaf = Leaf(say("one"), say("two"))

    replies = [gate.send(leaf, ASKED, cache=False) for _ in range(2)]

    assert [reply.text for reply in replies] == ["one", "two"]
    assert not any(reply.cached for reply in replies)
    assert len(gate.cache) == 0


def test_a_rollout_of_its_own_is_a_fresh_sample() -> None:
    gate = Gate()
    leaf = Leaf(say("one"), say("two"))

    first = gate.send(leaf, Request(model="fake", prompt="draw", rollout_id=0), cache=True)
    second = gate.send(leaf, Request(model="fake", prompt="draw", rollout_id=1), cache=True)

    assert (first.text, second.text) == ("one", "two")


def test_equal_requests_of_many_threads_share_one_call() -> None:
    gate = Gate()
    leaf = Leaf(say("42", after=0.05))

    done = list(map_threads(lambda _: gate.send(leaf, ASKED, cache=True), range(8), threads=8))

    replies = [one.result for one in done if one.result]
    assert leaf.calls == 1
    assert [reply.text for reply in replies] == ["42"] * 8
    assert sum(reply.cached for reply in replies) == 7


def test_when_the_shared_call_fails_the_others_try_for_themselves() -> None:
    gate = Gate()
    leaf = Leaf(fail(LMRefused("no"), after=0.05), say("42", after=0.05))

    done = list(map_threads(lambda _: gate.send(leaf, ASKED, cache=True), range(8), threads=8))

    assert [type(one.error) for one in done if one.error] == [LMRefused]
    assert [one.result.text for one in done if one.result] == ["42"] * 7
    assert leaf.calls == 2


def test_a_failure_is_not_remembered() -> None:
    gate = Gate()
    leaf = Leaf(fail(LMRefused("no")), say("42"))

    with pytest.raises(LMRefused):
        gate.send(leaf, ASKED, cache=True)

    assert gate.send(leaf, ASKED, cache=True).text == "42"


@pytest.mark.parametrize("streams", [False, True])
def test_an_interrupted_call_keeps_nobody_waiting(streams: bool) -> None:
    gate = Gate()
    leaf = Leaf(fail(KeyboardInterrupt()), say("42"))

    with pytest.raises(KeyboardInterrupt) as kept:  # as a notebook keeps the last traceback, with all of its frames
        drained(gate.stream(leaf, ASKED, cache=True)) if streams else gate.send(leaf, ASKED, cache=True)
    done = list(map_threads(lambda _: gate.send(leaf, ASKED, cache=True), range(2), threads=2))

    assert kept.value is not None
    assert [one.result.text for one in done if one.result] == ["42", "42"]


def test_equal_requests_of_many_tasks_share_one_call() -> None:
    gate = Gate()
    leaf = AsyncLeaf(say("42"))

    async def ask_all() -> list[Reply]:
        return await asyncio.gather(*(gate.asend(leaf, ASKED, cache=True) for _ in range(8)))

    replies = asyncio.run(ask_all())

    assert leaf.calls == 1
    assert [reply.text for reply in replies] == ["42"] * 8


def test_when_the_shared_call_fails_the_other_tasks_try_for_themselves() -> None:
    gate = Gate()
    leaf = AsyncLeaf(fail(LMRefused("no")), say("42"))

    async def ask_all() -> list[Reply | BaseException]:
        return await asyncio.gather(*(gate.asend(leaf, ASKED, cache=True) for _ in range(4)), return_exceptions=True)

    first, *others = asyncio.run(ask_all())

    assert isinstance(first, LMRefused)
    assert [reply.text for reply in others if isinstance(reply, Reply)] == ["42"] * 3
    assert leaf.calls == 2


def test_a_cancelled_task_does_not_cancel_the_call_for_the_others() -> None:
    gate = Gate()
    leaf = AsyncLeaf(say("42"))

    async def cancel_one() -> list[Reply | BaseException]:
        tasks = [asyncio.create_task(gate.asend(leaf, ASKED, cache=True)) for _ in range(3)]
        await asyncio.sleep(0.005)
        tasks[1].cancel()
        return await asyncio.gather(*tasks, return_exceptions=True)

    first, second, third = asyncio.run(cancel_one())

    assert isinstance(second, asyncio.CancelledError)
    assert [reply.text for reply in (first, third) if isinstance(reply, Reply)] == ["42", "42"]
    assert leaf.calls == 1


def test_a_synchronous_call_does_not_wait_for_a_task_that_it_holds_up() -> None:
    gate = Gate()
    leaf = AsyncLeaf(say("42"))

    async def call_while_a_task_is_out() -> tuple[Reply, Reply]:
        task = asyncio.create_task(gate.asend(leaf, ASKED, cache=True))
        await asyncio.sleep(0.001)
        return gate.send(leaf, ASKED, cache=True), await task

    called, awaited = asyncio.run(call_while_a_task_is_out())

    assert (called.text, awaited.text) == ("42", "42")


def test_a_stream_gives_pieces_and_the_whole_reply() -> None:
    pieces, reply = drained(Gate().stream(Leaf(say("four and two")), ASKED, cache=True))

    assert pieces == ["four ", "and ", "two"]
    assert reply.text == "four and two"


def test_a_stored_reply_is_streamed_in_one_piece() -> None:
    gate = Gate()
    leaf = Leaf(say("four and two"))
    drained(gate.stream(leaf, ASKED, cache=True))

    pieces, reply = drained(gate.stream(leaf, ASKED, cache=True))

    assert pieces == ["four and two"]
    assert reply.cached
    assert leaf.calls == 1


def test_a_stream_that_nobody_reads_on_holds_up_nobody() -> None:
    gate = Gate()
    leaf = Leaf(say("four and two"))
    stream = gate.stream(leaf, ASKED, cache=True)
    next(stream)

    replies: list[Reply] = []
    start(lambda: replies.append(gate.send(leaf, ASKED, cache=True)), "test").join(timeout=2)

    assert [reply.text for reply in replies] == ["four and two"]


@pytest.mark.parametrize("fails", [False, True])
def test_an_equal_stream_that_ends_early_leaves_the_call_to_those_who_wait_for_it(fails: bool) -> None:
    gate, out, goes_on = Gate(), threading.Event(), threading.Event()

    def answer() -> str:
        out.set()
        assert goes_on.wait(5)
        return "42"

    leaf = Leaf(answer)
    replies: list[Reply] = []
    ask = lambda: replies.append(gate.send(leaf, ASKED, cache=True))  # noqa: E731
    threads = [start(ask, "leader")]
    assert out.wait(5)
    stream = gate.stream(Leaf(fail(LMRefused("no")) if fails else say("four and two")), ASKED, cache=True)
    if fails:
        with pytest.raises(LMRefused):
            next(stream)
    else:
        next(stream)
        stream.close()
    threads.append(start(ask, "follower"))
    time.sleep(0.05)  # so that it has asked
    goes_on.set()
    for thread in threads:
        thread.join(5)

    assert [reply.text for reply in replies] == ["42", "42"]
    assert leaf.calls == 1


def test_a_stream_that_is_closed_early_is_not_cached() -> None:
    gate = Gate()
    stream = gate.stream(Leaf(say("four and two")), ASKED, cache=True)
    next(stream)

    stream.close()

    assert len(gate.cache) == 0


def test_a_transient_failure_is_tried_again_as_often_as_the_leaf_allows() -> None:
    busy = RateLimited("busy", retry_after=0.0)
    leaf = Leaf(fail(busy), fail(busy), say("42"), attempts=3)

    assert Gate().send(leaf, ASKED, cache=False).text == "42"
    assert leaf.calls == 3


def test_the_last_failure_is_raised_as_it_was() -> None:
    leaf = Leaf(fail(RateLimited("busy", retry_after=0.0)), attempts=2)

    with pytest.raises(RateLimited, match="busy"):
        Gate().send(leaf, ASKED, cache=False)

    assert leaf.calls == 2


@pytest.mark.parametrize("error", [LMRefused("no"), LMUnavailable("missing"), ZeroDivisionError("bug")])
def test_a_failure_that_will_not_pass_is_not_tried_again(error: Exception) -> None:
    leaf = Leaf(fail(error), attempts=4)

    with pytest.raises(type(error)):
        Gate().send(leaf, ASKED, cache=False)

    assert leaf.calls == 1


def test_a_provider_that_says_how_long_to_wait_is_obeyed() -> None:
    leaf = Leaf(fail(RateLimited("busy", retry_after=1.1)), say("42"), attempts=2)  # unasked we wait at most 1.0
    started = time.monotonic()

    Gate().send(leaf, ASKED, cache=False)

    assert time.monotonic() - started >= 1.1


def test_tasks_try_again_too() -> None:
    leaf = AsyncLeaf(fail(RateLimited("busy", retry_after=0.0)), say("42"), attempts=2)

    assert asyncio.run(Gate().asend(leaf, ASKED, cache=False)).text == "42"


def test_a_stream_begins_again_only_while_nothing_was_said() -> None:
    class Breaking(Leaf):
        def stream(self, request: Request) -> Generator[str, None, Reply]:
            text = self.send(request).text
            yield text
            raise LMUnavailable("broke off", transient=True)

    leaf = Breaking(fail(RateLimited("busy", retry_after=0.0)), say("four"), attempts=5)
    stream = Gate().stream(leaf, ASKED, cache=False)

    assert next(stream) == "four"
    with pytest.raises(LMUnavailable, match="broke off"):
        next(stream)
    assert leaf.calls == 2


def test_a_stream_gives_a_task_pieces_and_then_the_whole_reply() -> None:
    *pieces, reply = asyncio.run(collected(Gate().astream(Leaf(say("four and two")), ASKED, cache=True)))

    assert pieces == ["four ", "and ", "two"]
    assert isinstance(reply, Reply)
    assert reply.text == "four and two"


def test_a_stored_reply_is_streamed_to_a_task_in_one_piece(tmp_path: Path) -> None:
    gate = Gate(cassette=Cassette(tmp_path / "file.jsonl", replays=False, records=True))
    leaf = Leaf(say("four and two"))

    async def twice() -> list[list[str | Reply]]:
        return [await collected(gate.astream(leaf, ASKED, cache=True)) for _ in range(2)]

    _, (piece, reply) = asyncio.run(twice())
    assert gate.cassette is not None
    gate.cassette.close()

    assert piece == "four and two"
    assert isinstance(reply, Reply)
    assert reply.cached
    assert (leaf.calls, len(gate.cassette or ())) == (1, 1)


def test_a_stream_for_a_task_is_refused_when_the_budget_is_spent() -> None:
    leaf = Leaf(say("42"))

    with spending(Budget(calls=0)), pytest.raises(BudgetExceeded):
        asyncio.run(collected(Gate().astream(leaf, ASKED, cache=False)))

    assert leaf.calls == 0


def test_a_task_that_stops_reading_leaves_nothing_behind() -> None:
    gate = Gate()
    closed: list[bool] = []

    class Watched(Leaf):
        async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
            try:
                yield "four"
                yield Reply(texts=("four",))
            finally:
                closed.append(True)

    async def read_one() -> None:
        stream = gate.astream(Watched(say("four")), ASKED, cache=True)
        await anext(stream)
        await stream.aclose()

    asyncio.run(read_one())

    assert closed == [True]
    assert len(gate.cache) == 0


def test_a_stream_for_a_task_begins_again_only_while_nothing_was_said() -> None:
    class Breaking(Leaf):
        async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
            yield self.send(request).text
            raise LMUnavailable("broke off", transient=True)

    leaf = Breaking(fail(RateLimited("busy", retry_after=0.0)), say("four"), attempts=5)

    async def read() -> None:
        stream = Gate().astream(leaf, ASKED, cache=False)
        assert await anext(stream) == "four"
        with pytest.raises(LMUnavailable, match="broke off"):
            await anext(stream)

    asyncio.run(read())
    assert leaf.calls == 2


def test_listeners_hear_what_is_streamed_to_a_task() -> None:
    heard: list[Any] = []
    with events.listening(heard.append):
        asyncio.run(collected(Gate().astream(Leaf(say("four two")), ASKED, cache=False)))

    assert [type(event) for event in heard] == [Requested, Token, Token, Replied]


def test_listeners_hear_the_request_its_pieces_and_the_reply() -> None:
    heard: list[Any] = []
    with events.listening(heard.append):
        drained(Gate().stream(Leaf(say("four two")), ASKED, cache=False))

    assert [type(event) for event in heard] == [Requested, Token, Token, Replied]
    assert heard[-1].reply.text == "four two"


def test_the_time_of_a_call_is_in_its_reply() -> None:
    gate = Gate()
    leaf = Leaf(say("42", after=0.02))

    sent, cached = (gate.send(leaf, ASKED, cache=True) for _ in range(2))

    assert sent.seconds >= 0.02
    assert cached.seconds == 0.0
