"""The only maker of threads and loops: drivers for steps, the portal, and mapping over threads.

Work that calls out is written once, as a generator that yields effects. `drive` performs them on the caller's thread,
`adrive` awaits them; the work itself never knows which of the two it was.
"""

from __future__ import annotations

import asyncio
import contextvars
import heapq
import inspect
import itertools
import operator
import queue
import sys
import threading
import time
import weakref
from collections.abc import Awaitable, Callable, Coroutine, Generator, Iterable, Iterator, Mapping
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import AbstractAsyncContextManager, aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial, wraps
from importlib import import_module
from typing import Any, Generic, Protocol, TypeVar

from nbdspy.errors import UsageError

T = TypeVar("T")
R = TypeVar("R")

# How long an interrupted map waits for the calls that are already out, in seconds. A second interrupt does not wait.
GRACE = 10.0
LEAVING = 5.0  # seconds that Python's end waits for what goes on in the background
POLL = 0.1  # seconds between two looks at whether the work that a wait is part of was stopped


class Effect(Protocol):
    """Something to do outside of the steps that ask for it, with or without a loop."""

    def perform(self) -> Any:
        """Do it on this thread."""

    async def aperform(self) -> Any:
        """Do it on the running loop."""


Steps = Generator[Effect, Any, T]


class Reading(Protocol):
    """Reads one reply while it comes."""

    def hear(self, text: str) -> None:
        """Take in a piece of the text."""

    def end(self, reply: Any) -> None:
        """Take in the whole reply."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request to a model; the answer is its reply.

    It is streamed where somebody wants to read it while it comes; `layout` makes what can tell them what of it is what.
    """

    lm: Any
    request: Any
    layout: Callable[[], Any] | None = None

    def perform(self) -> Any:
        reading = _begin_reading.get()(self)
        if reading is None:
            return self.lm.send(self.request)
        pieces = self.lm.stream(self.request)
        try:
            while True:
                reading.hear(next(pieces))
                check_stopped()
        except StopIteration as stop:
            reading.end(stop.value)
            return stop.value
        finally:
            pieces.close()

    async def aperform(self) -> Any:
        reading = _begin_reading.get()(self)
        if reading is None:
            return await self.lm.asend(self.request)
        answer: Any = None
        async with aclosing(self.lm.astream(self.request)) as pieces:
            async for answer in pieces:  # the whole reply comes last
                if isinstance(answer, str):
                    reading.hear(answer)
        reading.end(answer)
        return answer


Begin = Callable[[Ask], Reading | None]
_begin_reading: ContextVar[Begin] = ContextVar("nbdspy_begin_reading", default=lambda ask: None)


@contextmanager
def read_by(begin: Begin) -> Iterator[None]:
    """Let somebody read the replies of this block, and of what it starts, while they come.

    Args:
        begin: Called with each `Ask`, where it is performed; None leaves a reply unread, which then comes whole.
    """
    token = _begin_reading.set(begin)
    try:
        yield
    finally:
        _begin_reading.reset(token)


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
class Use:
    """Call a tool with what a model gave it; the answer is what it returned."""

    tool: Any
    arguments: Mapping[str, Any]

    def perform(self) -> Any:
        return self.tool(**self.arguments)

    async def aperform(self) -> Any:
        return await self.tool.acall(**self.arguments)


@dataclass(frozen=True, slots=True)
class Do:
    """Call a function that may block or be async; the answer is what it returned.

    Awaited, a plain function runs on a thread of its own; asked for without a loop, an async one runs on the portal's.
    `instead` is what to write where that loop would wait for itself.
    """

    function: Callable[[], Any]
    instead: str = "await program.acall(...)"

    def perform(self) -> Any:
        result = self.function()
        if not inspect.isawaitable(result):
            return result
        return portal.run(result if inspect.iscoroutine(result) else _awaited(result), instead=self.instead)

    async def aperform(self) -> Any:
        result = self.function() if _is_async(self.function) else await in_thread(self.function)
        return await result if inspect.isawaitable(result) else result


async def _awaited(result: Awaitable[T]) -> T:
    return await result


def _is_async(function: Any) -> bool:
    """Whether a function, a partial of one or an object that can be called is `async def`."""
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function if inspect.isroutine(function) else type(function).__call__)


