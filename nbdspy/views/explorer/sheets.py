"""Tables and texts as JSON, as much of them as there is room for."""

from __future__ import annotations

import json
import math
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import Any, Final

from nbdspy.views import figures, safe

LONGEST: Final = 4_000
"""Characters of one text."""
SHORTEST: Final = 40
"""Characters, less of which are not worth a cut."""
FRAME: Final = 100
"""Bytes of a table without lines."""

Cell = str | int | float | bool | None


@dataclass
class Line:
    """One line of a table; `parts` are what can be read of it."""

    cells: list[Any]
    parts: list[list[Any]] = field(default_factory=list)


@dataclass
class Table:
    """Lines under columns; those that found no room are only counted."""

    name: str
    columns: Sequence[str]
    lines: list[Line] = field(default_factory=list)
    left_out: int = 0

    def as_json(self) -> dict[str, Any]:
        """The table as `nbdspy.views.explorer` describes it."""
        has_parts = any(line.parts for line in self.lines)
        cells = [[*line.cells, *([line.parts or None] if has_parts else [])] for line in self.lines]
        return {
            "name": self.name,
            "columns": [*self.columns, *(["parts"] if has_parts else [])],
            "lines": "\n".join(_line(_without_end(each)) for each in cells),
            "left_out": self.left_out,
        }


class Sheets:
    """Tables that share their texts, each of which stands there once.

    Args:
        room: Bytes that all of it may take in a notebook.

    Example:
        >>> sheets = Sheets(1_000)
        >>> line = sheets.line(sheets.table("rows", ["row", "verdict"]), [0, "right"])
        >>> sheets.tell(line, "reply", "It is 42.")
        >>> print(sheets.as_json("Answers")["tables"][0]["lines"])
        [0,"right",[["reply",0]]]
    """

    def __init__(self, room: int) -> None:
        self.tables: list[Table] = []
        self.room = room  # that is left
        self._texts: list[str | tuple[str, int]] = []
        self._places: dict[str, int] = {}

    def table(self, name: str, columns: Sequence[str]) -> Table:
        """One more table."""
        self.tables.append(Table(name, columns))
        self.room -= FRAME + _size(list(columns))
        return self.tables[-1]

    def line(self, table: Table, cells: Sequence[Cell], *, reserve: float = 0.0) -> Line | None:
        """One more line, if there is room for it.

        Args:
            table: Of these sheets.
            cells: One for each column.
            reserve: Bytes that are kept for texts.
        """
        line = Line([_cell(each) for each in cells])
        size = _size(_without_end(line.cells))
        if table.left_out or size > self.room - reserve:
            table.left_out += 1
            return None
        self.room -= size
        table.lines.append(line)
        return line

    def tell(self, line: Line | None, label: str, value: object) -> None:
        """Let a text be read in a line, as far as there is room for it."""
        text, label = safe.plain(value), safe.short(label, 60)
        if line is None or not text:
            return
        place = self._places.get(text)
        size = _size([label, 100])
        if place is None:
            shown: str | tuple[str, int] = text if len(text) <= LONGEST else (text[:LONGEST].rstrip() + " …", len(text))
            if size + _size(shown) > self.room:
                limit = (self.room - size) // 2
                if limit < SHORTEST:
                    return
                shown = text[:limit].rstrip() + " …", len(text)
                if size + _size(shown) > self.room:
                    return
            size += _size(shown)
            place = self._places[text] = len(self._texts)
            self._texts.append(shown)
        if size <= self.room:
            self.room -= size
            line.parts.append([label, place])

    def as_json(self, title: str, facts: Sequence[str] = ()) -> dict[str, Any]:
        """All of it as `nbdspy.views.explorer` describes it."""
        return {
            "version": 1,
            "title": safe.short(title, 120),
            "facts": [safe.short(fact, 80) for fact in facts],
            "tables": [table.as_json() for table in self.tables if table.lines],
            "texts": "\n".join(_line(text) for text in self._texts),
        }


def number(value: float, say: Callable[[float], str], digits: int = 4) -> float | None:
    """A number as a cell; nothing of one that JSON has not.

    Args:
        value: The number.
        say: What a card says of it. What is kept says the same, with as many more digits as that takes.
        digits: Decimals that are kept of any number.

    Example:
        >>> number(2 / 3, figures.percent), number(0.69499999, figures.percent)
        (0.6667, 0.69499999)
    """
    if not math.isfinite(value):
        return None
    rounded = round(value, digits)
    while say(rounded) != say(value):
        digits += 1
        rounded = round(value, digits)
    return int(rounded) if rounded == int(rounded) else rounded


def share(value: float) -> float | None:
    """A number from 0 to 1 as a cell, which is read as percent."""
    return number(value, figures.percent)


def _cell(value: Cell) -> Cell:
    return safe.plain(value) if isinstance(value, str) else value


def _without_end(cells: list[Any]) -> list[Any]:
    """The cells without the last ones that say nothing."""
    end = len(cells)
    while end and cells[end - 1] in (None, ""):
        end -= 1
    return cells[:end]


def _line(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False, separators=(",", ":"), allow_nan=False)


def _size(value: Any) -> int:
    """Bytes of a line in a notebook, where it is part of a text."""
    return len(json.dumps(_line(value), ensure_ascii=False).encode())
