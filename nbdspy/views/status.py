"""The cards of the workbench itself: which model and what it has cost, whether all is well, help."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy.models.budget import Spent
from nbdspy.views import tally
from nbdspy.views.drawing import Card, fragments


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What this process may spend of something, and what it has; `set_by` is the variable that says so, if one does."""

    most: str
    used: str
    set_by: str = ""


@dataclass(frozen=True, slots=True, kw_only=True)
class Status:
    """The model that is chosen and what this process has spent.

    Args:
        model: Its name; None when none is chosen.
        settings: What is set besides: `"temperature 0.7"`, `"chat prompts"`.
        spent: The tally of the process.
        limits: What it may spend in all.
        details: Further lines of a name and a text: the cassette, the cache, the store.
        version: Of nbdspy, where the status is that of the whole extension.
    """

    model: str | None
    spent: Spent
    settings: Sequence[str] = ()
    limits: Sequence[Limit] = ()
    details: Sequence[tuple[str, str]] = ()
    version: str | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Check:
    """One thing that was looked at; `next_step` says what to do when it is not well."""

    name: str
    is_well: bool
    found: str
    next_step: str = ""


@dataclass(frozen=True, slots=True)
class Checkup:
    """All that was looked at."""

    checks: tuple[Check, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Help:
    """One magic or function explained: a worked example before the options.

    Args:
        name: `"%compile"`.
        summary: One sentence.
        example: Cells that run as they stand.
        options: Each with what it takes and what it does.
    """

    name: str
    summary: str
    example: str = ""
    options: Sequence[tuple[str, str]] = ()


NO_MODEL = "%lm smollm2"


def status_card(status: Status, *, volatile: bool) -> Card:
    """The model, then what was spent."""
    spent = tally.facts(status.spent, volatile=volatile) or ["nothing yet"]
    limits = [("at most", " · ".join(_limit(one, volatile=volatile) for one in status.limits))] if status.limits else []
    lines = [("spent", " · ".join(spent)), *limits, *status.details]
    title = "nbdspy" if status.version is None else f"nbdspy {status.version}"
    drawn = fragments(
        "status.html", title=title, model=status.model, settings=list(status.settings), lines=lines, no_model=NO_MODEL
    )
    model = status.model or f"no model chosen; {NO_MODEL} is one on this machine"
    text = [" · ".join([model, *status.settings]), *(f"{name}: {value}" for name, value in lines)]
    return Card(fragments=drawn, text="\n".join(text))


def _limit(limit: Limit, *, volatile: bool) -> str:
    used = f", {limit.used} used" if volatile else ", without what the cache answers"
    return f"{limit.most} in this kernel{used}" + (f", set by {limit.set_by}" if limit.set_by else "")


def checkup_card(checkup: Checkup) -> Card:
    """How many things need attention, then each with its next step."""
    ill = [check for check in checkup.checks if not check.is_well]
    verb = "needs" if len(ill) == 1 else "need"
    verdict = f"{len(ill)} of {len(checkup.checks)} {verb} attention" if ill else "all is well"
    drawn = fragments("checkup.html", verdict=verdict, is_well=not ill, checks=[*ill, *_well(checkup)])
    lines = [verdict]
    for check in [*ill, *_well(checkup)]:
        lines.append(f"{'ok ' if check.is_well else 'not'} {check.name}: {check.found}")
        lines += [f"    {check.next_step}"] if check.next_step and not check.is_well else []
    return Card(fragments=drawn, text="\n".join(lines))


def help_card(topic: Help) -> Card:
    """The example first, then the options."""
    drawn = fragments("help.html", topic=topic)
    width = max((len(name) for name, _ in topic.options), default=0)
    options = [f"  {name:<{width}}  {text}" for name, text in topic.options]
    parts = [f"{topic.name}: {topic.summary}", topic.example, "\n".join(options)]
    return Card(fragments=drawn, text="\n\n".join(part for part in parts if part))


def _well(checkup: Checkup) -> list[Check]:
    return [check for check in checkup.checks if check.is_well]
