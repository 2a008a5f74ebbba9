"""Replies that need not be asked for again, and equal requests that share one call."""

from __future__ import annotations

import threading
from collections import OrderedDict
from concurrent.futures import Future

from nbdspy.models.messages import Reply


class ReplyCache:
    """The latest replies by request key, bounded; safe between threads.

    `claim` also makes equal requests in flight share one call: the first caller sends, the others wait for its reply.

    Example:
        >>> cache = ReplyCache(entries=100)
        >>> cache.claim("key") is None  # nobody has asked: the caller sends
        True
        >>> cache.settle("key", Reply(texts=("42",)))
        >>> cache.claim("key").text
        '42'
    """

    def __init__(self, *, entries: int = 100_000) -> None:
        self.entries = entries
        self._lock = threading.Lock()
        self._replies: OrderedDict[str, Reply] = OrderedDict()
        self._flights: dict[str, tuple[Future[Reply | None], int]] = {}

    def __len__(self) -> int:
        return len(self._replies)

    def get(self, key: str) -> Reply | None:
        """A reply that is here."""
        with self._lock:
            reply = self._replies.get(key)
            if reply is not None:
                self._replies.move_to_end(key)
            return reply

    def claim(self, key: str, *, awaits: bool = False) -> Reply | Future[Reply | None] | None:
        """A reply that is here, one that is on its way, or None when the caller is the one to send.

        What is on its way turns out None when that call failed. It is only promised to a caller that can wait for it:
        a task that was begun on the caller's own thread does not go on while the caller blocks it.

        Args:
            key: Of the request.
            awaits: Whether the caller leaves its thread to others while it waits.
        """
        thread = threading.get_ident()
        with self._lock:
            reply = self._replies.get(key)
            if reply is not None:
                self._replies.move_to_end(key)
                return reply
            if key in self._flights:
                flight, leader = self._flights[key]
                return flight if awaits or leader != thread else None
            flight = Future()
            flight.set_running_or_notify_cancel()  # so that a waiting task that is cancelled cannot cancel it for all
            self._flights[key] = flight, thread
            return None

    def settle(self, key: str, reply: Reply) -> None:
        """Keep a claimed key's reply and hand it to whoever waits."""
        with self._lock:
            self._replies[key] = reply
            while len(self._replies) > self.entries:
                self._replies.popitem(last=False)
            flight, _ = self._flights.pop(key, (None, 0))
        if flight is not None:
            flight.set_result(reply)

    def give_up(self, key: str) -> None:
        """The claimed call failed: whoever waits tries for itself."""
        with self._lock:
            flight, _ = self._flights.pop(key, (None, 0))
        if flight is not None:
            flight.set_result(None)

    def clear(self) -> None:
        """Forget every reply."""
        with self._lock:
            self._replies.clear()
