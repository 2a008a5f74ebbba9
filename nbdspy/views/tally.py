"""What a run cost, and what it may still cost, in words: time, calls, tokens, money."""

from __future__ import annotations

from nbdspy import render
from nbdspy.models.budget import Budget, Spent
from nbdspy.models.vectors import told_apart
from nbdspy.views import figures


def is_replay(spent: Spent) -> bool:
    """Whether every reply came from a cassette, so that nothing was measured."""
    return spent.calls == 0 and spent.recorded > 0


def facts(spent: Spent, seconds: float | None = None, *, volatile: bool = True) -> list[str]:
    """The facts of a card's header.

    Args:
        spent: The tally of the run.
        seconds: How long it took.
        volatile: Whether to show what differs between equal runs: time, money, and what the cache spared.
    """
    if is_replay(spent):
        return ["recorded", *told_apart(spent.recorded + spent.cached, spent.vectors)]
    replies = spent.calls + spent.cached + spent.recorded
    if not volatile:
        kept = [f"{spent.recorded:,} recorded"] if spent.recorded else []
        return [figures.count(replies, "call"), *kept] if replies else []
    said = [] if seconds is None else [figures.duration(seconds)]
    if replies:
        said.append(_calls(spent))
    if spent.usage.total:
        said.append(f"{figures.thousands(spent.usage.total)} tokens")
    if spent.calls:
        said.append(cost(spent))
    return said


def cost(spent: Spent) -> str:
    """The money, with what is not known about it."""
    if not spent.unpriced:
        return render.money(spent.cost) if spent.cost else "no cost"
    if not spent.cost:
        return "price unknown"
    return f"{render.money(spent.cost)} and {figures.count(spent.unpriced, 'call')} of unknown price"


def left(budget: Budget) -> str:
    """What is left of the limit that is nearest: `"$0.58 of $1.00 left"`; nothing of a budget without limits."""
    limit = budget.nearest
    if limit is None:
        return ""
    match limit.of:
        case "usd":
            rest, most, unknown = render.money(limit.left), render.money(limit.most), "price"
        case "seconds":
            rest, most, unknown = _time(limit.left), _time(limit.most), "time"
        case unit:
            rest, most, unknown = f"{limit.left:,.0f}", figures.count(int(limit.most), unit.removesuffix("s")), "number"
    return f"{rest} of {most} left" if limit.is_known else f"limit of {most}, {unknown} unknown"


def _time(seconds: float) -> str:
    """A time without the smaller part that is 0."""
    return figures.duration(seconds).removesuffix(" 0 s").removesuffix(" 0 min") if seconds >= 0.01 else "0 s"


def _calls(spent: Spent) -> str:
    said = [figures.count(spent.calls, "call")]
    if spent.cached:
        said.append(f"{spent.cached:,} from cache")
    if spent.recorded:
        said.append(f"{spent.recorded:,} recorded")
    return ", ".join(said)
