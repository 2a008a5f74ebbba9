"""What the workbench is doing: the model and what it cost, the cache, the cassette."""

from __future__ import annotations

from typing import Any

from nbdspy import __version__, render
from nbdspy.configuration import settings
from nbdspy.models import gate, weights
from nbdspy.models.tallies import allowed, total
from nbdspy.views import Limit, Status


def model_status(lm: Any) -> Status:
    """A model, or that none is chosen, with what this process has spent."""
    if lm is None:
        return Status(model=None, spent=total.spent, limits=_limits())
    chosen = [
        f"{name} {value}"
        for name, value in (("temperature", lm.temperature), ("max_tokens", lm.max_tokens))
        if value is not None
    ]
    return Status(
        model=lm.model,
        settings=[*chosen, f"{lm.prefers} prompts"],
        spent=total.spent,
        limits=_limits(),
        details=_where(lm),
    )


def status() -> Status:
    """The whole: model, spending, cache and cassette."""
    lm = settings.lm
    chosen = model_status(lm)
    details = [*chosen.details, ("cache", cache_report()), ("cassette", cassette_report())]
    return Status(
        model=chosen.model, settings=chosen.settings, spent=chosen.spent, limits=chosen.limits, details=details,
        version=__version__,
    )  # fmt: skip


def cache_status() -> Status:
    """What the cache holds, how often it helped, and how it is emptied."""
    spared = f"{total.spent.cached:,} of {total.spent.cached + total.spent.calls:,} requests answered by it"
    details = [("cache", cache_report()), ("spared", spared), ("forget", "%nbdspy cache clear")]
    lm = settings.lm
    return Status(model=None if lm is None else lm.model, spent=total.spent, details=details)


def clear_cache() -> Status:
    """Forget every reply, also on disk; the next time it is asked for it is paid for again."""
    gate.cache.clear()
    return status()


def cache_report() -> str:
    """How many replies need not be asked for again."""
    return gate.cache.told()


def cassette_report() -> str:
    """What replies are recorded to or replayed from."""
    cassette = gate.cassette
    if cassette is None:
        return "none"
    return f"{cassette.path.name}, {cassette.told()}{', recording' if cassette.records else ''}"


def _limits() -> list[Limit]:
    """What this kernel may spend, by the notebook and by its environment, and how much of that is used."""
    found = []
    for budget in (total, *allowed()):
        charged, admitted = budget.used
        if budget.usd is not None:
            by = budget.set_by.get("budget_usd", "")
            found.append(Limit(most=render.money(budget.usd), used=render.money(charged), set_by=by))
        if budget.calls is not None:
            by = budget.set_by.get("max_calls", "")
            found.append(Limit(most=render.count(budget.calls, "call"), used=f"{admitted:,}", set_by=by))
    return found


def _where(lm: Any) -> list[tuple[str, str]]:
    known = weights.find(lm.model) if weights.is_local(lm.model) else None
    if known is None:
        return [("where", "a file on this machine")] if weights.is_local(lm.model) else []
    size = f"{render.size(known.size)}, " if known.size else ""
    return [("where", f"on this machine, {size}licence {known.licence}")]
