"""Replies that need not be asked for again, in memory and on disk, and equal requests that share one call."""

from __future__ import annotations

import os
import sys
import threading
import weakref
from collections import OrderedDict
from collections.abc import Sequence
from concurrent.futures import Future
from dataclasses import dataclass, replace
from os import PathLike
from pathlib import Path
from typing import Any

from nbdspy import render
from nbdspy.absent import Absent
from nbdspy.errors import UsageError
from nbdspy.models.disk_cache import DISK_BYTES, DiskCache
from nbdspy.models.messages import Reply

ENTRIES = 100_000
MEMORY_BYTES = 256_000_000  # however few the replies are: those of embedders are long


@dataclass(frozen=True, slots=True, kw_only=True)
class CacheStats:
    """How many replies are kept, and how often one was found since the process began."""

    memory: int
    disk: int
    disk_bytes: int
    memory_hits: int
    disk_hits: int
    misses: int


@dataclass(frozen=True, slots=True)
class _Flight:
    """A call that is out: who claimed it, on which thread, and what the others wait for."""

    by: object
    thread: int
    reply: Future[Reply | None]


class ReplyCache:
    """The latest replies by request key, bounded; safe between threads, and across forks.

    What memory does not hold is looked up on disk, where there is a disk tier and the model's replies are durable.
    `claim` also makes equal requests in flight share one call: the first caller sends, the others wait for its reply.

    Example:
        >>> cache = ReplyCache(entries=100)
        >>> cache.claim("key") is None  # nobody has asked: the caller sends
        True
        >>> cache.settle("key", Reply(texts=("42",)))
        >>> cache.claim("key").text
        '42'
    """

    def __init__(self, *, entries: int = ENTRIES, size: int = MEMORY_BYTES, disk: DiskCache | None = None) -> None:
        self.entries = entries
        self.size = size
        self.disk = disk
        self._lock = threading.Lock()
        self._replies: OrderedDict[str, tuple[Reply, int]] = OrderedDict()  # each with its size
        self._held = 0
        self._flights: dict[str, _Flight] = {}
        self._found = {"memory": 0, "disk": 0, "nowhere": 0}
        _caches.add(self)

    def __len__(self) -> int:
        """How many replies are in memory."""
        return len(self._replies)

    def __repr__(self) -> str:
        return f"ReplyCache({self.told()})"

    @property
    def is_on(self) -> bool:
        """Whether any reply is kept at all."""
        return self.entries > 0 or self.disk is not None

    def get(self, key: str, *, durable: bool = False) -> Reply | None:
        """A reply that is here."""
        with self._lock:
            reply = self._remembered(key)
        if reply is None and durable and (reply := self._read(key)) is not None:
            with self._lock:
                self._remember(key, reply)
        return reply

    def claim(
        self, key: str, *, by: object = None, awaits: bool = False, durable: bool = False
    ) -> Reply | Future[Reply | None] | None:  # fmt: skip
        """A reply that is here, one that is on its way, or None when the caller is the one to send.

        What is on its way turns out None when that call failed. It is only promised to a caller that can wait for it:
        a task that was begun on the caller's own thread does not go on while the caller blocks it.

        Args:
            key: Of the request.
            by: Who claims; nobody else can settle what it claimed, or give it up.
            awaits: Whether the caller leaves its thread to others while it waits.
            durable: Whether to look on disk, too.
        """
        stored = self._claimed(key, by, awaits, sends=not durable)
        if stored is not None or not durable:
            return stored
        reply = self._read(key)  # with no lock held: some will look in vain together, but only one of them sends
        if reply is None:
            return self._claimed(key, by, awaits, sends=True)
        with self._lock:
            self._remember(key, reply)
        return reply

    def settle(self, key: str, reply: Reply, *, by: object = None, durable: bool = False) -> None:
        """Keep a key's reply and hand it to whoever waits for the one that claimed it."""
        with self._lock:
            self._remember(key, reply)
            flight = self._landed(key, by)
        if flight is not None:
            flight.set_result(reply)
        if durable and self.disk is not None:
            self.disk.put(key, reply)

    def give_up(self, key: str, *, by: object = None) -> None:
        """The claimed call failed: whoever waits tries for itself."""
        with self._lock:
            flight = self._landed(key, by)
        if flight is not None:
            flight.set_result(None)

    def clear(self, *, disk: bool = True) -> None:
        """Forget every reply; those on disk too, unless they are to stay."""
        with self._lock:
            self._replies.clear()
            self._held = 0
        if disk and self.disk is not None:
            self.disk.clear()

    def reset_memory_cache(self) -> None:
        """Forget the replies in memory; DSPy's name for `clear(disk=False)`."""
        self.clear(disk=False)

    put = Absent("is left out: the cache keeps replies to our own requests. Keep other things by functools.cache.")
    cache_key = Absent("is left out: the cache makes the keys of its own requests. Use functools.cache.")
    save_memory_cache = Absent("is left out: it writes a pickle. The disk tier keeps replies by itself.")
    load_memory_cache = Absent("is left out: it reads a pickle. The disk tier finds replies by itself.")

    def stats(self) -> CacheStats:
        """What is kept and how often it helped."""
        count, size = (0, 0) if self.disk is None else self.disk.measure()
        with self._lock:
            found = dict(self._found)
        return CacheStats(
            memory=len(self), disk=count, disk_bytes=size, memory_hits=found["memory"], disk_hits=found["disk"],
            misses=found["nowhere"],
        )  # fmt: skip

    def told(self) -> str:
        """What is kept, in words."""
        stats = self.stats()
        disk = "none on disk" if self.disk is None else f"{stats.disk:,} on disk ({render.size(stats.disk_bytes)})"
        return f"{stats.memory:,} replies in memory, {disk}"

    def resize(self, entries: int) -> None:
        """Keep at most so many replies in memory from now on."""
        with self._lock:
            self.entries = entries
            self._shrink()

    def _claimed(self, key: str, by: object, awaits: bool, *, sends: bool) -> Reply | Future[Reply | None] | None:
        """What is in memory or on its way; else the caller has the key from now on, if it is the one that sends."""
        thread = threading.get_ident()
        with self._lock:
            reply = self._remembered(key)
            if reply is not None:
                return reply
            if key in self._flights:
                flight = self._flights[key]
                return flight.reply if awaits or flight.thread != thread else None
            if sends:
                self._flights[key] = flight = _Flight(by, thread, Future())
                flight.reply.set_running_or_notify_cancel()  # so one who stops waiting cannot cancel it for all
                self._found["nowhere"] += 1
            return None

    def _landed(self, key: str, by: object) -> Future[Reply | None] | None:
        """What the others wait for, if it is this caller that they wait for; it is on its way no longer."""
        flight = self._flights.get(key)
        if flight is None or flight.by is not by:
            return None
        return self._flights.pop(key).reply

    def _read(self, key: str) -> Reply | None:
        reply = None if self.disk is None else self.disk.get(key)
        if reply is not None:
            with self._lock:
                self._found["disk"] += 1
        return reply

    def _remembered(self, key: str) -> Reply | None:
        found = self._replies.get(key)
        if found is None:
            return None
        self._replies.move_to_end(key)
        self._found["memory"] += 1
        return found[0]

    def _remember(self, key: str, reply: Reply) -> None:
        if not reply.cached:
            reply = replace(reply, cached=True, seconds=0.0)  # as it is when it is found
        _, before = self._replies.pop(key, (None, 0))
        size = _size(reply)
        self._replies[key] = reply, size
        self._held += size - before
        self._shrink()

    def _shrink(self) -> None:
        while len(self._replies) > self.entries or self._held > self.size:
            _, (_, size) = self._replies.popitem(last=False)
            self._held -= size


