"""Threads: one of its own for a call that blocks, for what must not be torn, and for what waits for Python's end."""

from __future__ import annotations

import asyncio
import contextvars
import sys
import threading
from collections.abc import Callable
from concurrent.futures import Future
from concurrent.futures import wait as wait_for
from contextlib import suppress
from functools import wraps
from importlib import import_module
from typing import Any, TypeVar

T = TypeVar("T")

LEAVING = 5.0  # seconds that Python's end waits for what goes on in the background


def start(function: Callable[[], object], name: str) -> threading.Thread:
    """Run a function on a daemon thread of its own; a hung call never keeps the process alive.

    Raises:
        RuntimeError: Where Python can start no thread, as in a browser.
    """
    thread = threading.Thread(target=function, name=f"nbdspy-{name}", daemon=True)
    thread.start()
    return thread


def aside(function: Callable[[], object], name: str) -> None:
    """Run a function on a thread of its own; where none can be started, here, before this returns."""
    try:
        start(function, name)
    except RuntimeError:
        has_thread = False
    else:
        has_thread = True
    if not has_thread:  # outside of the handler: what the function raises does not come of it
        function()


def later(seconds: float, function: Callable[[], object]) -> Callable[[], None]:
    """Call a function once so much time has passed, on a thread of its own; what it answers takes that back.

    Where no thread can be started, the running loop calls it once it is free. Without a loop nobody does: what is
    shown in between is left out then.
    """
    timer = threading.Timer(seconds, function)
    timer.name, timer.daemon = "nbdspy-later", True
    try:
        timer.start()
    except RuntimeError:
        return _on_the_loop(seconds, function)
    return timer.cancel


def _on_the_loop(seconds: float, function: Callable[[], object]) -> Callable[[], None]:
    try:
        loop = asyncio.get_running_loop()
    except RuntimeError:
        return lambda: None
    return loop.call_later(seconds, function).cancel


def begin(function: Callable[[], T]) -> Future[T]:
    """Run a function that blocks on a thread of its own, in a copy of the caller's context.

    Where no thread can be started it has ended when this returns.
    """
    context = contextvars.copy_context()
    outcome: Future[T] = Future()
    outcome.set_running_or_notify_cancel()  # a caller that is cancelled goes; the thread still ends what it began
    aside(lambda: settle(outcome, lambda: context.run(function)), "call")
    return outcome


async def in_thread(function: Callable[[], T]) -> T:
    """Run a function that blocks on a thread of its own, in a copy of the caller's context, and await its result."""
    return await asyncio.wrap_future(begin(function))


def settle(outcome: Future[T], work: Callable[[], T]) -> None:
    """Put what the work returns, or raises, into a future."""
    try:
        result = work()
    except BaseException as error:  # whoever waits is told
        outcome.set_exception(error)
    else:
        outcome.set_result(result)


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
                aside(lambda: settle(outcome, load), "load")
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
        outcome: Future[None] = Future()
        with suppress(RuntimeError):  # without threads nothing is done ahead
            start(lambda: settle(outcome, lambda: whole_import(name)), "ahead")


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
        if outcome.done():  # as it is at once where no thread can be started
            return
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
