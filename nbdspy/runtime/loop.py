"""The portal: a loop on a thread of its own, for code that is async only and is called from code that is not."""

from __future__ import annotations

import asyncio
import contextvars
import threading
import weakref
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from contextlib import AbstractAsyncContextManager
from typing import Any, Generic, TypeVar

from nbdspy.errors import UsageError
from nbdspy.runtime.stopping import POLL, check_stopped
from nbdspy.runtime.threads import start

T = TypeVar("T")


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
            UsageError: When called from async code that this portal runs itself, or where no thread can be started.
        """
        if self.is_here:
            coroutine.close()
            raise UsageError(
                "A synchronous call was made from async code, where it would wait for itself.",
                hint=f"Write `{instead}` there.",
            )
        try:
            outcome, cancel = self._begin(coroutine)
        except UsageError as error:
            coroutine.close()
            raise UsageError(error.message, hint=f"Write `{instead}`.") from error.__cause__
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
                loop = asyncio.new_event_loop()
                try:
                    self._thread = start(loop.run_forever, "portal")
                except RuntimeError as error:
                    loop.close()
                    raise UsageError(
                        "What is async has no thread to run on here: this Python starts none, as in a browser.",
                        hint="Await it.",
                    ) from error
                self._loop = loop
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
