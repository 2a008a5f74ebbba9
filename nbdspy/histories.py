"""The last calls of this process in a ring, kept whether or not anybody listens, so that one can ask afterwards.

It holds what was sent and what came back as they are, and knows neither; who reads it makes them fit to be shown.
"""

from __future__ import annotations

import itertools
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable
from contextvars import ContextVar
from typing import Any, NamedTuple

LIMIT = 10_000

Owner = weakref.ref[Any]


class Kept(NamedTuple):
    """One call; its owners, whom it does not keep alive, are the model and the programs that it was made for."""

    number: int
    at: float
    request: Any
    reply: Any
    owners: tuple[Owner, ...]


def _every_one() -> int:
    return LIMIT


limit: Callable[[], int] = _every_one
"""How many calls to keep; 0 for none. The configuration replaces it, which this floor cannot ask."""

programs: ContextVar[tuple[Owner, ...]] = ContextVar("nbdspy_programs", default=())
"""The programs whose calls this code makes, the outermost first."""

_numbers = itertools.count(1)
_ring: deque[tuple[Any, ...]] = deque(maxlen=LIMIT)  # what becomes a Kept when it is asked for
_lock = threading.Lock()


def remember(model: Any, request: Any, reply: Any) -> None:
    """Keep a call that was answered."""
    most = limit()
    if most != _ring.maxlen:
        if not most:
            return
        _resize(most)
    _ring.append((next(_numbers), time.time(), request, reply, (weakref.ref(model), *programs.get())))


def recall(owner: Any = None) -> list[Kept]:
    """The calls that are kept, the oldest first: all, or those of a model or a program."""
    calls = list(map(Kept._make, _ring.copy()))
    if owner is None:
        return calls
    return [call for call in calls if any(known() is owner for known in call.owners)]


def forget(owner: Any = None) -> None:
    """Keep no longer what `recall` gives."""
    gone = {call.number for call in recall(owner)}
    with _lock:
        left = [call for call in _ring.copy() if call[0] not in gone]
        _ring.clear()
        _ring.extend(left)


def _resize(most: int) -> None:
    global _ring
    with _lock:
        _ring = deque(_ring.copy(), maxlen=most)
