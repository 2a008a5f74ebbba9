"""The card of a plan: what a compile would take, before anything is spent."""

from __future__ import annotations

from nbdspy.optimizers import Plan
from nbdspy.views import figures
from nbdspy.views.drawing import Card, fragments


def card(plan: Plan, *, volatile: bool) -> Card:
    """The calls first, then tokens, money and time, then the phases."""
    drawn = fragments(
        "plan.html",
        title=plan.program,
        note=f"plan of {plan.optimizer}",
        calls=figures.span(plan.calls, "calls"),
        rest=_rest(plan, volatile=volatile),
        lines=[[step.phase, step.text, figures.span((step.low, step.high), "runs")] for step in plan.steps],
    )
    return Card(fragments=drawn, text=repr(plan) if volatile else plan.outline)


def _rest(plan: Plan, *, volatile: bool) -> list[str]:
    tokens = [_tokens(plan.tokens)] if plan.tokens[1] else []
    return [*tokens, _money(plan), *([plan.time] if volatile else []), *([plan.reuse] if plan.known else [])]


def _tokens(ends: tuple[int, int]) -> str:
    low, high = map(figures.thousands, ends)
    return f"about {low} to {high} prompt tokens"


def _money(plan: Plan) -> str:
    if plan.usd is None:
        return "price unknown"
    low, high = plan.usd
    if high == 0:
        return "no cost"
    return figures.money(high) if low == high else f"{figures.money(low)} to {figures.money(high)}"
