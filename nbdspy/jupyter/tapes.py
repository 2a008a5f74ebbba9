"""Which cassette a notebook gets: what its cells say, unless the environment says otherwise."""

from __future__ import annotations

import os
from pathlib import Path, PurePath
from typing import TYPE_CHECKING, Final, cast

from nbdspy.errors import SettingsError

if TYPE_CHECKING:
    from nbdspy.models.recording import CassetteInUse, Mode

VARIABLE: Final = "NBDSPY_CASSETTE"
MODES: Final = ("record", "replay", "fill", "off")


def insert(mode: str, path: str | None, *, fill: bool = False) -> CassetteInUse:
    """Put a cassette in as a cell says; what `NBDSPY_CASSETTE` says goes before it.

    So one command records a notebook anew and another replays it, whatever its cells say. The file that a cell names
    need not be there for that.

    Raises:
        UsageError: When the cell says what cannot be done, heeded or not.
    """
    from nbdspy.models.recording import check_use

    set_mode, set_path = _environment()
    check_use(mode, path or set_path or None)
    return _use(set_mode or ("fill" if fill else mode), set_path or path, is_set=bool(set_mode))


def insert_from_environment() -> None:
    """Put in the cassette of `NBDSPY_CASSETTE=MODE:FILE`, for notebooks that name none.

    `MODE:FOLDER` gives each notebook the file of its own name in the folder, so that one server replays a whole course.

    Raises:
        SettingsError: When the variable says what cannot be done.
    """
    mode, path = _environment()
    if mode and path:
        _use(mode, path, is_set=True)


def overruled(mode: str, path: str | None, *, fill: bool = False) -> str:
    """What to tell whoever said so in a cell and is not heeded: what is in force, from where, and what changes it.

    Empty where the cell and `NBDSPY_CASSETTE` want the same, or only one of them says something.
    """
    set_mode, set_path = _environment()
    wanted = "fill" if fill else mode
    is_same_file = not set_path or not path or Path(set_path).absolute() == Path(path).absolute()
    if not set_mode or (set_mode == wanted and (wanted == "off" or is_same_file)):
        return ""
    in_force = {
        "record": f"what is asked is recorded in {set_path or path}",
        "replay": f"{set_path or path} is replayed",
        "fill": f"{set_path or path} is replayed, and what it lacks recorded",
        "off": "no cassette is used",
    }[set_mode]
    said = f"{_setting()} goes before this line: {in_force}."
    if wanted == "replay" and path and not Path(path).exists():
        return f"{said} There is no cassette {path!r} that could be replayed instead."
    return f"{said} To have it otherwise here: {in_python(wanted, path)}."


def in_python(mode: str, path: str | None = None) -> str:
    """The call that uses a cassette whatever the environment says."""
    arguments = [repr("replay" if mode == "fill" else mode), *([] if path is None else [repr(path)])]
    return f"nbdspy.use_cassette({', '.join(arguments + ['fill=True'] * (mode == 'fill'))})"


def notebook_name() -> str:
    """The file name of the notebook that this kernel runs; empty where its server does not say which it is."""
    return PurePath(os.environ.get("JPY_SESSION_NAME", "")).name


def _use(mode: str, path: str | None, *, is_set: bool) -> CassetteInUse:
    from nbdspy.models.recording import REMEDY, use_cassette

    in_use = use_cassette("replay" if mode == "fill" else cast("Mode", mode), path, fill=mode == "fill")
    if is_set and in_use.cassette is not None:
        in_use.cassette.remedy = os.environ.get(REMEDY) or (
            f"{_setting()} puts it in. Record what is missing with {in_python('fill', path)}, "
            f"or go on without it: {in_python('off')}."
        )
    return in_use


def _setting() -> str:
    return f"{VARIABLE}={os.environ.get(VARIABLE, '')}"


def _environment() -> tuple[str, str]:
    """The mode and the file that the variable names, or nothing.

    Raises:
        SettingsError: When it says what cannot be done.
    """
    mode, _, path = os.environ.get(VARIABLE, "").partition(":")
    if mode and mode not in MODES:
        raise SettingsError(f"{VARIABLE} starts with {mode!r}.", hint=f"Begin it with one of: {', '.join(MODES)}.")
    if mode == "off" or not path:
        return mode, ""
    if Path(path).is_dir():
        return mode, _in_folder(mode, Path(path))
    _check_there(mode, Path(path))
    return mode, path


def _check_there(mode: str, path: Path) -> None:
    """Whether a file can be used: replayed ones exist, and others have a folder to be written in.

    Raises:
        SettingsError: When not.
    """
    if path.exists() or (mode != "replay" and path.parent.is_dir()):
        return
    missing = "no file or folder" if mode == "replay" else "no folder for"
    begins = "" if path.is_absolute() else f" It was looked for in {str(Path.cwd())!r}, where this kernel runs."
    raise SettingsError(
        f"{VARIABLE} is {os.environ[VARIABLE]!r}, and there is {missing} {str(path)!r}.{begins}",
        hint="Start Jupyter with the whole path of a cassette, or of the folder of a course; or without the variable.",
    )


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
