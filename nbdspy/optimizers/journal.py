"""Where a run writes down what it did, as it does it, and keeps the replies it got."""

from __future__ import annotations

import json
import threading
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from typing import Any, Protocol

from nbdspy.errors import UsageError, warn_caller
from nbdspy.models.messages import Reply, canonical
from nbdspy.models.redaction import redact
from nbdspy.store import Store

BEATS = "beats"  # the collection where runs say that they go on
BEAT = 5.0  # seconds between two beats
NOT_KEPT = (
    "A reply of this run holds a key, or what JSON cannot say, and is not kept: "
    "if the run is resumed, the model is asked for it again."
)
DAMAGED = "A reply that this run has kept is damaged and cannot be read: the model is asked for it again."


class Journal(Protocol):
    """Keeps the records of a run in order; what cannot be kept stops the run.

    One that is `KeptReplies` too keeps the replies of the run, so that it can be resumed.
    """

    def append(self, record: Mapping[str, Any]) -> None:
        """Keep a record of JSON-ready values."""

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Every record that was kept."""


class MemoryJournal:
    """A journal that lasts as long as the process."""

    def __init__(self) -> None:
        self._records: list[Mapping[str, Any]] = []

    def append(self, record: Mapping[str, Any]) -> None:
        """Keep a record."""
        self._records.append(dict(record))

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Every record that was kept."""
        return tuple(self._records)


class StoredJournal:
    """A journal in a store, with the replies of the run, so that the run can be resumed.

    A reply that holds a key, or what JSON cannot say, is not kept, with a warning: it would come back as another one.
    When the run is resumed the model is asked for it again.

    A run that is resumed writes down again what it did: a record that an earlier process kept is not kept twice.

    Args:
        store: Where it is kept.
        name: Of the run, and of no other in this store; one process at a time writes to it.
        beside: Done now and then, while the run is at work, and when a trial has ended.

    Raises:
        StoreError: By every method, when the store cannot be used.
        UsageError: When a record is not JSON.

    Example:
        >>> store = Store("sqlite://", redact=redact)
        >>> StoredJournal(store, "run 1").append({"kind": "phase", "phase": "bootstrap"})
        >>> StoredJournal(store, "run 1").records()
        ({'kind': 'phase', 'phase': 'bootstrap'},)
        >>> store.close()
    """

    def __init__(self, store: Store, name: str, *, beside: Callable[[], object] = lambda: None) -> None:
        self._store = store
        self._name = name
        self._beside = beside
        self._collection = f"{name} replies"
        self._lock = threading.Lock()
        self._kept: set[str] | None = None
        self._earlier: Counter[str] | None = None
        self._warned: set[str] = set()
        self._beat_at = 0.0

    def append(self, record: Mapping[str, Any]) -> None:
        """Keep a record, unless an earlier process did."""
        if not self._is_known(record):
            self._store.append(self._name, record)
        self._beat()
        if record.get("kind") == "trial":
            self._beside()

    def _is_known(self, record: Mapping[str, Any]) -> bool:
        """Whether it is one of those that earlier processes kept, each of which stands for one."""
        with self._lock:
            if self._earlier is None:
                self._earlier = Counter(canonical(redact(earlier)) for earlier in self.records())
            if not self._earlier:
                return False
            key = canonical(redact(record))
            left = self._earlier[key]
            self._earlier[key] = max(0, left - 1)
            return left > 0

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Every record that was kept, by earlier processes too."""
        return tuple(record for _, record in self._store.read(self._name))

    def find(self, key: str) -> Mapping[str, Any] | None:
        """A reply that was kept under this key; one that is damaged is forgotten, so that it is asked for again."""
        if key not in self._known():
            return None
        found: Mapping[str, Any] | None = self._store.get(self._collection, key)
        if _is_reply(found):
            return found
        self._known().discard(key)
        self._store.remove(self._collection, key)
        self._warn(DAMAGED)
        return None

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep a reply, for good when this returns, unless there is one under this key."""
        known = self._known()
        if key in known:
            return
        try:
            if not holds_key(reply):
                self._store.put_new(self._collection, key, reply)
                known.add(key)
                self._beat()
                return
        except UsageError:  # JSON cannot say it
            pass
        self._warn(NOT_KEPT)

    def _beat(self) -> None:
        """Tell other processes, now and then, that this one is at work."""
        if time.monotonic() - self._beat_at >= BEAT:
            self._beat_at = time.monotonic()
            self._store.put(BEATS, self._name, time.time())
            self._beside()

    def _known(self) -> set[str]:
        """The keys of the replies that are kept, read once: most requests of a run are new."""
        with self._lock:
            if self._kept is None:
                self._kept = set(self._store.keys(self._collection))
            return self._kept

    def _warn(self, text: str) -> None:
        with self._lock:
            if text in self._warned:
                return
            self._warned.add(text)
        warn_caller(text)


def _is_reply(value: Any) -> bool:
    """Whether a reply can be read from what is kept."""
    try:
        return all(isinstance(text, str) for text in Reply.from_dict(value).texts)
    except (AttributeError, KeyError, TypeError, ValueError):
        return False


def holds_key(reply: Mapping[str, Any]) -> bool:
    """Whether there is something in it that is never written down."""
    without = redact(reply)
    return without != reply and json.dumps(without, default=str) != json.dumps(reply, default=str)  # tuples are lists
