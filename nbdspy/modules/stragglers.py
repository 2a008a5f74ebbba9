"""Items of a map, of which the last ones are tried a second time when they take too long."""

from __future__ import annotations

import threading
import time
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from typing import Any, TypeVar

from nbdspy.models.gate import waiting_for_nobody
from nbdspy.runtime import check_stopped

T = TypeVar("T")
PAUSE = 0.05  # seconds between two looks at what is still out


@dataclass(frozen=True, slots=True)
class Try:
    """One run of an item; the second one waits for no call of the first."""

    index: int
    is_second: bool = False


class Tries:
    """The runs of some items as a map reads them: each once, and the last ones again after `timeout` seconds.

    Args:
        count: Of the items.
        timeout: Seconds; 0 never tries again.
        limit: How many items may be left for that.
        halted: Whether nothing more is to be begun.
    """

    def __init__(self, count: int, *, timeout: float, limit: int, halted: Callable[[], bool]) -> None:
        self._count = count
        self._timeout = timeout
        self._limit = limit if timeout > 0 else 0
        self._halted = halted
        self._left = set(range(count))
        self._out: Counter[int] = Counter()
        self._begun: dict[int, float] = {}
        self._lock = threading.Lock()
        self._is_over = False

    def __length_hint__(self) -> int:
        """The most runs there can be: places for the second ones must be free while the first ones hang."""
        return self._count + min(self._count, self._limit)

    @property
    def are_over(self) -> bool:
        """Whether every item has an outcome."""
        return not self._left

    def running(self, calls: Sequence[Callable[[], T]], run: Callable[[Callable[[], T]], Any]) -> Callable[[Try], Any]:
        """What the map does with a run."""

        def tried(one: Try) -> Any:
            self._begun.setdefault(one.index, time.monotonic())
            if not one.is_second:
                return run(calls[one.index])
            with waiting_for_nobody():
                return run(calls[one.index])

        return tried

    def settled(self, one: Try, *, failed: bool) -> bool:
        """Whether the end of this run is the outcome of its item: the first success, or the last failure."""
        with self._lock:
            self._out[one.index] -= 1
            if one.index not in self._left or (failed and self._out[one.index] > 0):
                return False
            self._left.discard(one.index)
            return True

    def stop(self) -> None:
        """Begin no further run."""
        self._is_over = True

    def __iter__(self) -> Iterator[Try]:
        for index in range(self._count):
            if self._is_over:
                return
            yield self._another(index)
        again = set(range(self._count)) if self._limit == 0 else set()
        while (waited_for := self._left - again) and not self._is_over and not self._halted():
            check_stopped()  # of the map that reads this
            now = time.monotonic()
            late = [index for index in waited_for if now - self._begun.get(index, now) >= self._timeout]
            if late and len(self._left) <= self._limit:
                again.add(late[0])
                yield self._another(late[0])
            else:
                time.sleep(PAUSE)

    def _another(self, index: int) -> Try:
        with self._lock:
            self._out[index] += 1
            return Try(index, is_second=index in self._begun)
