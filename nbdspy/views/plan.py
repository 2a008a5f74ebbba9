"""The card of a plan: what a compile would take, before anything is spent."""

from __future__ import annotations

from nbdspy.optimizers import Plan
from nbdspy.optimizers.plans import COLUMNS, LASTING
from nbdspy.views import figures
from nbdspy.views.drawing import Card, fragments


def card(plan: Plan, *, volatile: bool) -> Card:
    """The calls first, with money and time; then the phases and their total in a table, with both where they differ."""
    columns = len(COLUMNS) if volatile else LASTING
    rows = [row[:columns] for row in plan.rows()]
    told = [at for at in range(columns) if at < LASTING or len({row[at] for row in rows}) > 1]  # the rest is said above
    *phases, total = ([row[at] for at in told] for row in rows)
    drawn = fragments(
        "plan.html",
        title=plan.program,
        note=f"plan of {plan.optimizer}",
        calls=figures.span(plan.calls, "calls"),
        rest=[plan.money, plan.time] if volatile else plan.settled,
        columns=[COLUMNS[at] for at in told],
        lines=[(row, step.text) for row, step in zip(phases, plan.steps, strict=True)],
        total=total,
        remarks=plan.remarks(volatile=volatile),
    )
    return Card(fragments=drawn, text=repr(plan) if volatile else plan.outline)
