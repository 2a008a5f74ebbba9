"""The one stream of things that happened; listeners watch it and change nothing.

Rooms define their own records by subclassing `Event` and say them with `emit`. With no listener `emit` and `span` are
two tests. A listener hears everything of the process (`listening`) or what one block causes (`listening_here`).
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
from types import TracebackType
from typing import Any, Self

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
    """A piece of work began; everything said inside it carries `number` as its span.

    `kind` is `"module"`, `"predict"`, `"lm"`, `"adapter_format"`, `"adapter_parse"`, `"tool"`, `"evaluate"`,
    `"compile"`, `"retrieval"`, `"embedding"` or `"interpreter_execute"`, `"interpreter_tool_call"`,
    `"interpreter_startup"`, `"interpreter_shutdown"`; `instance` is the object that works, `inputs` what it was given.
    """

    number: int
    kind: str
    name: str
    instance: Any = None
    inputs: Any = None


@dataclass(frozen=True, kw_only=True)
class SpanEnded(Event):
    """A piece of work ended, with what came out of it or the error that ended it."""

    number: int
    seconds: float
    error: BaseException | None = None
    outputs: Any = None


@dataclass(frozen=True, kw_only=True)
class Remark(Event):
    """Something did not go as asked and the work goes on, say by asking once more; who says so overrides `text`."""

    @property
    def text(self) -> str:
        """What happened, in a few words."""
        raise NotImplementedError


Listener = Callable[[Event], None]
_listeners: tuple[Listener, ...] = ()
_here: ContextVar[tuple[_Here, ...]] = ContextVar("nbdspy_listeners", default=())
_lock = threading.Lock()


def heard() -> bool:
    """Whether anybody listens; a caller may skip building a record that nobody reads."""
    return bool(_listeners or _here.get())


def emit(event: Event) -> None:
    """Tell every listener; one that raises is logged once and dropped."""
    for listener in _listeners:
        try:
            listener(event)
        except Exception:  # a listener is foreign code and must not break the call it watches
            if _dropped(listener):
                _log(listener)
    for here in _here.get():
        if not here.is_silent:
            try:
                here.listener(event)
            except Exception:  # the same
                if here.silence():
                    _log(here.listener)


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


@contextmanager
def listening_here(listener: Listener) -> Iterator[Listener]:
    """Listen to what the block causes, on whichever thread or task, and to nothing that runs beside it.

    Example:
        >>> seen = []
        >>> with listening_here(seen.append), span("module", "qa"):
        ...     pass
        >>> [type(event).__name__ for event in seen]
        ['SpanStarted', 'SpanEnded']
    """
    token = _here.set((*_here.get(), _Here(listener)))
    try:
        yield listener
    finally:
        _here.reset(token)


class _Here:
    """A listener of one block; the contexts that know of it are many, so it is silenced, not removed."""

    __slots__ = ("is_silent", "listener")

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.is_silent = False

    def silence(self) -> bool:
        """Hear no more; False when another thread, on which it failed too, already saw to it."""
        with _lock:
            before, self.is_silent = self.is_silent, True
            return not before


def _dropped(listener: Listener) -> bool:
    """Remove a listener altogether; False when another thread, on which it failed too, already did."""
    global _listeners
    with _lock:
        before = _listeners
        _listeners = tuple(other for other in before if other != listener)
        return len(_listeners) < len(before)


def _log(listener: Listener) -> None:
    """Say which listener failed, and how."""
    logger.exception("nbdspy: the listener %r failed and hears no more", listener)


def current_span() -> int | None:
    """The number of the span that this code runs in; None outside of all, and where nobody listens."""
    return _current.get()


def span(kind: str, name: str, *, instance: Any = None, inputs: Any = None, current: bool = True) -> Span:
    """Open a span around a piece of work; costs two tests when nobody listens.

    Args:
        kind: Of work; see `SpanStarted`.
        name: What people call it.
        instance: The object that works.
        inputs: What it was given.
        current: Whether what is said inside belongs to it. Not in a generator that is suspended inside: the span would
            leak to whoever reads it.
    """
    return Span(kind, name, instance, inputs, current)


class Span:
    """A piece of work as a `with` block; what is assigned to `outputs` is said at its end.

    `number` is 0 when nobody listens.
    """

    __slots__ = ("_before", "_current", "_inputs", "_instance", "_kind", "_name", "_started", "number", "outputs")

    def __init__(self, kind: str, name: str, instance: Any, inputs: Any, current: bool) -> None:
        self._kind = kind
        self._name = name
        self._instance = instance
        self._inputs = inputs
        self._current = current
        self.number = 0
        self.outputs: Any = None

    def __enter__(self) -> Self:
        if not heard():
            return self
        self.number = next(_numbers)
        self._started = time.monotonic()
        emit(
            _made(
                SpanStarted, at=self._started, span=_current.get(), number=self.number, kind=self._kind,
                name=self._name, instance=self._instance, inputs=self._inputs,
            )
        )  # fmt: skip
        if self._current:
            self._before = _current.set(self.number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.number:
            return
        if self._current:
            _current.reset(self._before)
        now = time.monotonic()
        emit(
            _made(
                SpanEnded, at=now, span=_current.get(), number=self.number, seconds=now - self._started, error=error,
                outputs=self.outputs,
            )
        )  # fmt: skip


def _made(kind: type[Event], /, **values: Any) -> Event:
    """An event by all its fields: a call opens four spans, and a frozen dataclass sets field by field."""
    event = object.__new__(kind)
    vars(event).update(values)
    return event
