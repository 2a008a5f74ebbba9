"""The only maker of threads and loops: drivers for steps, the portal, and mapping over threads.

Work that calls out is written once, as a generator that yields effects. `drive` performs them on the caller's thread,
`adrive` awaits them; the work itself never knows which of the two it was.
"""

from __future__ import annotations

import asyncio
import contextvars
import queue
import threading
import time
from collections.abc import Callable, Coroutine, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future
from dataclasses import dataclass
from typing import Any, Generic, Protocol, TypeVar

from nbdspy.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")

# How long an interrupted map waits for the calls that are already out, in seconds. A second interrupt does not wait.
GRACE = 10.0


class Effect(Protocol):
    """Something to do outside of the steps that ask for it, with or without a loop."""

    def perform(self) -> Any:
        """Do it on this thread."""

    async def aperform(self) -> Any:
        """Do it on the running loop."""


Steps = Generator[Effect, Any, T]


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request to a model; the answer is its reply."""

    lm: Any
    request: Any

    def perform(self) -> Any:
        return self.lm.send(self.request)

    async def aperform(self) -> Any:
        return await self.lm.asend(self.request)


@dataclass(frozen=True, slots=True)
class Run:
    """Call a program; the answer is its prediction."""

    module: Any
    inputs: Mapping[str, Any]

    def perform(self) -> Any:
        return self.module(**self.inputs)

    async def aperform(self) -> Any:
        return await self.module.acall(**self.inputs)


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for what another thread or task is already doing."""

    future: Future[Any]

    def perform(self) -> Any:
        return self.future.result()

    async def aperform(self) -> Any:
        return await asyncio.wrap_future(self.future)


def drive(steps: Steps[T]) -> T:
    """Perform the effects of `steps` on this thread and return what it returns."""
    answer: Any = None
    failure: BaseException | None = None
    while True:
        try:
            effect = steps.send(answer) if failure is None else steps.throw(failure)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        try:
            answer, failure = effect.perform(), None
        except BaseException as error:
            answer, failure = None, error


async def adrive(steps: Steps[T]) -> T:
    """Await the effects of `steps` and return what it returns."""
    answer: Any = None
    failure: BaseException | None = None
    while True:
        try:
            effect = steps.send(answer) if failure is None else steps.throw(failure)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        try:
            answer, failure = await effect.aperform(), None
        except BaseException as error:
            answer, failure = None, error


def start(function: Callable[[], object], name: str) -> threading.Thread:
    """Run a function on a daemon thread of its own; a hung call never keeps the process alive."""
    thread = threading.Thread(target=function, name=f"nbdspy-{name}", daemon=True)
    thread.start()
    return thread


class Portal:
    """A loop on a thread of its own, for code that is async only and is called from code that is not."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._loop: asyncio.AbstractEventLoop | None = None
        self._thread: threading.Thread | None = None

    def run(self, coroutine: Coroutine[Any, Any, T], *, instead: str = "await program.acall(...)") -> T:
        """Run a coroutine to its end and return its result.

        Args:
            coroutine: What to run.
            instead: What to write when the caller is on the portal's own loop, where waiting would never end.

        Raises:
            UsageError: When called from async code that this portal runs itself.
        """
        if threading.current_thread() is self._thread:
            coroutine.close()
            raise UsageError(
                "A synchronous call was made from async code, where it would wait for itself.",
                hint=f"Write `{instead}` there.",
            )
        context = contextvars.copy_context()
        outcome: Future[T] = Future()

        def begin() -> None:
            task = loop.create_task(coroutine, context=context)
            outcome.add_done_callback(lambda done: loop.call_soon_threadsafe(task.cancel) if done.cancelled() else None)
            task.add_done_callback(settle)

        def settle(task: asyncio.Task[T]) -> None:
            if outcome.cancelled():
                return
            error = asyncio.CancelledError() if task.cancelled() else task.exception()
            outcome.set_exception(error) if error else outcome.set_result(task.result())

        loop = self._started()
        loop.call_soon_threadsafe(begin)
        try:
            return outcome.result()
        except KeyboardInterrupt:
            outcome.cancel()
            raise

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            if self._loop is None:
                self._loop = asyncio.new_event_loop()
                self._thread = start(self._loop.run_forever, "portal")
            return self._loop


portal = Portal()


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """One finished item of a map: its result, or the error that ended it."""

    index: int
    item: T
    result: R | None
    error: Exception | None
    seconds: float


def map_threads(
    function: Callable[[T], R], items: Iterable[T], *, threads: int, halted: Callable[[], bool] = lambda: False
) -> Iterator[Done[T, R]]:
    """Apply a function to items side by side; yield each as it finishes, on the caller's thread.

    Every item runs in a copy of the caller's context. Each map has threads of its own, so maps inside maps cannot wait
    for each other's places. The cost of an item does not depend on how many there are.

    Args:
        function: Called with one item; an `Exception` it raises is yielded as that item's error.
        items: What to work on; read as places become free.
        threads: How many calls may be out at once.
        halted: Asked before an item is started; when it says True no further item is.

    Raises:
        KeyboardInterrupt: After the calls that were out have been yielded (for at most `GRACE` seconds).
    """
    context = contextvars.copy_context()
    finished: queue.SimpleQueue[Done[T, R] | BaseException | None] = queue.SimpleQueue()
    feed = enumerate(items)
    lock = threading.Lock()
    stopping = threading.Event()

    def take() -> tuple[int, T] | None:
        with lock:
            return None if stopping.is_set() or halted() else next(feed, None)

    def one(index: int, item: T) -> Done[T, R]:
        started = time.perf_counter()
        result, error = None, None
        try:
            result = context.copy().run(function, item)
        except Exception as caught:  # the item's own failure; the caller decides what it means
            error = caught
        return Done(index, item, result, error, time.perf_counter() - started)

    def work() -> None:
        try:
            while (taken := take()) is not None:
                finished.put(one(*taken))
            finished.put(None)
        except BaseException as broken:  # the feed failed, or the function raised past Exception: tell the caller
            finished.put(broken)

    if threads <= 1:
        while (taken := take()) is not None:
            yield one(*taken)
        return

    running = 0
    for number in range(threads):
        start(work, f"map-{number}")
        running += 1
    interrupt: BaseException | None = None
    deadline = float("inf")
    try:
        while running:
            try:
                done = finished.get(timeout=0.1)
            except queue.Empty:
                if time.monotonic() > deadline:
                    break
                continue
            except KeyboardInterrupt as pressed:
                if interrupt is not None:
                    raise
                interrupt, deadline = pressed, time.monotonic() + GRACE
                stopping.set()
                continue
            if isinstance(done, BaseException):
                raise done
            if done is None:
                running -= 1
                continue
            yield done
        if interrupt is not None:
            raise interrupt
    finally:
        stopping.set()


async def in_thread(function: Callable[[], T]) -> T:
    """Run a function that blocks on a thread of its own, in the caller's context, and await its result."""
    context = contextvars.copy_context()
    outcome: Future[T] = Future()

    def work() -> None:
        try:
            outcome.set_result(context.run(function))
        except BaseException as error:
            outcome.set_exception(error)

    start(work, "call")
    return await asyncio.wrap_future(outcome)
