"""A program's stream that is left, cancelled or interrupted: the connection is closed, the local model stops."""

from __future__ import annotations

import asyncio
import os
import signal
import socket
import threading
import time
from collections.abc import Callable, Iterator
from typing import Any

import pytest

import nbdspy
from nbdspy import LM, Predict, streamify
from nbdspy.configuration import context
from nbdspy.models.local import LocalLeaf
from nbdspy.runtime import map_threads
from nbdspy.streaming import StreamListener, apply_sync_streaming
from nbdspy.testing.faults import Exchange, FaultServer

pytestmark = pytest.mark.usefixtures("without_keys")
QUESTION = {"question": "Why?"}
SOON = 3.0  # seconds, on a busy machine; without a word of the reader it would be the model's whole timeout


class Stalled:
    """A behaviour: begin a reply, say no more, and see when nobody listens any longer."""

    def __init__(self, *pieces: str) -> None:
        self.pieces = pieces
        self.left = threading.Event()

    def __call__(self, exchange: Exchange) -> None:
        exchange.begin_stream()
        for piece in self.pieces:
            exchange.piece({"choices": [{"delta": {"content": piece}}]})
        while not exchange.server.faults.closed.wait(0.01):
            try:
                if not exchange.connection.recv(1, socket.MSG_PEEK | socket.MSG_DONTWAIT):
                    break
            except BlockingIOError:
                continue
            except OSError:
                break
        self.left.set()
        exchange.hang_up()


class Plain(nbdspy.Module):
    def __init__(self) -> None:
        self.ask = Predict("question -> answer")

    def forward(self, question: str) -> Any:
        return self.ask(question=question)


class Awaited(Plain):
    async def forward(self, question: str) -> Any:
        return await self.ask.acall(question=question)


@pytest.fixture
def stalled() -> Iterator[Stalled]:
    behaviour = Stalled("[[ ## answer ## ]]\nfour", " and")
    with FaultServer(behaviour) as server:
        lm = LM("openai/tiny", api_base=server.url, api_key="a-key-of-tests", cache=False, timeout=60)
        with context(lm=lm):
            yield behaviour


programs = pytest.mark.parametrize("program", [lambda: Predict("question -> answer"), Plain, Awaited])
LISTENERS = [StreamListener("answer")]


@programs
def test_leaving_closes_the_connection(program: Callable[[], Any], stalled: Stalled) -> None:
    stream = streamify(program(), stream_listeners=LISTENERS, async_streaming=False)(**QUESTION)

    assert next(stream).chunk == "four"
    assert not stalled.left.is_set()
    stream.close()

    assert stalled.left.wait(SOON)


@programs
def test_leaving_an_awaited_stream_closes_the_connection(program: Callable[[], Any], stalled: Stalled) -> None:
    async def leave() -> None:
        async for value in streamify(program(), stream_listeners=LISTENERS)(**QUESTION):
            assert value.chunk == "four"
            break
        assert await asyncio.to_thread(stalled.left.wait, SOON)

    asyncio.run(leave())


@programs
def test_cancelling_the_task_closes_the_connection(program: Callable[[], Any], stalled: Stalled) -> None:
    heard: list[str] = []

    async def read() -> None:
        async for value in streamify(program(), stream_listeners=LISTENERS)(**QUESTION):
            heard.append(value.chunk)

    async def cancel() -> None:
        task = asyncio.create_task(read())
        while len(heard) < 2:
            await asyncio.sleep(0.01)
        task.cancel()
        with pytest.raises(asyncio.CancelledError):
            await task
        assert await asyncio.to_thread(stalled.left.wait, SOON)

    asyncio.run(cancel())
    assert heard == ["four", " and"]


def test_leaving_an_awaited_stream_in_plain_code_closes_the_connection(stalled: Stalled) -> None:
    stream = apply_sync_streaming(streamify(Predict("question -> answer"), stream_listeners=LISTENERS)(**QUESTION))

    next(stream)
    stream.close()

    assert stalled.left.wait(SOON)


def test_an_interrupt_closes_the_connection(stalled: Stalled) -> None:
    stream = streamify(Predict("question -> answer"), stream_listeners=LISTENERS, async_streaming=False)(**QUESTION)
    heard = []

    def press() -> None:
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    thread = threading.Thread(target=press)
    with pytest.raises(KeyboardInterrupt):  # noqa: PT012 (the interrupt comes while it waits)
        for value in stream:
            if not heard:
                thread.start()
            heard.append(value.chunk)
    thread.join()

    assert heard == ["four", " and"]
    assert stalled.left.wait(SOON)


def test_a_map_that_is_left_takes_its_streams_with_it(stalled: Stalled) -> None:
    begun = threading.Event()

    def read(question: str) -> None:
        if question == "short":
            begun.wait()
            return
        for _ in streamify(Predict("question -> answer"), async_streaming=False)(question=question):
            begun.set()

    work = map_threads(read, ["long", "short"], threads=2)
    assert next(work).item == "short"
    work.close()

    assert stalled.left.wait(SOON)


class TestLocal:
    """The tiny model says gibberish and never ends by itself."""

    @pytest.fixture
    def lm(self, tiny_model: str) -> Iterator[LM]:
        lm = LM(
            f"local/{tiny_model}" if not tiny_model.endswith(".gguf") else tiny_model, max_tokens=7_000, cache=False
        )
        yield lm
        lm.close()

    def stopped(self, lm: LM) -> bool:
        leaf = lm.leaf
        assert isinstance(leaf, LocalLeaf)
        assert leaf._engine is not None
        until = time.monotonic() + SOON
        while time.monotonic() < until:
            if leaf._engine._running is None:
                return True
            time.sleep(0.01)
        return False

    def test_leaving_stops_the_model(self, lm: LM) -> None:
        def ask() -> Any:
            return lm("Once upon a time")

        stream = streamify(ask, async_streaming=False)()

        assert next(stream).text
        stream.close()

        assert self.stopped(lm)

    def test_cancelling_stops_the_model(self, lm: LM) -> None:
        async def ask() -> Any:
            return await lm.acall("Once upon a time")

        async def leave() -> None:
            async for value in streamify(ask)():
                assert value.text
                break

        asyncio.run(leave())

        assert self.stopped(lm)