def _size(reply: Reply) -> int:
    """About how much a reply takes in memory."""
    size = sum(map(len, reply.texts))
    for extra in reply.extras:
        size += len(extra.reasoning)
        for more in (extra.tool_calls, extra.logprobs, extra.citations):
            if more:
                size += _taken(more)
    return size


def _taken(value: Any) -> int:
    """The bytes of a JSON-ready value, without the names in it, which it shares with others."""
    size = sys.getsizeof(value)
    if isinstance(value, dict):
        return size + sum(map(_taken, value.values()))
    return size + sum(map(_taken, value)) if isinstance(value, list | tuple) else size


_caches: weakref.WeakSet[ReplyCache] = weakref.WeakSet()
_paused: list[ReplyCache] = []


def _before_fork() -> None:
    """No thread is inside a cache while the process is copied, and no open database is copied with it."""
    _paused[:] = _caches
    for cache in _paused:
        cache._lock.acquire()
        if cache.disk is not None:
            cache.disk.pause()


def _after_fork() -> None:
    for cache in _paused:
        if cache.disk is not None:
            cache.disk.go_on()
        cache._lock.release()
    _paused.clear()


def _after_fork_in_child() -> None:
    for cache in _paused:
        cache._flights.clear()  # whoever sends them is not in this process
    _after_fork()


if hasattr(os, "register_at_fork"):
    os.register_at_fork(before=_before_fork, after_in_parent=_after_fork, after_in_child=_after_fork_in_child)

replies = ReplyCache(disk=DiskCache())
"""The process's own cache, which is `nbdspy.cache`; nothing is opened before the first reply that may be kept."""


def configure_cache(
    enable_disk_cache: bool = True, enable_memory_cache: bool = True,
    disk_cache_dir: str | PathLike[str] | None = None, disk_size_limit_bytes: int = DISK_BYTES,
    memory_max_entries: int = ENTRIES, restrict_pickle: bool = True, safe_types: Sequence[type] | None = None,
) -> None:  # fmt: skip
    """Say where replies are kept, and how many; what is not said goes back to its default.

    A single model goes without by `LM(..., cache=False)`, and those of classes that users write always do. On disk are
    the replies of providers and of models on this machine, not those of fakes: their code may be another one tomorrow.

    Args:
        enable_disk_cache: Keep replies for later processes, too.
        enable_memory_cache: Keep replies of this process at hand.
        disk_cache_dir: The folder; by default that of `NBDSPY_CACHE_DIR`, or one in the user's cache folder.
        disk_size_limit_bytes: Of the file; what was not used for longest goes first.
        memory_max_entries: Replies in memory.
        restrict_pickle: As DSPy's programs say it, and like `safe_types` without effect: nothing here is a pickle.
        safe_types: See `restrict_pickle`.

    Raises:
        UsageError: When a limit is not a whole number of at least 1.

    Example:
        >>> configure_cache(enable_disk_cache=False, memory_max_entries=1_000)
        >>> replies.disk is None
        True
        >>> configure_cache()
    """
    for name, limit in (("disk_size_limit_bytes", disk_size_limit_bytes), ("memory_max_entries", memory_max_entries)):
        if not isinstance(limit, int | float) or limit < 1:
            raise UsageError(f"{name} cannot be {limit!r}.", hint="Give a whole number, at least 1.")
    before = replies.disk
    folder = None if disk_cache_dir is None else Path(disk_cache_dir).expanduser()
    replies.disk = DiskCache(folder, limit=int(disk_size_limit_bytes)) if enable_disk_cache else None
    if before is not None:
        before.close()
    replies.resize(int(memory_max_entries) if enable_memory_cache else 0)
