"""Where a run writes down what it did, as it does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol

from nbdspy.store import Store


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

    Args:
        store: Where it is kept.
        name: Of the run, and of no other in this store.
    """

    def __init__(self, store: Store, name: str) -> None:
        self._store = store
        self._name = name

    def append(self, record: Mapping[str, Any]) -> None:
        """Keep a record."""
        self._store.append(self._name, record)

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Every record that was kept."""
        return tuple(record for _, record in self._store.read(self._name))

    def find(self, key: str) -> Mapping[str, Any] | None:
        """A reply that was kept under this key."""
        found: Mapping[str, Any] | None = self._store.get(f"{self._name} replies", key)
        return found

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep a reply, for good when this returns."""
        self._store.put(f"{self._name} replies", key, reply)
