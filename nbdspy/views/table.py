"""The card of a table of examples: how many rows it has, and its columns with their types."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from itertools import islice
from typing import Any, Final

from nbdspy.data import Example
from nbdspy.data.tables import is_frame
from nbdspy.views import figures, safe
from nbdspy.views.drawing import Card, fragments

MOST_COLUMNS: Final = 12
LOOKED_AT: Final = 100
"""Rows that tell the type of a column, where the table does not."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Table:
    """Examples as a notebook has them: a DataFrame, or rows with keys.

    Args:
        called: Its name in the notebook.
        parts: The tables by the names of the parts; one table without parts has the empty name.
    """

    called: str
    parts: Mapping[str, Any]


def card(table: Table) -> Card:
    """The columns of the first part, and the rows of each."""
    sizes = [f"{part} {figures.count(len(rows), 'row')}".strip() for part, rows in table.parts.items()]
    columns = list(_columns(next(iter(table.parts.values()))))
    lines = [[safe.short(name, 60), safe.short(kind, 60)] for name, kind in columns[:MOST_COLUMNS]]
    hidden = len(columns) - len(lines)
    note = ", ".join([*sizes, *([f"first {len(lines)} of {len(columns)} columns shown"] if hidden else [])])
    drawn = fragments("examples.html", title=table.called, names=["column", "type"], lines=lines, note=note)
    text = [f"{table.called}: {note}", *(f"  {name}: {kind}" for name, kind in lines)]
    return Card(fragments=drawn, text="\n".join(text))


def _columns(rows: Any) -> Iterator[tuple[str, str]]:
    """Each column with the type of its cells."""
    if is_frame(rows):
        for place, (name, dtype) in enumerate(rows.dtypes.items()):
            is_mixed = str(dtype) == "object"
            yield str(name), _type(rows.iloc[:LOOKED_AT, place].dropna()) if is_mixed else str(dtype)
        return
    first = list(islice(rows, LOOKED_AT))
    for name in dict.fromkeys(name for row in first if isinstance(row, Example | Mapping) for name in row):
        yield str(name), _type(row[name] for row in first if name in row and row[name] is not None)


def _type(values: Iterable[Any]) -> str:
    return " or ".join(dict.fromkeys(type(value).__name__ for value in values)) or "nothing"
