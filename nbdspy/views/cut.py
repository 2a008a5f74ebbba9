"""Long texts cut to what a card can hold, with what was cut said."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate, takewhile

from nbdspy import render
from nbdspy.views import safe

CELL = 160
"""Characters of a value in a table cell."""


@dataclass(frozen=True, slots=True)
class Cut:
    """As much of a text as is shown: `shown` characters; `note` says what is missing and is empty when nothing is."""

    text: str
    note: str
    shown: int


def cut(text: str, limit: int) -> Cut:
    """The first `limit` characters of a text."""
    text = safe.plain(text)
    if len(text) <= limit:
        return Cut(text, "", len(text))
    return Cut(text[:limit].rstrip() + " …", f"{len(text):,} characters, the first {limit:,} shown", limit)


def cell(value: object) -> str:
    """A value as one line for a table; an empty one says so, else its cell would look forgotten."""
    return safe.short(value, CELL) or "(empty)"


class Allowance:
    """How much text the sections of one card may still show, in bytes of HTML.

    Args:
        total: For the whole card.
    """

    def __init__(self, total: int) -> None:
        self._left = total

    @property
    def is_used_up(self) -> bool:
        """Whether nothing more can be shown."""
        return self._left <= 0

    def spend(self, size: int) -> None:
        """Count what frames a text: of many short ones the frames are most of a card."""
        self._left = max(0, self._left - size)

    def take(self, text: str) -> Cut:
        """As much of a text as is left to show."""
        text = safe.plain(text)
        size = _size(text)
        if size <= self._left:
            self._left -= size
            return Cut(text, "", len(text))
        sizes = accumulate(_size(character) for character in text)
        limit = sum(1 for _ in takewhile(lambda used: used <= self._left, sizes))
        self._left = 0
        return cut(text, limit)


def _size(text: str) -> int:
    return len(render.escape(text).encode())
