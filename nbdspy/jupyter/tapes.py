"""Which cassette a notebook gets: what its cells say, unless the environment says otherwise."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import Any, Final, cast

from nbdspy.errors import SettingsError

VARIABLE: Final = "NBDSPY_CASSETTE"
MODES: Final = ("record", "replay", "fill", "off")


def insert(mode: str, path: str | None, *, fill: bool = False) -> Any:
    """Put a cassette in as a cell says; what `NBDSPY_CASSETTE` says goes before it.

    So one command records a notebook anew and another replays it, whatever its cells say.
    """
    set_mode, set_path = _environment()
    return _use(set_mode or ("fill" if fill else mode), set_path or path)


def insert_from_environment() -> None:
    """Put in the cassette of `NBDSPY_CASSETTE=MODE:FILE`, for notebooks that name none.

    `MODE:FOLDER` gives each notebook the file of its own name in the folder, so that one server replays a whole course.
    """
    mode, path = _environment()
    if mode and path:
        _use(mode, path)


def notebook_name() -> str:
    """The file name of the notebook that this kernel runs; empty where its server does not say which it is."""
    return PurePath(os.environ.get("JPY_SESSION_NAME", "")).name


def _use(mode: str, path: str | None) -> Any:
    from nbdspy.models import use_cassette

    return use_cassette("replay", path, fill=True) if mode == "fill" else use_cassette(cast(Any, mode), path)


def _environment() -> tuple[str, str]:
    mode, _, path = os.environ.get(VARIABLE, "").partition(":")
    if mode and mode not in MODES:
        raise SettingsError(f"{VARIABLE} starts with {mode!r}.", hint=f"Begin it with one of: {', '.join(MODES)}.")
    return mode, _in_folder(mode, Path(path)) if path and Path(path).is_dir() else path


def _in_folder(mode: str, folder: Path) -> str:
    """The notebook's own cassette among those of a course."""
    notebook = PurePath(notebook_name())
    if notebook.suffix != ".ipynb":
        raise SettingsError(
            f"{VARIABLE} names the folder {str(folder)!r}, and nobody says which notebook this is.",
            hint="JupyterLab tells it in JPY_SESSION_NAME; elsewhere let the variable name the file itself.",
        )
    path = folder / f"{notebook.stem}.jsonl"
    if mode == "replay" and not path.is_file():
        raise SettingsError(
            f"{VARIABLE} names the folder {str(folder)!r}, which has no {path.name!r} for {notebook.name!r}.",
            hint="A notebook and its cassette have the same name: was the notebook renamed, or never recorded?",
        )
    return str(path)
