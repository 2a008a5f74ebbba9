"""The one stream of things that happened; listeners watch it and change nothing.

Rooms define their own records by subclassing `Event` and say them with `emit`. With no listener `emit` and `span` are
two tests. A listener hears everything of the process (`listening`) or what one block causes (`listening_here`); of all
kinds of records, or of those alone that it `hears`: what nobody wants is not made.
"""

from __future__ import annotations

import itertools
import logging
import threading
import time
from collections.abc import Callable, Collection, Iterator
from contextlib import contextmanager
from contextvars import ContextVar, Token
from dataclasses import dataclass, field
from types import TracebackType
from typing import Any, Final, Self, TypeVar

logger = logging.getLogger("nbdspy")

_numbers = itertools.count(1)
_current: ContextVar[int | None] = ContextVar("nbdspy_span", default=None)


@dataclass(frozen=True, kw_only=True)
class Event:
    """Something that happened: when (seconds, monotonic clock) and inside which span, if somebody hears of spans."""

    at: float = field(default_factory=time.monotonic)
    span: int | None = field(default_factory=_current.get)


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


Listener = Callable[[Any], None]
L = TypeVar("L", bound=Callable[..., None])


def hears(*kinds: type, without: Collection[str] = ()) -> Callable[[L], L]:
    """Say of a listener which records it wants; one that says nothing is told all.

    Args:
        *kinds: Classes of events, those of their subclasses with them. `Span` is for who follows much work: instead of
            a record of its beginning and one of its end it is told of the span itself twice, and reads what it needs.
        without: Kinds of work, as in `SpanStarted`, that need no span for its sake; it hears of those of them that
            others want.

    Example:
        >>> done = []
        >>> @hears(Span, without=["lm"])
        ... def note(span):
        ...     if span.is_over:
        ...         done.append(span.name)
        >>> with listening(note), span("module", "qa"), span("lm", "smollm2"):
        ...     pass
        >>> done
        ['qa']
    """

    def marked(listener: L) -> L:
        setattr(listener, _WANTS, _Wants(kinds, frozenset(without), follows=Span in kinds))
        return listener

    return marked


class _Wants:
    """What a listener hears."""

    __slots__ = ("follows", "kinds", "without")

    def __init__(
        self, kinds: tuple[type, ...], without: frozenset[str] = frozenset(), *, follows: bool = False
    ) -> None:  # fmt: skip
        self.kinds = kinds
        self.without = without
        self.follows = follows

    def wants(self, kind: type[Event] | str) -> bool:
        """Whether it wants records of a class, or a span of a kind of work."""
        if isinstance(kind, type):
            return issubclass(kind, self.kinds)
        return kind not in self.without and self.hears_of_spans

    @property
    def hears_of_spans(self) -> bool:
        """Whether it is told of work, by spans or by their records."""
        return self.follows or self.wants(SpanStarted) or self.wants(SpanEnded)


_WANTS: Final = "hears_of"
_EVERYTHING: Final = _Wants((Event,))


class _Ear:
    """A listener in its place; the contexts that know of one are many, so it is silenced where it fails."""

    __slots__ = ("follow", "is_silent", "listener", "wants")

    def __init__(self, listener: Listener) -> None:
        self.listener = listener
        self.wants: _Wants = getattr(listener, _WANTS, _EVERYTHING)
        self.follow: Listener = listener if self.wants.follows else self._tell_records
        self.is_silent = False

    def _tell_records(self, span: Span) -> None:
        if self.wants.wants(SpanEnded if span.is_over else SpanStarted):
            self.listener(_record(span))

    def fail(self) -> None:
        """Hear no more, and say so once, on however many threads it failed."""
        global _everywhere
        with _lock:
            before, self.is_silent = self.is_silent, True
            if self in _everywhere.ears:
                _everywhere = _audience(*(ear for ear in _everywhere.ears if ear is not self))
        if not before:
            logger.exception("nbdspy: the listener %r failed and hears no more", self.listener)


class _Audience(dict[type[Event] | str, tuple[_Ear, ...]]):
    """Listeners, by the classes of records and the kinds of work that they want: a call asks for many of these."""

    __slots__ = ("ears", "followers")

    def __init__(self, ears: tuple[_Ear, ...]) -> None:
        super().__init__()
        self.ears = ears
        self.followers = tuple(ear for ear in ears if ear.wants.hears_of_spans)

    def __missing__(self, kind: type[Event] | str) -> tuple[_Ear, ...]:
        ears = self[kind] = tuple(ear for ear in self.ears if ear.wants.wants(kind))
        return ears


