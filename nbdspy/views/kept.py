"""The cards of the compiles that a store keeps: what there is and how large, and what was deleted."""

from __future__ import annotations

from collections.abc import Iterable

from nbdspy import render
from nbdspy.optimizers import Deleted, KeptRuns
from nbdspy.optimizers.deleting import KeptRun
from nbdspy.views import cut
from nbdspy.views.drawing import Card, fragments

COLUMNS = ["run", "made", "state", "kept"]
MOST = 60  # in one card


def card(runs: KeptRuns) -> Card:
    """The newest first."""
    known = list(runs)[::-1]
    total = render.size(sum(run.size for run in known))
    drawn = fragments(
        "kept.html", title="Kept runs", note="of all kernels that share this store", facts=[total] if known else [],
        columns=COLUMNS, lines=_lines(known), hidden=max(0, len(known) - MOST), said=[], empty="No compile is kept.",
    )  # fmt: skip
    return Card(fragments=drawn, text="\n".join(map(repr, known)) or "No compile is kept.")


def deleted_card(deleted: Deleted) -> Card:
    """What went or would go, and what stayed and why."""
    drawn = fragments(
        "kept.html", title="Kept runs", note=deleted.summary, facts=[], columns=COLUMNS, lines=_lines(deleted.runs),
        hidden=max(0, len(deleted.runs) - MOST), said=[cut.cell(text) for text in deleted.notes], empty="",
    )  # fmt: skip
    return Card(fragments=drawn, text=repr(deleted))


def _lines(runs: Iterable[KeptRun]) -> list[list[str]]:
    return [[run.called, run.made, run.told, render.size(run.size)] for run in list(runs)[:MOST]]
