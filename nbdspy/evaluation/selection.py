"""`Selection`: some rows of an evaluation, by what became of them and in an order of one's own, to be shown."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Final

from nbdspy import render
from nbdspy.errors import UsageError, did_you_mean

if TYPE_CHECKING:
    from nbdspy.evaluation.results import EvaluationResult, Row

KINDS: Final = ("wrong", "right", "failed")
"""What may have become of a row."""
MOST_ROWS: Final = 200
"""Of one card."""


@dataclass(frozen=True, kw_only=True)
class Selection:
    """Rows of an evaluation, shown by a notebook as a card; `EvaluationResult.show` makes it.

    Args:
        result: The evaluation.
        rows: The rows that are shown, in their order.
        of: How many there were to choose from.
        said: How they were chosen, in words: `"wrong, by question"`.
    """

    result: EvaluationResult
    rows: tuple[Row, ...]
    of: int
    said: str = ""

    @property
    def note(self) -> str:
        """How many rows of how many, and how they were chosen."""
        count = f"{len(self.rows):,} of {self.of:,} shown" if len(self.rows) < self.of else f"{self.of:,}"
        return " · ".join(filter(None, [count, self.said]))

    def __repr__(self) -> str:
        return f"{self.result.summary}\nrows: {self.note}"


def selected(
    result: EvaluationResult, values: Callable[[Row], Mapping[str, Any]], only: str | None, sort: str | None,
    ascending: bool, rows: int,
) -> Selection:  # fmt: skip
    """What `EvaluationResult.show` says; `values` gives the columns of a row.

    Raises:
        UsageError: When there is no such kind, no such column, or no such number of rows.
    """
    if only is not None and only not in KINDS:
        hint = did_you_mean(str(only), KINDS) or f"There are: {', '.join(KINDS)}."
        raise UsageError(f"Rows cannot be {render.short(repr(only), 60)}.", hint=hint)
    if isinstance(rows, bool) or not isinstance(rows, int) or not 1 <= rows <= MOST_ROWS:
        raise UsageError(
            f"{render.short(repr(rows), 60)} rows cannot be shown.",
            hint=f"Give a number from 1 to {MOST_ROWS}; the result's frame has all of them.",
        )
    chosen = [row for row in result.rows if only is None or row.kind == only]
    if sort is not None:
        chosen = _sorted(chosen, _columns(result.rows, values), sort, ascending=ascending)
    said = [only or "", f"by {sort}" + ("" if ascending else ", largest first") if sort else ""]
    return Selection(result=result, rows=tuple(chosen[:rows]), of=len(chosen), said=", ".join(filter(None, said)))


def _columns(rows: Sequence[Row], values: Callable[[Row], Mapping[str, Any]]) -> dict[int, Mapping[str, Any]]:
    """The columns of each row, by the row's number."""
    return {row.index: {"row": row.index, **values(row), "seconds": row.seconds} for row in rows}


def _sorted(
    rows: Sequence[Row], columns: Mapping[int, Mapping[str, Any]], by: str, *, ascending: bool
) -> list[Row]:  # fmt: skip
    """Rows in the order of a column; those that have nothing there come last."""
    known = dict.fromkeys(name for each in columns.values() for name in each)
    if by not in known:
        hint = did_you_mean(str(by), known) or f"There are: {', '.join(known) or 'none'}."
        raise UsageError(f"The rows have no column {render.short(repr(by), 60)}.", hint=hint)
    there = [row for row in rows if columns[row.index].get(by) is not None]
    missing = [row for row in rows if columns[row.index].get(by) is None]
    return [*sorted(there, key=lambda row: _key(columns[row.index][by]), reverse=not ascending), *missing]


def _key(value: Any) -> tuple[bool, float, str]:
    """Numbers before everything else, which goes by its text."""
    is_number = isinstance(value, int | float)
    return not is_number, float(value) if is_number else 0.0, "" if is_number else render.plain(value).casefold()
