"""A compile at some moments while it goes on, as a page with a kernel shows it."""

from __future__ import annotations

from dataclasses import replace

from nbdspy.optimizers import Result
from nbdspy.views import compilation
from nbdspy.views.drawing import Card
from nbdspy.views.underway import Phase, Underway, drafts_of

PAUSE, RESUME, STOP = ("pause", "Pause"), ("resume", "Resume"), ("stop", "Stop, keep best")


def moments(found: Result) -> dict[str, Card]:
    """The card with its buttons: at the beginning, in the midst of it, and paused.

    Args:
        found: What will have been found in the end.
    """
    assert found.best_trial is not None
    known = {"phase": "search", "calls": 2_050, "done": 920, "total": 1_800, "compared": 100}
    searching = Underway(
        **known, text="18 more programs on 100 validation examples", counted="9 of 18 programs · 20 of 100 examples",
        phases=_phases("search"), last=found.best_trial.evaluation.rows[0], left=118.0, buttons=(PAUSE, STOP),
        drafts=drafts_of(found.best), said="“Name the one device or list” is tried next.",
    )  # fmt: skip
    beginning = replace(
        searching, phase="bootstrap", text="the teacher on up to 150 training examples", done=31, total=150,
        counted="31 of 150 examples", phases=_phases("bootstrap"), left=None, last=None, said="",
    )  # fmt: skip
    nothing = replace(found, best=found.base, tried=(), notes=(), held_out=None)
    return {
        "compile that begins": _card(nothing, beginning),
        "compile under way": _card(replace(found, held_out=None), searching),
        "compile that is paused": _card(
            replace(found, held_out=None), replace(searching, state="paused", buttons=(RESUME, STOP), left=None)
        ),
    }


def _phases(now: str) -> list[Phase]:
    notes = {"bootstrap": "43 traces", "search": "best 60 % (50 to 69)", "held out": ""}
    at = list(notes).index(now)
    return [
        Phase(name=name, state="done", note=note) if place < at
        else Phase(name=name, state="now" if place == at else "ahead")
        for place, (name, note) in enumerate(notes.items())
    ]  # fmt: skip


def _card(found: Result, now: Underway) -> Card:
    return compilation.card(found, volatile=True, underway=now)
