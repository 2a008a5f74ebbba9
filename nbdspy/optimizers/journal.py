"""Where a run writes down what it did, as it does it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, Protocol


class Journal(Protocol):
    """Keeps the records of a run in order, and its replies; what cannot be kept stops the run."""

    def append(self, record: Mapping[str, Any]) -> None:
        """Keep a record of JSON-ready values."""

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Every record that was kept."""

    def find(self, key: str) -> Mapping[str, Any] | None:
        """A reply that was kept under this key."""

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep a reply."""


class MemoryJournal:
    """A journal that lasts as long as the process."""

    def __init__(self) -> None:
        self._records: list[Mapping[str, Any]] = []
        self._replies: dict[str, Mapping[str, Any]] = {}

    def append(self, record: Mapping[str, Any]) -> None:
        """Keep a record."""
        self._records.append(dict(record))

    def records(self) -> Sequence[Mapping[str, Any]]:
        """Every record that was kept."""
        return tuple(self._records)

    def find(self, key: str) -> Mapping[str, Any] | None:
        """A reply that was kept under this key."""
        return self._replies.get(key)

    def keep(self, key: str, reply: Mapping[str, Any]) -> None:
        """Keep a reply."""
        self._replies[key] = reply
