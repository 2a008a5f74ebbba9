"""What a side panel shows of a kernel: model, signatures, programs, runs and cassettes, as plain JSON.

Every text is one line, without keys and without unseen characters. Nothing is loaded for a section that has nothing to
show yet.
"""

from __future__ import annotations

import sys
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.shelf import Shelf

if TYPE_CHECKING:
    from nbdspy.optimizers import Run, Version

MOST: Final = 50
"""Entries of a section, and versions of a program; how many more there are is said."""
NAME: Final = 200
"""Letters of a name: it comes back when something is asked of it, so as good as no name is cut."""
ACTIONS: Final[Mapping[str, tuple[str, ...]]] = {
    "running": ("pause", "stop"),
    "paused": ("resume", "stop"),
}
"""What a run may be asked for, by its state."""
LIVE: Final = frozenset({"model", "runs"})
"""Sections that change while a cell runs."""


class Sections:
    """Makes the sections; on whichever thread, while cells run.

    Args:
        names: The notebook's variables.
        shelf: The programs.
    """

    def __init__(self, names: Namespace, shelf: Shelf) -> None:
        self._names = names
        self._shelf = shelf
        self._makers: Final[Mapping[str, Callable[[], Any]]] = {
            "model": _model,
            "signatures": self._signatures,
            "programs": self._programs,
            "runs": _runs,
            "cassettes": _cassettes,
        }

    def __iter__(self) -> Iterator[str]:
        return iter(self._makers)

    def __getitem__(self, name: str) -> Any:
        """A section as it is now."""
        return self._makers[name]()

    def _signatures(self) -> dict[str, Any]:
        from nbdspy.signatures import SignatureType
        from nbdspy.views import safe

        found = [(name, self._names.values.get(name)) for name in self._names.names()]
        entries = [
            {
                "name": safe.short(name, NAME),
                "text": safe.short(value.signature, 120),
                "inputs": [safe.short(each, 200) for each in value.input_fields],
                "instructions": safe.short(value.instructions, 120),
            }
            for name, value in found
            if isinstance(value, SignatureType)
        ]
        return _cut(entries)

    def _programs(self) -> dict[str, Any]:
        from nbdspy.views import safe

        known = self._shelf.survey()
        by_name: dict[str, list[Version]] = {}
        for version in known.versions:
            by_name.setdefault(version.name, []).append(version)
        entries = [
            {
                "name": safe.short(name, NAME),
                "note": "" if any(version.called in known.bound for version in versions) else "kept",
                "run": 0,
                **_cut([_version(version, version.called in known.bound) for version in versions[::-1]], "versions"),
            }
            for name, versions in by_name.items()
        ]
        for name, note in known.notes.items():
            entry = next((entry for entry in entries if entry["name"] == name), None)
            if entry is None:
                entry = {"name": safe.short(name, NAME), **_cut([], "versions")}
                entries.append(entry)
            entry.update(note=note.code, run=note.run)
        return _cut(entries[::-1])


def _cut(entries: list[Any], name: str = "entries") -> dict[str, Any]:
    return {name: entries[:MOST], "more": max(0, len(entries) - MOST)}


def _version(version: Version, is_bound: bool) -> dict[str, Any]:
    from nbdspy.views import figures, safe

    score = version.score
    return {
        "called": safe.short(version.called, NAME),
        "number": version.number,
        "made_by": safe.short(version.made_by, 60),
        "parent": safe.short(version.parent, NAME),
        "score": "" if score is None else figures.percent(score.mean),
        "scored": "" if score is None else f"{safe.short(score.metric, 60)}, n = {score.n:,}",
        "interval": "" if score is None else figures.between(score),
        "is_bound": is_bound,
    }


def _model() -> dict[str, Any]:
    """The model and what this process has spent; before any model was loaded there is neither."""
    if "nbdspy.models.gate" not in sys.modules:
        return {"name": "", "settings": [], "where": "", "spent": [], "cost": "", "tokens": "", "cassette": ""}
    from nbdspy.configuration import settings
    from nbdspy.jupyter.status import model_status
    from nbdspy.views import figures, safe, tally

    status = model_status(settings.lm)
    spent = status.spent
    is_real = spent.calls and not tally.is_replay(spent)
    return {
        "name": safe.short(status.model or "", 80),
        "settings": [safe.short(each, 60) for each in status.settings],
        "where": "; ".join(safe.short(text, 120) for _, text in status.details),
        "spent": [*tally.facts(spent)],
        "cost": tally.cost(spent) if is_real else "",
        "tokens": figures.thousands(spent.usage.total) if spent.usage.total else "",
        "cassette": _mode(),
    }


def _mode() -> str:
    """What the cassette in use does: `"replay"`, `"record"` or `"fill"`; empty without one."""
    from nbdspy.models import gate

    cassette = gate.cassette
    if cassette is None:
        return ""
    return "replay" if not cassette.records else "fill" if cassette.replays else "record"


def _runs() -> dict[str, Any]:
    """The last first."""
    if "nbdspy.optimizers.begun" not in sys.modules:
        return _cut([])
    from nbdspy.optimizers import begun_runs

    return _cut([_run(number, run, begun_runs.name(number)) for number, run in begun_runs][::-1])


def has_runs_in_flight() -> bool:
    """Whether a compile of this process goes on."""
    if "nbdspy.optimizers.begun" not in sys.modules:
        return False
    from nbdspy.optimizers import begun_runs

    return any(not run.is_done for _, run in begun_runs)


def _run(number: int, run: Run, name: str) -> dict[str, Any]:
    from nbdspy.modules import program_name
    from nbdspy.views import figures, safe, tally

    best = run.best_trial
    state = run.state
    is_going = not run.is_done
    return {
        "number": number,
        "name": safe.short(name, NAME),
        "program": safe.short(program_name(run.base), 60),
        "optimizer": safe.short(run.optimizer, 60),
        "state": state,
        "phase": safe.short(run.phase, 60) if is_going else "",
        **(_step(run) if is_going else {"done": 0, "total": 0, "counted": ""}),
        "trials": len(run.trials),
        "best": "" if best is None else figures.percent(best.score),
        "interval": "" if best is None else f"{figures.between(best.interval)}, n = {best.evaluation.n:,}",
        "facts": tally.facts(run.budget.spent, run.seconds if run.seconds >= 1 else None),
        "why": safe.short(run.why, 200),
        "actions": list(ACTIONS.get(state, ())),
    }


def _step(run: Run) -> dict[str, Any]:
    """How far its step is: as the card of its cell tells it, or in programs, without words, where it has none."""
    if "nbdspy.jupyter.compile_watch" in sys.modules:
        from nbdspy.jupyter.compile_watch import step_of
        from nbdspy.views import safe

        step = step_of(run)
        if step is not None:
            return {"done": step.done, "total": step.total, "counted": safe.short(step.counted, 120)}
    return {"done": min(run.scored_now, run.programs), "total": run.programs, "counted": ""}


def _cassettes() -> dict[str, Any]:
    """The one in use, and the files beside the notebook."""
    from nbdspy.models import gate
    from nbdspy.models.cassette import is_cassette
    from nbdspy.views import safe

    used = gate.cassette
    here = Path.cwd()
    entries = []
    if used is not None:
        entries.append({"name": safe.short(used.path, 120), "mode": _mode(), "recorded": len(used)})
    for path in sorted(here.glob("*.jsonl"))[: 4 * MOST]:
        is_other = used is None or path != here / used.path
        if is_other and safe.short(path.name, 120) == path.name and is_cassette(path):
            entries.append({"name": path.name, "mode": "", "recorded": None})
    return _cut(entries)