@dataclass(frozen=True, slots=True)
class Within:
    """Perform an effect that may take so many seconds, and give it up by a TimeoutError that says `late`.

    What is awaited is cancelled then; a plain function goes on, on a thread that nobody waits for.
    """

    effect: Effect
    seconds: float
    late: str
    instead: str = "await program.acall(...)"

    def perform(self) -> Any:
        return portal.run(self.aperform(), instead=self.instead)

    async def aperform(self) -> Any:
        limit = asyncio.timeout(self.seconds)
        try:
            async with limit:
                return await self.effect.aperform()
        except TimeoutError as error:
            if limit.expired():
                raise TimeoutError(self.late) from error
            raise


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


def later(seconds: float, function: Callable[[], object]) -> Callable[[], None]:
    """Call a function once so much time has passed, on a thread of its own; what it answers takes that back."""
    timer = threading.Timer(seconds, function)
    timer.name, timer.daemon = "nbdspy-later", True
    timer.start()
    return timer.cancel


class Leaving:
    """What goes on in the background, told to end once the main thread has ended and before anything is closed.

    `atexit` would be too late: what is closed there, such as a database, would be closed under the hands of those who
    use it. Python waits for threads that are no daemons before that, so one of those tells them and waits for them, for
    at most `LEAVING` seconds.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._going: dict[Future[Any], Callable[[], object]] = {}
        self._thread: threading.Thread | None = None

    def add(self, outcome: Future[Any], stop: Callable[[], object]) -> None:
        """Have `stop` called at the end, unless the outcome is there by then."""
        with self._lock:
            self._going[outcome] = stop
            if self._thread is None or not self._thread.is_alive():  # a fork leaves the thread behind
                self._thread = threading.Thread(target=self._wait, name="nbdspy-leaving", daemon=False)
                self._thread.start()
        outcome.add_done_callback(self._forget)

    def _forget(self, outcome: Future[Any]) -> None:
        with self._lock:
            self._going.pop(outcome, None)

    def _wait(self) -> None:
        threading.main_thread().join()
        with self._lock:
            going = dict(self._going)
        for stop in going.values():
            stop()
        wait_for(going, timeout=LEAVING)


leaving = Leaving()


def whole(load: Callable[[], T]) -> Callable[[], T]:
    """Make a function that is called once, on a thread of its own: an interrupt ends the wait for it, never the call.

    For what must not be torn in the middle. What it returns is remembered; what it raises is raised again on this
    thread, and the next call tries again.
    """
    lock = threading.Lock()
    begun: Future[T] | None = None

    @wraps(load)
    def loaded() -> T:
        nonlocal begun
        with lock:
            if begun is None or (begun.done() and begun.exception() is not None):
                outcome: Future[T] = Future()
                start(lambda: settle(outcome, load), "load")
                begun = outcome
            waited_for = begun
        return waited_for.result()

    return loaded


def whole_import(name: str) -> None:
    """Import a module before an `import` statement names it, so that no interrupt can land in the middle.

    Python gives up a module whose import is interrupted. One with compiled parts, as numpy's and pydantic's, cannot be
    loaded a second time, so everything that needs it would fail until the process is restarted.
    """
    module = sys.modules.get(name)
    if module is None or getattr(getattr(module, "__spec__", None), "_initializing", False):
        whole(lambda: import_module(name))()


def import_ahead(name: str) -> None:
    """Begin to import what will be needed while there are replies to wait for; an error is left to who needs it."""
    if name not in sys.modules:
        begin(lambda: whole_import(name))


def settle(outcome: Future[T], work: Callable[[], T]) -> None:
    """Put what the work returns, or raises, into a future."""
    try:
        result = work()
    except BaseException as error:  # whoever waits is told
        outcome.set_exception(error)
    else:
        outcome.set_result(result)


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
        if self.is_here:
            coroutine.close()
            raise UsageError(
                "A synchronous call was made from async code, where it would wait for itself.",
                hint=f"Write `{instead}` there.",
            )
        outcome, cancel = self._begin(coroutine)
        try:
            while True:
                try:
                    return outcome.result(timeout=POLL)
                except TimeoutError:
                    if outcome.done():  # then it was the coroutine's own
                        return outcome.result()
                    check_stopped()
        except KeyboardInterrupt:
            cancel()
            raise

    async def arun(self, coroutine: Coroutine[Any, Any, T]) -> T:
        """Await a coroutine on this loop from any other, for what lives here; who is cancelled cancels it."""
        if self.is_here:
            return await coroutine
        outcome, cancel = self._begin(coroutine)
        try:
            return await asyncio.wrap_future(outcome)
        except asyncio.CancelledError:
            cancel()
            raise

    @property
    def is_here(self) -> bool:
        """Whether this is the loop's own thread, which must not wait for the loop."""
        return threading.current_thread() is self._thread

    def _begin(self, coroutine: Coroutine[Any, Any, T]) -> tuple[Future[T], Callable[[], None]]:
        """Start a coroutine on the loop; the answer is what comes of it, and what cancels it."""
        context = contextvars.copy_context()
        outcome: Future[T] = Future()
        outcome.set_running_or_notify_cancel()  # a caller that is cancelled goes; the result has still where to go
        tasks: list[asyncio.Task[None]] = []

        async def work() -> None:
            try:
                result = await coroutine
            except BaseException as error:  # of every kind: what reached the loop would end it for all who use it
                outcome.set_exception(error)
            else:
                outcome.set_result(result)

        def begin() -> None:
            tasks.append(loop.create_task(work(), context=context))
            tasks[0].add_done_callback(lambda _: coroutine.close())  # which a task cancelled early never began

        def cancel() -> None:
            loop.call_soon_threadsafe(lambda: tasks[0].cancel())

        loop = self._started()
        loop.call_soon_threadsafe(begin)
        return outcome, cancel

    def _started(self) -> asyncio.AbstractEventLoop:
        with self._lock:
            alive = self._thread is not None and self._thread.is_alive()  # a fork leaves the thread behind
            if self._loop is None or not alive:
                self._loop = asyncio.new_event_loop()
                self._thread = start(self._loop.run_forever, "portal")
            return self._loop


