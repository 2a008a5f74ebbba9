"""A trace, to be explored: a line for each piece of work, and what was sent and came back."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any, Final

from nbdspy import render
from nbdspy.models import Request
from nbdspy.observe import Step, Trace
from nbdspy.observe.recorder import GROUPS
from nbdspy.observe.steps import parts_of
from nbdspy.views import figures, safe, tally
from nbdspy.views.branches import given, inside_of
from nbdspy.views.explorer.sheets import Cell, Line, Sheets, number
from nbdspy.views.messages import content
from nbdspy.views.trace import failure, has_failed_itself, pill, replies, title

MOST_VALUES: Final = 8
HINT: Final = 60  # characters
FOR_TEXTS: Final = 0.4  # of the room


def explored(trace: Trace, sheets: Sheets, *, volatile: bool) -> dict[str, Any]:
    """All steps as far as there is room; the words of those that failed first."""
    steps = trace.steps
    timed = volatile and not tally.is_replay(trace.spent)
    columns = ["parent", "kind", "name", "hint", "error", *(_TIMED if timed else [])]
    table = sheets.table("steps", columns)
    began = min((step.at for step in steps), default=0.0)
    reserve = FOR_TEXTS * sheets.room
    lines: list[tuple[Step, Line]] = []
    numbers: dict[int, int] = {}
    for step, parent in _ordered(steps, timed=timed):
        cells = [None if parent is None else numbers.get(id(parent)), *_said(step), *_times(step, began, timed=timed)]
        line = sheets.line(table, cells, reserve=reserve)
        if line is not None:
            numbers[id(step)] = len(lines)
            lines.append((step, line))
    table.left_out += trace.left_out
    for step, line in sorted(lines, key=lambda pair: pair[0].error is None):
        for label, text in _words(step):
            sheets.tell(line, label, text)
    calls = trace.spent.calls + trace.spent.cached + trace.spent.recorded
    return sheets.as_json("Trace", [figures.count(calls, "call")])


_TIMED: Final = ("at", "seconds", "tokens in", "tokens out", "cost", "from")


def _ordered(steps: Sequence[Step], *, timed: bool) -> Iterator[tuple[Step, Step | None]]:
    """Every step with the one around it, in an order that is the same on each run where no time is told."""
    waiting: list[tuple[Step, Step | None]] = [(step, None) for step in reversed(steps)]
    while waiting:
        step, parent = waiting.pop()
        yield step, parent
        inside = [*inside_of(step), *(inner for inner in step.steps if inner.is_adapting and inner.error is not None)]
        if not timed and step.kind in GROUPS:
            inside.sort(key=given)
        waiting += [(inner, step) for inner in reversed(inside)]


def _said(step: Step) -> list[Cell]:
    first = "" if step.kind == "lm" else next((part for _, part in parts_of(step.inputs, "in")), "")
    error = safe.short(failure(step), 200) if step.error is not None and has_failed_itself(step) else None
    return [pill(step), title(step), safe.short(first, HINT), error]


def _times(step: Step, began: float, *, timed: bool) -> list[Cell]:
    if not timed:
        return []
    seconds = None if step.seconds is None else number(step.seconds, figures.lapse)
    said: list[Cell] = [number(step.at - began, figures.lapse), seconds]
    if step.kind != "lm":
        return said
    spent = step.spent
    cost = number(spent.cost, render.money, 6)
    origin = "cache" if spent.cached else "recording" if spent.recorded else None
    return [*said, spent.usage.prompt or None, spent.usage.completion or None, cost or None, origin]


def _words(step: Step) -> Iterator[tuple[str, str]]:
    """What can be read of a step, each under its label."""
    if step.error is not None:
        yield "error", failure(step)
    yield from (("remark", remark) for remark in step.remarks)
    if isinstance(step.inputs, Request):
        if step.inputs.prompt is not None:
            yield "prompt", step.inputs.prompt
        for message in step.inputs.messages or ():
            yield str(message["role"]), content(message["content"])
        yield from (("reply", text) for text in replies(step.outputs))
        return
    for name, part in list(parts_of(step.inputs, "in"))[:MOST_VALUES]:
        yield f"in: {name}", safe.plain(part)
    for name, part in list(parts_of(step.outputs, "out"))[:MOST_VALUES]:
        yield f"out: {name}", safe.plain(part)
