"""Replies that a piece of work keeps as they come, so that the same work, begun again, finds them."""

from __future__ import annotations

import threading
from collections import Counter
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from typing import Any, Protocol, runtime_checkable

from nbdspy.models.budget import admit
from nbdspy.models.messages import Reply, digest


@runtime_checkable
class KeptReplies(Protocol):
    """Where replies are kept; what cannot be kept stops the work."""

    def find(self, key: str) -> Mapping[str, Any] | None:
        """A reply that was kept under this key."""

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep a reply, for good when this returns."""


class _Unit:
    """A piece of work: it counts how often it asks the same."""

    def __init__(self, name: str) -> None:
        self._name = name
        self._lock = threading.Lock()
        self._asked: Counter[str] = Counter()

    def key(self, request: str) -> str:
        """What the next reply to this request is kept under."""
        with self._lock:
            self._asked[request] += 1
            return digest(f"{self._name}\n{self._asked[request]}\n{request}")


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
    """Where one reply belongs."""

    replies: KeptReplies
    key: str

    def found(self) -> Reply | None:
        """The reply that was kept here. Limits take it for the call that it was, as a cassette's; nothing is spent.

        Raises:
            BudgetExceeded: When a limit is reached.
        """
        kept = self.replies.find(self.key)
        if kept is None:
            return None
        reply = Reply.from_dict(kept, recorded=True)
        if not kept.get("cached"):
            admit()
        return replace(reply, cached=bool(kept.get("cached")))

    def keep(self, reply: Reply) -> None:
        """Keep a reply here."""
        self.replies.keep(self.key, reply.as_dict() | ({"cached": True} if reply.cached else {}))


def place_of(key: Callable[[], str]) -> Place | None:
    """Where the reply to the request with this key belongs; None where nothing is kept, and no key is made."""
    replies = _kept.get()
    return None if replies is None else Place(replies, _unit.get().key(key()))
