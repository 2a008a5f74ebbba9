"""A compile, to be explored: its trials with what they asked, the examples, and why these demonstrations."""

from __future__ import annotations

from typing import Any, Final

from nbdspy.modules import Module
from nbdspy.optimizers import Result, Trial
from nbdspy.views import cut, figures
from nbdspy.views.explorer.evaluations import pairs_table
from nbdspy.views.explorer.sheets import Cell, Line, Sheets, share
from nbdspy.views.programs import described

FOR_PROGRAMS: Final = 0.5  # of the room


def explored(result: Result, sheets: Sheets, *, volatile: bool) -> dict[str, Any]:
    """The trials, then what became of the examples; the programs as far as there is room, the best first.

    How many calls were made by the end of a trial depends on the threads, as times do.
    """
    reserve = FOR_PROGRAMS * sheets.room
    lines = _trials(result, sheets, reserve, volatile=volatile)
    base, best = result.base_trial, result.best_trial
    if base is not None and best is not None:
        after = {row.index: row for row in best.evaluation.rows}
        pairs = [(row, after[row.index]) for row in base.evaluation.rows if row.index in after]
        pairs_table(pairs, sheets, reserve=reserve)
    _bootstraps(result, sheets, reserve)
    ranked = sorted(result.tried, key=lambda trial: (not trial.is_finished, -trial.score))
    for trial in sorted(ranked, key=lambda trial: trial is not best and trial is not base):
        tell_program(sheets, lines.get(trial.number), trial.program)
    return sheets.as_json(f"{result.program} compiled by {result.optimizer}", [figures.count(len(lines), "trial")])


def tell_program(sheets: Sheets, line: Line | None, program: Module) -> None:
    """Let what its predictors say be read in a line."""
    for name, predictor in program.named_predictors():
        sheets.tell(line, name, described(predictor))


def _trials(result: Result, sheets: Sheets, reserve: float, *, volatile: bool) -> dict[int, Line]:
    columns = ["trial", "verdict", "label", "score", "low", "high", "examples", "made from"]
    table = sheets.table("trials", [*columns, *(["calls"] if volatile else [])])
    lines = {}
    for trial in result.tried:
        cells: list[Cell] = [trial.number, _verdict(result, trial), cut.cell(trial.label), share(trial.score)]
        cells += [share(max(0.0, trial.interval.low)), share(min(1.0, trial.interval.high)), trial.evaluation.n]
        line = sheets.line(table, [*cells, trial.parent, *([trial.calls] if volatile else [])], reserve=reserve)
        if line is not None:
            lines[trial.number] = line
    return lines


def _verdict(result: Result, trial: Trial) -> str:
    if trial is result.best_trial:
        return "best"
    if trial is result.base_trial:
        return "went in"
    return "given up" if trial.is_given_up else "tried" if trial.is_finished else "on a sample"


def _bootstraps(result: Result, sheets: Sheets, reserve: float) -> None:
    if not result.notes:
        return
    table = sheets.table("bootstraps", ["example", "kept", "why", "score"])
    for note in result.notes:
        score = None if note.score is None else share(note.score)
        cells: list[Cell] = [note.index, "kept" if note.kept else "dropped", cut.cell(note.why), score]
        sheets.line(table, cells, reserve=reserve)