_nobody: Final = _Audience(())
_everywhere = _nobody
_here: ContextVar[_Audience] = ContextVar("nbdspy_listeners", default=_nobody)
_lock = threading.Lock()


def _audience(*ears: _Ear) -> _Audience:
    return _Audience(ears) if ears else _nobody


def heard(kind: type[Event] | str | None = None) -> bool:
    """Whether anybody listens; a caller may skip building a record that nobody reads.

    Args:
        kind: The class of a record, or the kind of a piece of work; by default any.
    """
    here, everywhere = _here.get(), _everywhere
    if here is _nobody and everywhere is _nobody:
        return False
    return kind is None or bool(everywhere[kind] or here[kind])


def emit(event: Event) -> None:
    """Tell every listener that wants it; one that raises is logged once and dropped."""
    kind, everywhere = type(event), _everywhere
    for ear in everywhere[kind] + _here.get()[kind]:
        if not ear.is_silent:
            try:
                ear.listener(event)
            except Exception:  # a listener is foreign code and must not break the call it watches
                ear.fail()


def subscribe(listener: Listener) -> Listener:
    """Add a listener; it is called on whichever thread the event happens, and must be quick."""
    global _everywhere
    with _lock:
        _everywhere = _audience(*_everywhere.ears, _Ear(listener))
    return listener


def unsubscribe(listener: Listener) -> None:
    """Undo one `subscribe`; removing a listener that is not there does nothing."""
    global _everywhere
    with _lock:
        ears = _everywhere.ears
        for place, ear in enumerate(ears):
            if ear.listener == listener:  # equal, not identical: a bound method is a new object each time
                _everywhere = _audience(*ears[:place], *ears[place + 1 :])
                return


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
    token = _here.set(_audience(*_here.get().ears, _Ear(listener)))
    try:
        yield listener
    finally:
        _here.reset(token)


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

    Who `hears` of spans may keep it as the only record of the work, and changes nothing in it. `number` is 0 when
    nobody listens; `around` is that of the span around it, `at` when it began (seconds, monotonic clock), `seconds` how
    long it took, None while it goes on.
    """

    __slots__ = (
        "_before", "_current", "around", "at", "error", "inputs", "instance", "kind", "name", "number", "outputs",
        "seconds",
    )  # fmt: skip
    around: int | None
    at: float
    _before: Token[int | None] | None

    def __init__(self, kind: str, name: str, instance: Any, inputs: Any, current: bool) -> None:
        self.kind = kind
        self.name = name
        self.instance = instance
        self.inputs = inputs
        self._current = current
        self.number = 0
        self.outputs: Any = None
        self.error: BaseException | None = None
        self.seconds: float | None = None

    @property
    def is_over(self) -> bool:
        """Whether it has ended."""
        return self.seconds is not None

    def __enter__(self) -> Self:
        here, everywhere = _here.get(), _everywhere
        if here is _nobody and everywhere is _nobody:
            return self
        if not (everywhere[self.kind] or here[self.kind]):
            return self
        self.number = next(_numbers)
        self.around = _current.get()
        self.at = time.monotonic()
        self._tell(everywhere.followers + here.followers)
        if self._current:
            self._before = _current.set(self.number)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if not self.number:
            return
        if self._current and self._before is not None:
            _current.reset(self._before)
            self._before = None  # it would keep its whole context alive
        self.error = error
        self.seconds = time.monotonic() - self.at
        self._tell(_everywhere.followers + _here.get().followers)

    def _tell(self, ears: tuple[_Ear, ...]) -> None:
        for ear in ears:
            if not ear.is_silent:
                try:
                    ear.follow(self)
                except Exception:  # a listener is foreign code and must not break the call it watches
                    ear.fail()


def _record(span: Span) -> Event:
    """The record of the beginning of a span, or of its end once that has come."""
    if span.seconds is None:
        return _made(
            SpanStarted, at=span.at, span=span.around, number=span.number, kind=span.kind, name=span.name,
            instance=span.instance, inputs=span.inputs,
        )  # fmt: skip
    return _made(
        SpanEnded, at=span.at + span.seconds, span=span.around, number=span.number, seconds=span.seconds,
        error=span.error, outputs=span.outputs,
    )  # fmt: skip


def _made(kind: type[Event], /, **values: Any) -> Event:
    """An event by all its fields: a call opens several spans, and a frozen dataclass sets field by field."""
    event = object.__new__(kind)
    vars(event).update(values)
    return event