portal = Portal()


class Held(Generic[T]):
    """Something async that one task on the portal's loop enters, keeps open, and leaves; `value` is what it gave.

    One that nobody closes is left when nobody has it any more. What it raises while it is entered is raised here.

    Raises:
        UsageError: On the portal's own thread, where this would wait for itself.
    """

    def __init__(self, resource: AbstractAsyncContextManager[T]) -> None:
        if portal.is_here:
            raise UsageError("It would wait for itself here, in async code that a synchronous call runs.")
        opened: Future[T] = Future()
        closing: Future[None] = Future()

        async def keep() -> None:
            async with resource as value:
                opened.set_result(value)
                await asyncio.wrap_future(closing)

        def failed(ended: Future[None]) -> None:
            if not opened.done():
                opened.set_exception(ended.exception() or RuntimeError("it ended before it was entered"))

        self._ended, cancel = portal._begin(keep())
        self._ended.add_done_callback(failed)
        try:
            self.value = opened.result()
        except KeyboardInterrupt:
            cancel()
            raise
        self._leave = weakref.finalize(self, closing.set_result, None)

    @property
    def is_open(self) -> bool:
        """Whether nobody has closed it."""
        return self._leave.alive

    def close(self) -> None:
        """Leave it and wait until that is done; what it has raised since it was entered is raised here."""
        self._leave()
        if not portal.is_here:
            self._ended.result()


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """One finished item of a map: its result, or the error that ended it."""

    index: int
    item: T
    result: R | None
    error: Exception | None
    seconds: float


