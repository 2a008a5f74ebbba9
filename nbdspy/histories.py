"""The last calls of this process in a ring, kept whether or not anybody listens, so that one can ask afterwards.

It holds what was sent and what came back as they are, and knows neither; who reads it makes them fit to be shown.
"""

from __future__ import annotations

import itertools
import os
import threading
import time
import weakref
from collections import deque
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from contextvars import ContextVar
from typing import Any, NamedTuple

LIMIT = 10_000
BYTES = 200_000_000  # of all calls together, however few: those with images are long

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
"""How many calls to keep; 0 for none here. The configuration replaces it, which this floor cannot ask."""

programs: ContextVar[tuple[Owner, ...]] = ContextVar("nbdspy_programs", default=())
"""The programs whose calls this code makes, the outermost first."""


class _Block(NamedTuple):
    """The calls of a block that keeps fewer."""

    limit: int
    entries: deque[tuple[Any, ...]]


_block: ContextVar[_Block | None] = ContextVar("nbdspy_history_block", default=None)
_noted: ContextVar[list[int] | None] = ContextVar("nbdspy_noted_calls", default=None)
_numbers = itertools.count(1)
_ring: deque[tuple[Any, ...]] = deque()  # what becomes a Kept when it is asked for, and its size
_held = 0
_lock = threading.Lock()


def remember(model: Any, request: Any, reply: Any, size: int = 0) -> None:
    """Keep a call that was answered.

    Args:
        model: Whom it was made to.
        request: What was sent.
        reply: What came back.
        size: About the bytes of both.
    """
    most, block = limit(), _block.get()
    if not most or (block is not None and not block.limit):
        return
    entry = (next(_numbers), time.time(), request, reply, (weakref.ref(model), *programs.get()), size)
    if (noted := _noted.get()) is not None:
        noted.append(entry[0])
    with _lock:
        _append(entry)
        if block is not None:
            block.entries.append(entry)
            if len(block.entries) > block.limit:
                _drop(block.entries.popleft())
        _shorten(most)


@contextmanager
def at_most(calls: int) -> Iterator[None]:
    """Of what is remembered in this block, keep the last ones only; what was there before stays."""
    token = _block.set(_Block(calls, deque()))
    try:
        yield
    finally:
        _block.reset(token)


@contextmanager
def noting() -> Iterator[list[int]]:
    """The numbers of the calls that the block makes, as they are kept: whoever wants to find them again notes these.

    Those of a block inside are the outer one's too, once it has ended.
    """
    noted: list[int] = []
    around = _noted.get()
    token = _noted.set(noted)
    try:
        yield noted
    finally:
        _noted.reset(token)
        if around is not None:
            around.extend(noted)


def trim(most: int) -> None:
    """Keep the last ones of all."""
    with _lock:
        _shorten(most)


def recall(owner: Any = None) -> list[Kept]:
    """The calls that are kept, the oldest first: all, or those of a model or a program."""
    calls = [Kept._make(entry[:-1]) for entry in _ring.copy()]
    if owner is None:
        return calls
    return [call for call in calls if any(known() is owner for known in call.owners)]


def forget(owner: Any = None) -> None:
    """Keep no longer what `recall` gives."""
    global _held
    gone = {call.number for call in recall(owner)}
    with _lock:
        left = [entry for entry in _ring if entry[0] not in gone]
        _ring.clear()
        _held = 0
        for entry in left:
            _append(entry)


def _append(entry: tuple[Any, ...]) -> None:
    global _held
    _ring.append(entry)
    _held += entry[-1]


def _drop(entry: tuple[Any, ...]) -> None:
    global _held
    with suppress(ValueError):  # gone already
        _ring.remove(entry)
        _held -= entry[-1]


def _shorten(most: int) -> None:
    global _held
    while _ring and (len(_ring) > most or _held > BYTES):
        _held -= _ring.popleft()[-1]


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_lock.acquire, after_in_parent=_lock.release, after_in_child=_lock.release)
