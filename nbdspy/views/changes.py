"""What compiling changed in a program: its instructions and its demonstrations, by predictor."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy.data import Example
from nbdspy.modules import Module, Predict
from nbdspy.views import cut, figures
from nbdspy.views.wording import Wording, compared, shown

MOST_PREDICTORS = 8
MOST_DEMOS = 6  # of all predictors together
MOST_FIELDS = 5


@dataclass(frozen=True, slots=True, kw_only=True)
class Change:
    """What changed in one predictor; `instruction` is None when it stayed as it was."""

    predictor: str
    instruction: Wording | None
    summary: str
    origins: list[str]
    columns: list[str]
    demos: list[list[str]]
    hidden: int


def between(before: Module, after: Module, allowance: cut.Allowance) -> list[Change]:
    """The predictors that are not as they were, in order."""
    old = dict(before.named_predictors())
    changes: list[Change] = []
    for name, predictor in after.named_predictors():
        rows = MOST_DEMOS - sum(len(change.demos) for change in changes)
        change = _change(name, old.get(name), predictor, rows, allowance)
        if change.instruction or change.summary:
            changes.append(change)
    return changes


def _change(name: str, old: Predict | None, new: Predict, rows: int, allowance: cut.Allowance) -> Change:
    before = "" if old is None else old.signature.instructions
    after = new.signature.instructions
    known = [] if old is None else list(old.demos)
    added = [demo for demo in new.demos if demo not in known]
    gone = sum(demo not in new.demos for demo in known)
    columns = [field for field in new.signature.fields if any(field in demo for demo in added)][:MOST_FIELDS]
    return Change(
        predictor=name,
        instruction=None if before == after else shown(compared(before, after), allowance),
        summary=_summary(len(added), gone),
        origins=_origins(added),
        columns=[*columns, "from"],
        demos=[_cells(demo, columns, allowance) for demo in added[:rows]],
        hidden=len(added[rows:]),
    )


def _cells(demo: Example, columns: Sequence[str], allowance: cut.Allowance) -> list[str]:
    return [*(allowance.take(cut.cell(demo.get(name, ""))).text for name in columns), _origin(demo)]


def _summary(added: int, gone: int) -> str:
    said = [f"{figures.count(added, 'demonstration')} added"] if added else []
    return ", ".join([*said, *([f"{gone:,} taken away"] if gone else [])])


def _origins(demos: Sequence[Example]) -> list[str]:
    counts = {origin: sum(_origin(demo) == origin for demo in demos) for origin in ("bootstrapped", "labelled")}
    return [f"{number} {origin}" for origin, number in counts.items() if number]


def _origin(demo: Example) -> str:
    """Where a demo is from: the program's own run on a training example, or the example as it was labelled."""
    return "bootstrapped" if demo.get("augmented") else "labelled"
