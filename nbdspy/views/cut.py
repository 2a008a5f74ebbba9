"""Long texts cut to what a card can hold, with what was cut said."""

from __future__ import annotations

from dataclasses import dataclass
from itertools import accumulate

from nbdspy import render

CELL = 160
"""Characters of a value in a table cell."""


@dataclass(frozen=True, slots=True)
class Cut:
    """As much of a text as is shown; `note` says what is missing and is empty when nothing is."""

    text: str
    note: str


def cut(text: str, limit: int) -> Cut:
    """The first `limit` characters of a text."""
    if len(text) <= limit:
        return Cut(text, "")
    return Cut(text[:limit].rstrip() + " …", f"{len(text):,} characters, the first {limit:,} shown")


def cell(value: object) -> str:
    """A value as one line for a table; an empty one says so, else its cell would look forgotten."""
    return render.short(value, CELL) or "(empty)"


class Allowance:
    """How much text the sections of one card may still show, in bytes of HTML.

    Args:
        total: For the whole card.
    """

    def __init__(self, total: int) -> None:
        self._left = total

    def take(self, text: str) -> Cut:
        """As much of a text as is left to show."""
        sizes = accumulate(len(render.escape(character).encode()) for character in render.plain(text))
        limit, used = 0, 0
        for size in sizes:
            if size > self._left:
                break
            limit, used = limit + 1, size
        self._left -= used
        return cut(render.plain(text), limit)
