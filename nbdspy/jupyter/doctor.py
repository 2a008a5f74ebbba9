"""Whether all is in order for a first answer."""

from __future__ import annotations

import os
import platform
import sys
from collections.abc import Iterator
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any, Final

from nbdspy import render
from nbdspy.configuration import settings
from nbdspy.errors import LMError, SandboxError, UsageError
from nbdspy.jupyter.status import cassette_report
from nbdspy.models import weights
from nbdspy.sandbox import installation
from nbdspy.views import Check, Checkup

PACKAGES: Final = {
    "ipython": "",
    "pydantic": "",
    "pandas": "",
    "litellm": "models of providers need it",
    "xllamacpp": "models on this machine need it; install nbdspy[local]",
    "ipykernel": "Jupyter needs it; install nbdspy[notebook]",
}
"""What is looked for, and what it is for where a user may do without."""


def doctor() -> Checkup:
    """Look at everything that must be in order before a first answer."""
    return Checkup((*_python(), *_packages(), *_models(), _folder(), *_sandbox(), *_chosen(), _cassette()))


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
        found = "here" if known.present else f"not fetched yet ({render.size(known.size)})"
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


def _sandbox() -> Iterator[Check]:
    """Whether model-written code can be run: Deno is there, and Pyodide was fetched."""
    try:
        installed = installation.find()
        yield Check(name="Deno", is_well=True, found=".".join(map(str, installed.version())))
    except SandboxError as error:
        yield Check(name="Deno", is_well=False, found=error.message, next_step=error.hint or "")
        return
    found = (
        "here"
        if installed.is_fetched
        else "not fetched yet; the first code that runs does it, or `nbdspy sandbox fetch`"
    )
    yield Check(name="Pyodide", is_well=True, found=found)


def _chosen() -> Iterator[Check]:
    lm = settings.lm
    if lm is None:
        yield Check(name="model", is_well=False, found="none chosen", next_step="Run %lm smollm2.")
        return
    yield Check(name="model", is_well=True, found=lm.model)
    if not lm.free:
        yield _access(lm)


def _access(lm: Any) -> Check:
    """Whether the address and the key are there that a provider asks for."""
    try:
        lm.load()
    except (LMError, UsageError) as error:
        return Check(name="access", is_well=False, found=error.message, next_step=error.hint or "")
    return Check(name="access", is_well=True, found="address and key as the provider asks (a key is never shown)")


def _cassette() -> Check:
    return Check(name="cassette", is_well=True, found=cassette_report())


def _homely(path: Path) -> str:
    """A path without the name of its user."""
    home = Path.home()
    return f"~/{path.relative_to(home)}" if path.is_relative_to(home) else str(path)
