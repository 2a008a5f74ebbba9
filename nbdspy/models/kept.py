"""Replies that a piece of work keeps as they come, so that the same work, begun again, finds them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from heapq import heappop, heappush
from typing import Any, Protocol, runtime_checkable

from nbdspy.models.messages import Reply, digest
from nbdspy.models.tallies import admit


@runtime_checkable
class KeptReplies(Protocol):
    """Where replies are kept; what cannot be kept stops the work."""

    def find(self, key: str) -> Mapping[str, Any] | None:
        """A reply that was kept under this key."""

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep a reply, for good when this returns."""


class _Unit:
    """A piece of work: it counts how often it asks the same.

    A request that got no reply gives its number back, so that the next one like it finds, when the work is begun again,
    what it was answered.
    """

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()
        self._free: dict[str, list[int]] = {}

    def take(self, request: str) -> int:
        """The number of one more request with this key."""
        with self._lock:
            if self._free.get(request):
                return heappop(self._free[request])
            self._asked[request] += 1
            return self._asked[request]

    def give_back(self, request: str, number: int) -> None:
        """Let the next equal request have a number again."""
        with self._lock:
            heappush(self._free.setdefault(request, []), number)

    def key(self, request: str, number: int) -> str:
        """What the reply to this request is kept under."""
        return digest(f"{self._name}\n{number}\n{request}")


_unit: ContextVar[_Unit] = ContextVar("nbdspy_unit")
_kept: ContextVar[KeptReplies | None] = ContextVar("nbdspy_kept", default=None)


@contextmanager
def keeping(replies: KeptReplies) -> Iterator[None]:
    """Keep the replies to the calls of this block, and of what it starts; those that were kept before answer first."""
    token = _kept.set(replies)
    outside = _unit.set(_Unit(""))
    try:
        yield
    finally:
        _unit.reset(outside)
        _kept.reset(token)


@contextmanager
def unit(name: str) -> Iterator[None]:
    """A block that is a piece of work of its own, so that it finds its replies whatever goes on beside it.

    Args:
        name: The same one when the work is begun again, and no other piece's.
    """
    token = _unit.set(_Unit(name))
    try:
        yield
    finally:
        _unit.reset(token)


@dataclass(frozen=True, slots=True)
class Place:
    """Where the reply to one request belongs."""

    replies: KeptReplies
    unit: _Unit
    request: str
    number: int

    def found(self) -> Reply | None:
        """The reply that was kept here. Limits take it for the call that it was, as a cassette's; nothing is spent.

        Raises:
            BudgetExceeded: When a limit is reached.
        """
        kept = self.replies.find(self.unit.key(self.request, self.number))
        if kept is None:
            return None
        reply = Reply.from_dict(kept, recorded=True)
        if not kept.get("cached"):
            admit(is_free=True)
        return replace(reply, cached=bool(kept.get("cached")))

    def keep(self, reply: Reply) -> None:
        """Keep a reply here."""
        key = self.unit.key(self.request, self.number)
        self.replies.keep(key, reply.as_dict() | ({"cached": True} if reply.cached else {}))

    def give_back(self) -> None:
        """There is no reply."""
        self.unit.give_back(self.request, self.number)


def place_of(key: Callable[[], str]) -> Place | None:
    """Where the reply to the request with this key belongs; None where nothing is kept, and no key is made."""
    replies = _kept.get()
    if replies is None:
        return None
    unit, request = _unit.get(), key()
    return Place(replies, unit, request, unit.take(request))
