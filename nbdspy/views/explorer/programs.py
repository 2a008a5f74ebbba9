"""Programs, to be explored: their predictors and where those are from, or one program against another."""

from __future__ import annotations

from typing import Any, Final

from nbdspy.modules import Module, Predict, program_name
from nbdspy.optimizers import Version
from nbdspy.views import cut, figures, lineage, safe
from nbdspy.views.explorer.compiles import tell_program
from nbdspy.views.explorer.sheets import Cell, Line, Sheets, share
from nbdspy.views.lineage import Compiled
from nbdspy.views.programs import ProgramDiff, Programs, described

MOST: Final = 500  # lines of a table


def explored(program: Module, sheets: Sheets, compiled: Compiled | None = None) -> dict[str, Any]:
    """Each predictor with all that it says and shows, and its demonstrations one by one."""
    table = sheets.table("predictors", ["predictor", "signature", "demonstrations"])
    named = program.named_predictors()
    lines: list[tuple[Predict, Line | None]] = [
        (predictor, sheets.line(table, [cut.cell(name), cut.cell(predictor.signature.signature), len(predictor.demos)]))
        for name, predictor in named[:MOST]
    ]
    table.left_out += len(named[MOST:])
    if compiled is not None:
        _origins(compiled, sheets)
    for predictor, line in lines:
        sheets.tell(line, "all it says", described(predictor))
    return sheets.as_json(program_name(program), [figures.count(len(named), "predictor")])


def _origins(compiled: Compiled, sheets: Sheets) -> None:
    table = sheets.table("origins", ["predictor", "sentence or demonstration", "from"])
    for origin, text in lineage.told(compiled)[:MOST]:
        sheets.line(table, [cut.cell(origin.predictor), cut.cell(text), lineage.words(origin)])


def versions(programs: Programs, sheets: Sheets) -> dict[str, Any]:
    """The last version of each name first, with what compiling changes in it."""
    columns = ["version", "made by", "made from", "score", "low", "high", "examples", "metric", "now"]
    table = sheets.table("versions", columns)
    kept = list(programs.versions)[::-1]
    for version, line in [(version, sheets.line(table, _cells(version, programs))) for version in kept[:MOST]]:
        for name, text in _texts(version):
            sheets.tell(line, name, text)
    table.left_out += len(kept[MOST:])
    return sheets.as_json("Programs", [figures.count(len(kept), "version")])


def difference(change: ProgramDiff, sheets: Sheets) -> dict[str, Any]:
    """Both programs, to be compared word by word."""
    table = sheets.table("versions", ["version"])
    for name, program in zip(change.names, (change.before, change.after), strict=True):
        tell_program(sheets, sheets.line(table, [safe.short(name, 60)]), program)
    return sheets.as_json("Programs")


def _cells(version: Version, programs: Programs) -> list[Cell]:
    score = version.score
    said: list[Cell] = [safe.short(version.called, 60), safe.short(version.made_by, 60), safe.short(version.parent, 60)]
    if score is None:
        said += [None] * 5
    else:
        said += [share(score.mean), share(score.low), share(score.high), score.n, safe.short(score.metric, 60)]
    return [*said, "now" if version.called in programs.bound else None]


def _texts(version: Version) -> list[tuple[str, str]]:
    """What the state of a version says, by predictor: its instruction and its demonstrations."""
    found = []
    for name, state in (version.state or {}).items():
        if isinstance(state, dict) and isinstance(state.get("signature"), dict):
            demos = [
                "\n".join(f"{field}: {safe.plain(value)}" for field, value in demo.items())
                for demo in state.get("demos") or () if isinstance(demo, dict)
            ]  # fmt: skip
            found.append((name, "\n\n".join([str(state["signature"].get("instructions", "")), *demos])))
    return found
