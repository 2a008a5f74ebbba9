"""The one stream of things that happened; listeners watch it and change nothing.

Rooms define their own records by subclassing `Event` and say them with `emit`. With no listener `emit` is one test.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, field

logger = logging.getLogger("nbdspy")

_numbers = itertools.count(1)
_current: ContextVar[int | None] = ContextVar("nbdspy_span", default=None)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: when (seconds, monotonic clock) and inside which span."""

    at: float = field(default_factory=time.monotonic)
    span: int | None = field(default_factory=lambda: _current.get())


@dataclass(frozen=True, kw_only=True)
class SpanStarted(Event):
    """A piece of work began; everything said inside it carries `number` as its span."""

    number: int
    kind: str
    name: str


@dataclass(frozen=True, kw_only=True)
class SpanEnded(Event):
    """A piece of work ended, with the error that ended it, if any."""

    number: int
    seconds: float
    error: BaseException | None = None


Listener = Callable[[Event], None]
_listeners: tuple[Listener, ...] = ()
_lock = threading.Lock()


def heard() -> bool:
    """Whether anybody listens; a caller may skip building a record that nobody reads."""
    return bool(_listeners)


def emit(event: Event) -> None:
    """Tell every listener; one that raises is logged once and dropped."""
    for listener in _listeners:
        try:
            listener(event)
        except Exception:  # a listener is foreign code and must not break the call it watches
            if _dropped(listener):
                logger.exception("nbdspy: the listener %r failed and hears no more", listener)


def subscribe(listener: Listener) -> Listener:
    """Add a listener; it is called on whichever thread the event happens, and must be quick."""
    global _listeners
    with _lock:
        _listeners = (*_listeners, listener)
    return listener


def unsubscribe(listener: Listener) -> None:
    """Undo one `subscribe`; removing a listener that is not there does nothing."""
    global _listeners
    with _lock:
        if listener in _listeners:  # equal, not identical: a bound method is a new object each time
            place = _listeners.index(listener)
            _listeners = _listeners[:place] + _listeners[place + 1 :]


@contextmanager
def listening(listener: Listener) -> Iterator[Listener]:
    """Listen while the block runs.

    Example:
        >>> seen = []
        >>> with listening(seen.append):
        ...     emit(SpanStarted(number=1, kind="module", name="qa"))
        >>> seen[0].name
        'qa'
    """
    subscribe(listener)
    try:
        yield listener
    finally:
        unsubscribe(listener)


def _dropped(listener: Listener) -> bool:
    """Remove a listener altogether; False when another thread, on which it failed too, already did."""
    global _listeners
    with _lock:
        before = _listeners
        _listeners = tuple(other for other in before if other != listener)
        return len(_listeners) < len(before)


@contextmanager
def span(kind: str, name: str) -> Iterator[int]:
    """Open a span around a piece of work; costs one test when nobody listens."""
    if not _listeners:
        yield 0
        return
    number = next(_numbers)
    started = time.monotonic()
    emit(SpanStarted(number=number, kind=kind, name=name))
    token = _current.set(number)
    error: BaseException | None = None
    try:
        yield number
    except BaseException as caught:
        error = caught
        raise
    finally:
        _current.reset(token)
        emit(SpanEnded(number=number, seconds=time.monotonic() - started, error=error))