class Slots:
    """Places that several maps share: the map of the lowest rank goes first, and while it is paused none goes on.

    Args:
        count: How many calls may be out at once, in all the maps together.
    """

    def __init__(self, count: int) -> None:
        self.count = count
        self._free = count
        self._lock = threading.Lock()
        self._waiting: list[tuple[int, int, threading.Event]] = []  # a heap; the second number keeps the order
        self._tickets = itertools.count()
        self._paused = False

    def take(self, rank: int, left_off: Callable[[], bool]) -> bool:
        """Wait for a place; False when the work was left off before there was one."""
        with self._lock:
            if self._free and not self._paused and not self._waiting:
                self._free -= 1
                return True
            ticket = (rank, next(self._tickets), threading.Event())
            heapq.heappush(self._waiting, ticket)
        try:
            while not ticket[2].wait(POLL):
                if left_off():
                    self._withdraw(ticket)
                    return False
        except BaseException:
            self._withdraw(ticket)
            raise
        return True

    def keep(self, rank: int, left_off: Callable[[], bool]) -> bool:
        """Keep a place for the next item, unless somebody before this rank waits for one; then wait again."""
        with self._lock:
            if not self._paused and (not self._waiting or self._waiting[0][0] >= rank):
                return True
        self.give()
        return self.take(rank, left_off)

    def give(self) -> None:
        """Give a place back."""
        with self._lock:
            self._free += 1
            self._hand_on()

    @contextmanager
    def place(self, left_off: Callable[[], bool], rank: int = 0) -> Iterator[bool]:
        """A block that has a place of its own; it is told False when the work was left off before there was one."""
        has_place = not left_off() and self.take(rank, left_off)
        try:
            yield has_place
        finally:
            if has_place:
                self.give()

    def pause(self) -> None:
        """Give no further places; what is out goes on."""
        with self._lock:
            self._paused = True

    def resume(self) -> None:
        """Give places again."""
        with self._lock:
            self._paused = False
            self._hand_on()

    @property
    def is_paused(self) -> bool:
        """Whether no further places are given."""
        return self._paused

    def _hand_on(self) -> None:
        while self._free and self._waiting and not self._paused:
            self._free -= 1
            heapq.heappop(self._waiting)[2].set()

    def _withdraw(self, ticket: tuple[int, int, threading.Event]) -> None:
        with self._lock:
            if ticket in self._waiting:
                self._waiting.remove(ticket)
                heapq.heapify(self._waiting)
                return
        self.give()


def map_threads(
    function: Callable[[T], R], items: Iterable[T], *, threads: int, halted: Callable[[], bool] = lambda: False,
    slots: Slots | None = None, rank: int = 0,
) -> Iterator[Done[T, R]]:  # fmt: skip
    """Apply a function to items side by side; yield each as it finishes, on the caller's thread.

    Every item runs in a copy of the caller's context. Each map has threads of its own, so maps inside maps cannot wait
    for each other's places; with one place, or one item, the caller's thread does the work. The cost of an item does
    not depend on how many there are.

    Args:
        function: Called with one item; an `Exception` it raises is yielded as that item's error.
        items: What to work on; read as places become free.
        threads: How many calls may be out at once.
        halted: Asked before an item is started; when it says True no further item is.
        slots: Places that this map shares with others; a map inside of an item takes none.
        rank: Its rank among them.

    Raises:
        KeyboardInterrupt: After the calls that were out have been yielded (for at most `GRACE` seconds); also when the
            map around this one is interrupted, or left before its end.
    """
    work = _Map(function, items, halted, slots, rank)
    places = min(threads, operator.length_hint(items, threads))
    return work.here() if places <= 1 else work.spread(places)


_stopped: ContextVar[Callable[[], bool]] = ContextVar("nbdspy_stopped", default=lambda: False)
_mapped: ContextVar[bool] = ContextVar("nbdspy_mapped", default=False)


def is_mapped() -> bool:
    """Whether this call is one of several of a map: then it is the map that says how many calls are out at once."""
    return _mapped.get()


def check_stopped() -> None:
    """Give up when the map that this call is part of was stopped; for calls that wait long.

    Raises:
        KeyboardInterrupt: When it was; the map takes it for what it is.
    """
    if _stopped.get()():
        raise _left_off()


@contextmanager
def stopped_when(asked: Callable[[], bool]) -> Iterator[None]:
    """Stop the calls of this block, and of what it starts, as soon as this says True; see `check_stopped`."""
    outer = _stopped.get()
    token = _stopped.set(lambda: asked() or outer())
    try:
        yield
    finally:
        _stopped.reset(token)


