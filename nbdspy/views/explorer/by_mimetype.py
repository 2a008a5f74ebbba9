"""Which of the things that have a card can be explored, and how much of them a notebook keeps for it."""

from __future__ import annotations

from typing import Any, Final

from nbdspy.evaluation import Comparison, EvaluationResult, Selection
from nbdspy.modules import Module
from nbdspy.observe import Trace
from nbdspy.optimizers import Result
from nbdspy.views import programs
from nbdspy.views.explorer import compiles, evaluations, traces
from nbdspy.views.explorer import programs as explored_programs
from nbdspy.views.explorer.sheets import Sheets
from nbdspy.views.lineage import Compiled

ROOM: Final = {"trace": 120_000, "evaluation": 49_000, "compile": 49_000, "program": 49_000}
"""Bytes of an output, its card among them."""
HEAD: Final = 1_000
"""Bytes of what frames the tables: the name of the mimetype, the title, the facts."""
LEAST: Final = 1_500
"""Bytes for tables and texts, less of which are left off."""


def explorable(thing: Any, *, volatile: bool, taken: int) -> dict[str, Any]:
    """What can be explored of a thing, by mimetype; nothing where it cannot be, or where there is no room for it.

    Args:
        thing: What the card is of.
        volatile: Whether times and costs are told.
        taken: Bytes of its card.
    """
    kind = _kind(thing)
    room = ROOM.get(kind, 0) - taken - HEAD
    if room < LEAST:
        return {}
    found = _explored(thing, Sheets(room), volatile=volatile)
    return {f"application/vnd.nbdspy.{kind}.v1+json": found} if found["tables"] else {}


def _kind(thing: Any) -> str:
    match thing:
        case Trace():
            return "trace"
        case EvaluationResult() | Selection() | Comparison():
            return "evaluation"
        case Result():
            return "compile"
        case Module() | Compiled() | programs.Programs() | programs.ProgramDiff():
            return "program"
        case _:
            return ""


def _explored(thing: Any, sheets: Sheets, *, volatile: bool) -> dict[str, Any]:
    match thing:
        case Trace():
            return traces.explored(thing, sheets, volatile=volatile)
        case EvaluationResult():
            return evaluations.explored(thing, sheets)
        case Selection():
            return evaluations.explored(thing.result, sheets)
        case Comparison():
            return evaluations.compared(thing, sheets)
        case Result():
            return compiles.explored(thing, sheets, volatile=volatile)
        case programs.Programs():
            return explored_programs.versions(thing, sheets)
        case programs.ProgramDiff():
            return explored_programs.difference(thing, sheets)
        case Compiled():
            return explored_programs.explored(thing.program, sheets, thing)
        case _:
            return explored_programs.explored(thing, sheets)
