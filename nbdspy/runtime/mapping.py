"""Mapping over threads: items side by side, each told as it finishes, and an interrupt that loses none that is out."""

from __future__ import annotations

import contextvars
import operator
import queue
import threading
import time
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass
from typing import Generic, TypeVar

from nbdspy.runtime.slots import Slots
from nbdspy.runtime.stopping import left_off, mapped, stopped
from nbdspy.runtime.threads import start

T = TypeVar("T")
R = TypeVar("R")

GRACE = 10.0
"""Seconds that an interrupted map waits for the calls that are already out. A second interrupt does not wait."""


@dataclass(frozen=True, slots=True)
class Done(Generic[T, R]):
    """One finished item of a map: its result, or the error that ended it."""

    index: int
    item: T
    result: R | None
    error: Exception | None
    seconds: float


def map_threads(
    function: Callable[[T], R], items: Iterable[T], *, threads: int, halted: Callable[[], bool] = lambda: False,
    slots: Slots | None = None, rank: int = 0,
) -> Iterator[Done[T, R]]:  # fmt: skip
    """Apply a function to items side by side; yield each as it finishes, on the caller's thread.

    Every item runs in a copy of the caller's context. Each map has threads of its own, so maps inside maps cannot wait
    for each other's places; with one place, or one item, the caller's thread does the work, and also where no thread
    can be started, as in a browser. The cost of an item does not depend on how many there are.

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
        self._outer = stopped.get()
        self._lock = threading.Lock()
        self._context = contextvars.copy_context()
        self._context.run(stopped.set, self._stopped)  # heard by the maps inside
        self._context.run(mapped.set, True)

    def here(self) -> Iterator[Done[T, R]]:
        """Do the items one after another on this thread."""
        done: Done[T, R] | None
        while done := next(self._in_turn(), None):  # the place is given back before anybody looks at what was done
            yield done
        if self._outer():
            raise left_off()

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
            except RuntimeError:  # no thread more can be started: those that there are do all the work
                running -= 1
            except KeyboardInterrupt as pressed:
                interrupt, deadline = self._interrupted(pressed)
            if not running and interrupt is None:
                yield from self.here()
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
                raise interrupt or left_off()
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
