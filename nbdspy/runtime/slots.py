"""`Slots`: places that several maps share, so that no more calls are out at once than were asked for."""

from __future__ import annotations

import heapq
import itertools
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

from nbdspy.runtime.stopping import POLL


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
