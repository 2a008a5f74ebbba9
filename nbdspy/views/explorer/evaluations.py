"""An evaluation, or two of the same examples, to be explored: a line for each example."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from typing import Any, Final

from nbdspy.evaluation import Comparison, EvaluationResult, Row
from nbdspy.views import cut, examples, figures
from nbdspy.views.explorer.sheets import Cell, Sheets, share

ERROR: Final = 200  # characters


def explored(result: EvaluationResult, sheets: Sheets) -> dict[str, Any]:
    """All rows, those that need a look first: what has no room is right."""
    names, labels = _names(result.rows)
    partial = any(0 < row.score < 1 for row in result.rows)
    columns = ["row", "verdict", *names, *_expected(labels), *(f"got {label}" for label in labels), "error"]
    table = sheets.table("rows", [*columns, *(["score"] if partial else [])])
    for row in sorted(result.rows, key=lambda row: (row.error is None, row.is_right, row.score, row.index)):
        cells: list[Cell] = [row.index, _verdict(row), *examples.values(row.example, names)]
        cells += [*examples.values(row.example, labels), *_got(row, labels), _error(row)]
        sheets.line(table, [*cells, *([share(row.score)] if partial else [])])
    said = f"{figures.percent(result.mean)} {result.metric}, {figures.between(result.interval)}, n = {result.n:,}"
    return sheets.as_json(result.program, [said])


def compared(comparison: Comparison, sheets: Sheets) -> dict[str, Any]:
    """The examples under both programs, those that changed first."""
    pairs_table(comparison.pairs, sheets)
    return sheets.as_json(
        f"{comparison.after.program} against {comparison.before.program}",
        [f"{figures.points(comparison.mean)} points {comparison.after.metric}, n = {comparison.n:,}"],
    )


def pairs_table(pairs: Sequence[tuple[Row, Row]], sheets: Sheets, *, reserve: float = 0.0) -> None:
    """The table of examples that two programs were scored on."""
    names, labels = _names([row for pair in pairs for row in pair])
    columns = ["row", "change", *names, *_expected(labels)]
    columns += [f"{when} {label}" for when in ("before", "after") for label in labels]
    table = sheets.table("examples", [*columns, "score before", "score after", "error"])
    for before, after in sorted(pairs, key=lambda pair: (_rank(*pair), pair[0].index)):
        cells: list[Cell] = [before.index, _CHANGES[_rank(before, after)], *examples.values(before.example, names)]
        cells += [*examples.values(before.example, labels), *_got(before, labels), *_got(after, labels)]
        error = _error(after) or _error(before)
        sheets.line(table, [*cells, share(before.score), share(after.score), error], reserve=reserve)


_CHANGES: Final = ("lost", "gained", "same")


def _rank(before: Row, after: Row) -> int:
    return 0 if after.score < before.score else 1 if after.score > before.score else 2


def _names(rows: Iterable[Row]) -> tuple[list[str], list[str]]:
    """The inputs and the labels that are shown."""
    rows = list(rows)
    every = [row.example for row in rows]
    labels = examples.label_names(every, [row.prediction for row in rows])
    return examples.input_names(every), labels[: examples.MOST_LABELS]


def _expected(labels: Sequence[str]) -> list[str]:
    return [f"expected {label}" for label in labels]


def _got(row: Row, labels: Sequence[str]) -> list[str]:
    """What was answered, by label; everything in the first column where the answers have other names."""
    prediction = row.prediction
    if prediction is None:
        return ["" for _ in labels]
    if any(label in prediction for label in labels):
        return [cut.cell(prediction[label]) if label in prediction else "" for label in labels]
    return [examples.got(prediction, labels), *("" for _ in labels[1:])][: len(labels)]


def _verdict(row: Row) -> str:
    return "failed" if row.error is not None else "right" if row.is_right else "wrong"


def _error(row: Row) -> str | None:
    return None if row.error is None else cut.cut(row.error, ERROR).text
