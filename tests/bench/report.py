"""From rounds to what people and programs read: a table and JSON."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from statistics import median
from typing import Any

from tests.bench.cases import Line
from tests.bench.rounds import Figures, Measured

HEAD = ("case", "ours", "peer", "ratio", "limit", "")


def as_rows(measured: Sequence[Measured]) -> list[dict[str, Any]]:
    """A row per line of the table, as JSON-ready values; values of all rounds, so that others can judge them."""
    return [_row(each, line) for each in measured for line in each.case.lines]


def as_table(rows: Sequence[Mapping[str, Any]]) -> str:
    """The rows as a markdown table: medians, with the least and the most of the rounds."""
    cells = [HEAD, *(_cells(row) for row in rows)]
    widths = [max(len(row[column]) for row in cells) for column in range(len(HEAD))]
    lines = [
        "| " + " | ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)) + " |" for row in cells
    ]
    rule = "|" + "|".join("-" * (width + 2) for width in widths) + "|"
    return "\n".join([lines[0], rule, *lines[1:]])


def all_hold(rows: Sequence[Mapping[str, Any]]) -> bool:
    """Whether nothing that must hold does not; what was skipped is not judged."""
    return not any(row["ok"] is False for row in rows)


def _row(measured: Measured, line: Line) -> dict[str, Any]:
    row: dict[str, Any] = {"case": measured.case.name, "figure": line.figure, "title": line.title, "unit": line.unit}
    row |= {"ours": _spread(measured.ours, line.figure), "peer": _spread(measured.peer, line.figure)}
    pairs = measured.pairs(line.figure)
    row["ratio"] = _summary(pairs) if pairs else None
    row["limit"] = None if line.limit is None else str(line.limit)
    row["ok"], row["note"] = None, _note(measured, row)
    if measured.failed:
        row["ok"] = False
    elif line.limit is not None and measured.skipped is None:
        judged = row[line.limit.of]
        row["ok"] = judged is not None and line.limit.holds(judged["rounds"])
    return row


def _note(measured: Measured, row: Mapping[str, Any]) -> str:
    if measured.failed or measured.skipped:
        return measured.failed or f"skipped: {measured.skipped}"
    late = [side for side, rounds in (("ours", measured.ours), ("peer", measured.peer)) if rounds and row[side] is None]
    return f"{' and '.join(late)} not done in {measured.case.seconds:g} s" if late else ""


def _spread(rounds: Sequence[Figures], figure: str) -> dict[str, Any] | None:
    values = [told[figure] for told in rounds if figure in told]
    return _summary(values) if values else None


def _summary(values: Sequence[float]) -> dict[str, Any]:
    return {"median": median(values), "low": min(values), "high": max(values), "rounds": list(values)}


def _cells(row: Mapping[str, Any]) -> tuple[str, ...]:
    verdict = ", ".join(filter(None, ({True: "ok", False: "not ok", None: ""}[row["ok"]], row["note"])))
    figures = (_number(row["ours"], row["unit"]), _number(row["peer"], row["unit"]), _number(row["ratio"], ""))
    return (row["title"], *figures, row["limit"] or "", verdict)


def _number(summary: Mapping[str, Any] | None, unit: str) -> str:
    if summary is None:
        return ""
    middle, low, high = (_short(summary[name]) for name in ("median", "low", "high"))
    spread = f" ({low} to {high})" if low != high else ""
    return f"{middle} {unit}".strip() + spread


def _short(value: float) -> str:
    return f"{value:,.0f}" if abs(value) >= 100 else f"{value:.3g}"