class _Map(Generic[T, R]):
    """One map: what is left to do, and whether to go on."""

    def __init__(
        self, function: Callable[[T], R], items: Iterable[T], halted: Callable[[], bool], slots: Slots | None, rank: int
    ) -> None:  # fmt: skip
        self._function = function
        self._feed = enumerate(items)
        self._halted = halted
        self._slots = slots
        self._rank = rank
        self._stopping = False
        self._outer = _stopped.get()
        self._lock = threading.Lock()
        self._context = contextvars.copy_context()
        self._context.run(_stopped.set, self._stopped)  # heard by the maps inside
        self._context.run(_mapped.set, True)

    def here(self) -> Iterator[Done[T, R]]:
        """Do the items one after another on this thread."""
        done: Done[T, R] | None
        while done := next(self._in_turn(), None):  # the place is given back before anybody looks at what was done
            yield done
        if self._outer():
            raise _left_off()

    def spread(self, threads: int) -> Iterator[Done[T, R]]:
        """Do the items on threads of their own."""
        finished: queue.SimpleQueue[Done[T, R] | BaseException | None] = queue.SimpleQueue()
        running = 0
        interrupt: BaseException | None = None
        deadline = float("inf")
        try:
            try:
                for number in range(threads):
                    running += 1
                    start(lambda: self._work(finished), f"map-{number}")
            except KeyboardInterrupt as pressed:
                interrupt, deadline = self._interrupted(pressed)
            while running and time.monotonic() < deadline:
                try:
                    done = finished.get(timeout=0.1)
                except queue.Empty:
                    continue
                except KeyboardInterrupt as pressed:
                    if interrupt is not None:
                        raise
                    interrupt, deadline = self._interrupted(pressed)
                    continue
                if isinstance(done, Done):
                    yield done
                    continue
                running -= 1
                if done is not None and not self._stopped():
                    raise done
            if interrupt is not None or self._outer():
                raise interrupt or _left_off()
        finally:
            self._stopping = running > 0

    def _interrupted(self, pressed: KeyboardInterrupt) -> tuple[KeyboardInterrupt, float]:
        """Begin to stop; the answer is what to raise and by when."""
        self._stopping = True
        return pressed, time.monotonic() + GRACE

    def _stopped(self) -> bool:
        return self._stopping or self._outer()

    def _work(self, finished: queue.SimpleQueue[Done[T, R] | BaseException | None]) -> None:
        try:
            for done in self._in_turn():
                finished.put(done)
            finished.put(None)
        except BaseException as broken:  # the feed failed, or the function raised past Exception: tell the caller
            finished.put(broken)

    def _in_turn(self) -> Iterator[Done[T, R]]:
        """Do items one after another, in a place of the shared ones if there are such."""
        if self._slots is None:
            while (taken := self._take()) is not None:
                yield self._one(*taken)
            return
        has_place = self._slots.take(self._rank, self._is_over)
        try:
            while has_place and (taken := self._take()) is not None:
                yield self._one(*taken)
                has_place = False  # for as long as it may have to wait for one again
                has_place = self._slots.keep(self._rank, self._is_over)
        finally:
            if has_place:
                self._slots.give()

    def _is_over(self) -> bool:
        return self._stopped() or self._halted()

    def _take(self) -> tuple[int, T] | None:
        with self._lock:
            if self._is_over():
                return None
            return self._context.run(next, self._feed, None)

    def _one(self, index: int, item: T) -> Done[T, R]:
        started = time.perf_counter()
        result, error = None, None
        try:
            result = self._context.copy().run(self._function, item)
        except Exception as caught:  # the item's own failure; the caller decides what it means
            error = caught
        return Done(index, item, result, error, time.perf_counter() - started)


def _left_off() -> KeyboardInterrupt:
    return KeyboardInterrupt("The work that this was part of was stopped.")


def begin(function: Callable[[], T]) -> Future[T]:
    """Run a function that blocks on a thread of its own, in a copy of the caller's context."""
    context = contextvars.copy_context()
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()  # a caller that is cancelled goes; the thread still ends what it began
    start(lambda: settle(outcome, lambda: context.run(function)), "call")
    return outcome


async def in_thread(function: Callable[[], T]) -> T:
    """Run a function that blocks on a thread of its own, in a copy of the caller's context, and await its result."""
    return await asyncio.wrap_future(begin(function))
