"""Work that gives things while it goes on, as a generator: on a thread of its own, or on the running loop."""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
from collections.abc import AsyncGenerator, AsyncIterable, Awaitable, Callable, Coroutine, Generator, Iterator
from concurrent.futures import Future
from contextlib import aclosing, suppress
from typing import Any, TypeVar

from nbdspy.errors import UsageError
from nbdspy.runtime import POLL, aside, check_stopped, portal, settle, stopped_when

T = TypeVar("T")
Give = Callable[[Any], None]
_END = object()


def given_by(work: Callable[[Give], T], context: contextvars.Context) -> Generator[Any, None, T]:
    """Yield what the work gives while it goes on, on a thread of its own, and return what it returns.

    Leaving the generator stops the work: what it waits for ends within half a second. Where no thread can be started
    the work ends first, and all it gave comes then.

    Args:
        work: Called with the function that it gives by; what it raises is raised here.
        context: In which it runs.
    """
    inbox: queue.SimpleQueue[Any] = queue.SimpleQueue()
    outcome: Future[T] = Future()
    left = threading.Event()

    def working() -> T:
        with stopped_when(left.is_set):
            return work(inbox.put)

    outcome.add_done_callback(lambda _: inbox.put(_END))
    aside(lambda: settle(outcome, lambda: context.run(working)), "stream")
    try:
        while (given := _next(inbox)) is not _END:
            yield given
        return outcome.result()
    finally:
        left.set()


async def agiven_by(
    work: Callable[[Give], Awaitable[T]], context: contextvars.Context, *, last: Callable[[T], list[Any]]
) -> AsyncGenerator[Any, None]:
    """The same on the running loop; leaving it, or being cancelled while one reads it, cancels the work.

    Args:
        work: Called with the function that it gives by.
        context: In which it runs.
        last: What to give of the work's result in the end.
    """
    inbox: asyncio.Queue[Any] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    left = threading.Event()

    def give(given: Any) -> None:
        with suppress(RuntimeError):  # the loop was closed, and nobody listens
            loop.call_soon_threadsafe(inbox.put_nowait, given)

    async def working() -> T:
        with stopped_when(left.is_set):  # for what blocks, on threads of their own
            return await work(give)

    task = loop.create_task(working(), context=context)
    task.add_done_callback(lambda _: give(_END))
    try:
        while (given := await inbox.get()) is not _END:
            yield given
        for given in last(await task):
            yield given
    finally:
        left.set()
        task.cancel()
        await asyncio.wait((task,))
        if not task.cancelled():
            task.exception()  # which nobody asks for who has left


class AwaitedStream(AsyncGenerator[Any, None]):
    """A stream that is read by `async for`; reading it otherwise says so."""

    def __init__(self, given: AsyncGenerator[Any, None]) -> None:
        self._given = given

    def asend(self, value: None) -> Coroutine[Any, Any, Any]:
        return self._given.asend(value)

    def athrow(self, *error: Any) -> Coroutine[Any, Any, Any]:
        return self._given.athrow(*error)

    def aclose(self) -> Coroutine[Any, Any, None]:
        return self._given.aclose()

    def __iter__(self) -> Iterator[Any]:
        raise UsageError(
            "This stream is read by `async for`.",
            hint="Write streamify(program, async_streaming=False) for one that `for` reads.",
        )


def apply_sync_streaming(async_generator: AsyncIterable[T]) -> Generator[T, None, None]:
    """An async generator as a plain one, wherever it is called; leaving it closes the other.

    Example:
        >>> async def count():
        ...     yield 1
        ...     yield 2
        >>> list(apply_sync_streaming(count()))
        [1, 2]
    """
    yield from given_by(lambda give: portal.run(_passed_on(async_generator, give)), contextvars.copy_context())


async def _passed_on(given: AsyncIterable[Any], give: Give) -> None:
    if isinstance(given, AsyncGenerator):
        async with aclosing(given):
            async for each in given:
                give(each)
    else:
        async for each in given:
            give(each)


def _next(inbox: queue.SimpleQueue[Any]) -> Any:
    """What was given next; waits in steps short enough for Ctrl-C on every system."""
    while True:
        try:
            return inbox.get(timeout=POLL)
        except queue.Empty:
            check_stopped()
