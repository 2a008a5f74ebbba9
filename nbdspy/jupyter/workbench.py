"""What the workbench says of itself: the model and what it cost, whether all is well, how a magic is used."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from nbdspy import __version__
from nbdspy.configuration import settings
from nbdspy.errors import LMError, UsageError, did_you_mean
from nbdspy.jupyter.manuals import MANUALS
from nbdspy.models import gate, weights
from nbdspy.models.budget import total
from nbdspy.views import Check, Checkup, Help, Status

PACKAGES: Final = {
    "ipython": "",
    "pydantic": "",
    "pandas": "",
    "litellm": "models of providers need it",
    "xllamacpp": "models on this machine need it; install nbdspy[local]",
    "ipykernel": "Jupyter needs it; install nbdspy[notebook]",
}
"""What is looked for, and what it is for where a user may do without."""


def model_status(lm: Any) -> Status:
    """A model, or that none is chosen, with what this process has spent."""
    if lm is None:
        return Status(model=None, spent=total.spent)
    chosen = [
        f"{name} {value}"
        for name, value in (("temperature", lm.temperature), ("max_tokens", lm.max_tokens))
        if value is not None
    ]
    return Status(model=lm.model, settings=[*chosen, f"{lm.prefers} prompts"], spent=total.spent, details=_where(lm))


def status() -> Status:
    """The whole: model, spending, cache and cassette."""
    lm = settings.lm
    chosen = model_status(lm)
    details = [*chosen.details, ("cache", cache_report()), ("cassette", cassette_report())]
    return Status(
        model=chosen.model, settings=chosen.settings, spent=chosen.spent, details=details, version=__version__
    )


def cache_status() -> Status:
    """What the cache holds, how often it helped, and how it is emptied."""
    spared = f"{total.spent.cached:,} of {total.spent.cached + total.spent.calls:,} requests answered by it"
    details = [("cache", cache_report()), ("spared", spared), ("forget", "%nbdspy cache clear")]
    lm = settings.lm
    return Status(model=None if lm is None else lm.model, spent=total.spent, details=details)


def clear_cache() -> Status:
    """Forget every reply; the next time it is asked for it is paid for again."""
    gate.cache.clear()
    return status()


def cache_report() -> str:
    """How many replies need not be asked for again."""
    return f"{len(gate.cache):,} replies in memory"


def cassette_report() -> str:
    """What replies are recorded to or replayed from."""
    cassette = gate.cassette
    if cassette is None:
        return "none"
    return f"{cassette.path.name}, {len(cassette):,} replies{', recording' if cassette.records else ''}"


def help_for(topic: str | None = None) -> Help:
    """One magic explained, or all of them in a line each.

    Raises:
        UsageError: When there is no such magic.
    """
    if topic is None:
        listed = [(manual.called, manual.summary) for manual in MANUALS.values()]
        listed.append(("%config NbDspy", "Your defaults: budget_usd, max_calls, threads, mode."))
        return Help(
            name="nbdspy", summary="Programs of language models, in a notebook.", example=_FIRST, options=listed
        )
    manual = MANUALS.get(topic.lstrip("%"))
    if manual is None:
        raise UsageError(
            f"There is no magic {topic!r}.", hint=did_you_mean(topic, MANUALS) or f"There are: {', '.join(MANUALS)}."
        )
    return Help(name=manual.called, summary=manual.summary, example=manual.shown, options=manual.listed())


def doctor() -> Checkup:
    """Look at everything that must be in order before a first answer."""
    return Checkup((*_python(), *_packages(), *_models(), _folder(), *_chosen(), _cassette()))


_FIRST = """
import nbdspy
%lm smollm2
%signature Sentiment review -> positive: bool
nbdspy.Predict(Sentiment)(review="I would watch it again tomorrow.")
""".strip()


def _where(lm: Any) -> list[tuple[str, str]]:
    known = weights.find(lm.model) if weights.is_local(lm.model) else None
    if known is None:
        return [("where", "a file on this machine")] if weights.is_local(lm.model) else []
    size = f"{known.size / 1e6:,.0f} MB, " if known.size else ""
    return [("where", f"on this machine, {size}licence {known.licence}")]


def _python() -> Iterator[Check]:
    yield Check(
        name="Python",
        is_well=sys.version_info >= (3, 11),
        found=platform.python_version(),
        next_step="Use 3.11 or newer.",
    )


def _packages() -> Iterator[Check]:
    for name, needed_for in PACKAGES.items():
        try:
            yield Check(name=name, is_well=True, found=version(name))
        except PackageNotFoundError:
            yield Check(name=name, is_well=False, found="not installed", next_step=needed_for or f"Install {name}.")


def _models() -> Iterator[Check]:
    for known in weights.KNOWN.values():
        found = "here" if known.present else f"not fetched yet ({known.size / 1e6:,.0f} MB)"
        yield Check(name=known.name, is_well=True, found=found)


def _folder() -> Check:
    folder = weights.folder()
    nearest = next(path for path in (folder, *folder.parents) if path.exists())
    return Check(
        name="model folder",
        is_well=os.access(nearest, os.W_OK),
        found=_homely(folder),
        next_step="Make it writable, or set NBDSPY_MODELS to another folder.",
    )


def _chosen() -> Iterator[Check]:
    lm = settings.lm
    if lm is None:
        yield Check(name="model", is_well=False, found="none chosen", next_step="Run %lm smollm2.")
        return
    yield Check(name="model", is_well=True, found=lm.model)
    if not weights.is_local(lm.model):
        yield _key(lm)


def _key(lm: Any) -> Check:
    try:
        lm.load()
    except LMError as error:
        return Check(name="key", is_well=False, found=error.message, next_step=error.hint or "")
    return Check(name="key", is_well=True, found="there (never shown)")


def _cassette() -> Check:
    return Check(name="cassette", is_well=True, found=cassette_report())


def _homely(path: Path) -> str:
    """A path without the name of its user."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
