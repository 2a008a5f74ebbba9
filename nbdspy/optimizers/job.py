"""`Job`: work that is begun here or in the background, and watched, paused, stopped and waited for from any thread."""

from __future__ import annotations

import time
from collections.abc import Callable
from concurrent.futures import Future
from contextvars import copy_context
from typing import Generic, Literal, TypeVar

from nbdspy import events
from nbdspy.errors import UsageError, described
from nbdspy.models import Budget
from nbdspy.optimizers.progress import Steered
from nbdspy.runtime import Slots, begin, leaving, settle

R = TypeVar("R")

State = Literal["ready", "running", "paused", "stopping", "done", "stopped", "failed"]


class Job(Generic[R]):
    """What steers work that takes long; all of it may be called from any thread.

    Args:
        slots: The places that its calls take; while they are paused, none is started.
        budget: Its limit of time does not count a pause.
    """

    def __init__(self, slots: Slots, budget: Budget) -> None:
        self.slots = slots
        self.budget = budget
        self.stopped: str | None = None
        self._started = time.perf_counter()
        self._ended: float | None = None
        self._outcome: Future[R] | None = None
        self._background: Future[R] | None = None
        self._context = copy_context()

    def stop(self, why: str = "You stopped it.") -> None:
        """End after the calls that are out; the best so far is kept."""
        if not self.is_done:
            self.stopped = self.stopped or why
            self._tell(Steered(run=self))

    def halted(self) -> bool:
        """Whether the run was told to end."""
        return self.stopped is not None

    def pause(self) -> None:
        """Start no further calls until `resume`; those that are out end. A limit of time does not count the pause.

        Raises:
            UsageError: When the work has ended.
        """
        self._check_goes_on("paused")
        self.slots.pause()
        self.budget.pause()
        self._tell(Steered(run=self))

    def resume(self) -> None:
        """Go on after `pause`.

        Raises:
            UsageError: When the work has ended.
        """
        self._check_goes_on("resumed")
        self.budget.resume()
        self.slots.resume()
        self._tell(Steered(run=self))

    def _check_goes_on(self, wanted: str) -> None:
        if self.is_done:
            raise UsageError(
                f"This run cannot be {wanted}: it has ended and is {self.state}.",
                hint="One that ended early goes on by compiling again with resume=True (--resume).",
            )

    def _tell(self, event: events.Event) -> None:
        """Say it where the work is heard, on whatever thread it happens."""
        self._context.copy().run(events.emit, event)

    def go(self, work: Callable[[], R]) -> R:
        """Do the work here, and remember what came of it."""
        self._context = copy_context()
        self._outcome = Future()
        return self._settled(self._outcome, work)

    def begin(self, work: Callable[[], R]) -> None:
        """Do the work in the background, in a copy of this context; it is stopped when Python ends."""
        self._context = copy_context()
        outcome = self._outcome = Future()
        self._background = begin(lambda: self._settled(outcome, work))
        leaving.add(self._background, lambda: self.stop("Python ended."))

    def _settled(self, outcome: Future[R], work: Callable[[], R]) -> R:
        def timed() -> R:
            try:
                return work()
            finally:
                self._ended = time.perf_counter()

        settle(outcome, timed)  # which also calls those that want to be told
        return outcome.result()

    def when_done(self, tell: Callable[[], object]) -> None:
        """Call a function once the work has ended, on the thread that did it and before `wait` returns.

        It is called at once when the work has ended already.
        """
        assert self._outcome is not None
        self._outcome.add_done_callback(lambda _: tell())

    @property
    def is_done(self) -> bool:
        """Whether the work has ended."""
        return self._outcome is not None and self._outcome.done()

    @property
    def error(self) -> BaseException | None:
        """What ended the work, when that was an error or an interrupt."""
        return self._outcome.exception() if self._outcome is not None and self._outcome.done() else None

    @property
    def state(self) -> State:
        """Where it is: `"stopped"` is one that ended early and kept its best, `"failed"` one that an error ended."""
        if self._outcome is None:
            return "ready"
        if not self._outcome.done():
            return "stopping" if self.halted() else "paused" if self.slots.is_paused else "running"
        if isinstance(self.error, Exception):
            return "failed"
        return "stopped" if self.stopped or self.error else "done"

    @property
    def why(self) -> str:
        """What ended it early, or is about to: an error, or who stopped it; empty where nothing did."""
        if self.state == "failed" and self.error is not None:
            return described(self.error)
        return self.stopped or ""

    @property
    def seconds(self) -> float:
        """How long it has been going, or went."""
        return (self._ended or time.perf_counter()) - self._started

    def wait(self, timeout: float | None = None) -> R:
        """Wait for the work to end and return what it found; an interrupt ends only the wait.

        Args:
            timeout: Seconds to wait at most.

        Raises:
            TimeoutError: When it is not done by then.
            Exception: What the work raised; its `result` holds the best so far.
        """
        if self._outcome is None:
            raise UsageError("This run has not begun.", hint="Begin one: nbdspy.start(...).")
        outcome = self._background or self._outcome
        try:
            return outcome.result(timeout)
        except TimeoutError:
            if outcome.done():  # then it was the work's own, or it ended at this moment
                return outcome.result()
            raise TimeoutError(
                f"After {timeout:g} s it still goes on: {self!r}. Wait again, or stop() it for the best so far."
            ) from None

    @property
    def outcome(self) -> R | None:
        """What the work returned; None while it goes on, and when it raised."""
        if self._outcome is None or not self._outcome.done() or self._outcome.exception() is not None:
            return None
        return self._outcome.result()
