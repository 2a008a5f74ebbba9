"""Whole programs as folders: `program.py`, which people can read, and `program.json`, their state."""

from __future__ import annotations

import hashlib
import json
import linecache
import os
import sys
import traceback
import types
from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, Final

from nbdspy import __version__, render
from nbdspy.errors import SavedStateError, described
from nbdspy.modules.assembling import PROGRAM
from nbdspy.modules.module import Module
from nbdspy.modules.state import METADATA, decoded, dump, encoded, refuse, restore, with_metadata

FORMAT: Final = 1  # a later one is refused by this version
SOURCE: Final = "program.py"
STATE: Final = "program.json"
SHOWN: Final = 60  # lines of a source in the error that asks for trust
OURS: Final = "nbdspy"  # what is ours in the metadata; DSPy leaves it alone


def write_folder(program: Module, path: str | PathLike[str]) -> None:
    """Write a program's source and state beside the path, and move the folder there when it is whole.

    Raises:
        SavedStateError: When something has no text form, or something else is at the path.
    """
    import shutil  # which, as the listing, takes its time to load, and most programs are never saved so

    from nbdspy.modules.listing import listing

    target = Path(path)
    if not target.parent.is_dir():
        raise SavedStateError(f"There is no folder {str(target.parent)!r} to save to.", hint="Make it first.")
    if target.exists() and not _is_ours(target):
        raise SavedStateError(
            f"{str(target)!r} is there already, and is no saved program or holds other files.",
            hint="Choose another name.",
        )
    source = listing(program).encode("utf-8", "backslashreplace")
    state = dump(program)
    ours = {
        "format": FORMAT, "version": __version__, "source_sha256": _sha256(source), "state_sha256": _state_sha256(state)
    }  # fmt: skip
    fresh = target.with_name(f".{target.name}.{os.getpid()}.part")
    shutil.rmtree(fresh, ignore_errors=True)  # of a process of the same number that died here
    fresh.mkdir()
    try:
        (fresh / SOURCE).write_bytes(source)
        (fresh / STATE).write_bytes(encoded(with_metadata(state, **{OURS: ours})))
        old = _put(fresh, target)
        if old is not None:
            shutil.rmtree(old, ignore_errors=True)
    finally:
        shutil.rmtree(fresh, ignore_errors=True)


def load(path: str | PathLike[str], allow_pickle: bool = False, *, trust: bool = False) -> Module:
    """The program that `program.save(path, save_program=True)` wrote.

    Its source runs when it is loaded, so it is shown first, in the error that asks for trust.

    Args:
        path: The folder.
        allow_pickle: False: a pickle runs whatever its writer wanted, so none is read.
        trust: Whether you have read the source, or know who wrote it. Without it nothing runs.

    Raises:
        SavedStateError: When it is not trusted yet; when the folder is damaged or was changed; when its source fails.
    """
    folder = Path(path)
    if allow_pickle and (folder / STATE).is_file():
        raise SavedStateError(f"{str(path)!r} holds no pickle: its program is source text.", hint=_trusting(path))
    refuse(allow_pickle=allow_pickle)
    source, state = _checked(folder)
    if not trust:
        told = f"{str(path)!r} is a program whose source runs when it is loaded. {_trusting(path)}"
        raise SavedStateError(f"{told}\n\n{_shown(source, folder / SOURCE)}")
    program = _run(source, folder / SOURCE)
    restore(program, state, trusted=True)
    return program


def _trusting(path: str | PathLike[str]) -> str:
    return f"If you trust it: nbdspy.load({str(path)!r}, trust=True)."


def _shown(source: str, file: Path) -> str:
    """The source, or its beginning and where the rest is."""
    lines = render.visible(source).splitlines()
    if len(lines) <= SHOWN:
        return "\n".join(lines)
    rest = f"… ({len(lines) - SHOWN:,} more lines; read them all in {str(file)!r})"
    return "\n".join([*lines[:SHOWN], rest])


def _checked(folder: Path) -> tuple[str, dict[str, Any]]:
    """Source and state of a folder that is whole."""
    if not folder.is_dir():
        hint = "A file of a program's state is read by program.load(file)." if folder.exists() else None
        raise SavedStateError(f"There is no folder {str(folder)!r}.", hint=hint)
    if (folder / "program.pkl").exists() and not (folder / STATE).exists():
        raise SavedStateError(
            f"{str(folder)!r} holds a pickle, as DSPy saves whole programs; none is read.",
            hint="In DSPy, write its state: program.save('program.json'). Here, load that into the same class.",
        )
    for name in (STATE, SOURCE):
        if not (folder / name).is_file():
            raise SavedStateError(f"{str(folder)!r} has no {name}; it is no saved program, or not a whole one.")
    state = decoded(folder / STATE)
    metadata = state.pop(METADATA, None)
    ours = metadata.get(OURS) if isinstance(metadata, dict) else None
    if not isinstance(ours, dict):
        raise SavedStateError(f"{str(folder / STATE)!r} does not say that nbdspy saved it with its source.")
    if ours.get("format") != FORMAT:
        raise SavedStateError(
            f"{str(folder)!r} is of format {ours.get('format')!r}, saved by nbdspy {ours.get('version')}; "
            f"this is {__version__}, which reads format {FORMAT}.",
            hint="Use the version that saved it, or a newer one.",
        )
    source = (folder / SOURCE).read_bytes()
    if (found := _sha256(source)) != ours.get("source_sha256"):
        raise SavedStateError(
            f"{SOURCE} in {str(folder)!r} is not the text that was saved.",
            hint=f'If you changed it on purpose, write "source_sha256": "{found}" into {STATE}.',
        )
    if (found := _state_sha256(state)) != ours.get("state_sha256"):
        raise SavedStateError(
            f"The state in {str(folder / STATE)!r} is not the one that was saved.",
            hint=f'If you changed it on purpose, write "state_sha256": "{found}" into it.',
        )
    return source.decode("utf-8"), state


def _run(source: str, file: Path) -> Module:
    """Run a source as a module of its own, and take the program that it makes."""
    name = f"nbdspy_program_{_sha256(source.encode())[:12]}"
    module = types.ModuleType(name)
    module.__file__ = str(file)
    linecache.cache[str(file)] = (len(source), None, source.splitlines(keepends=True), str(file))
    before = sys.modules.get(name)
    sys.modules[name] = module  # dataclasses and pydantic look their annotations up there
    try:
        exec(compile(source, str(file), "exec", dont_inherit=True), vars(module))
    except Exception as error:  # the user's own code runs here
        if before is None:
            del sys.modules[name]
        else:
            sys.modules[name] = before
        lines = [frame.lineno for frame in traceback.extract_tb(error.__traceback__) if frame.filename == str(file)]
        where = f"line {lines[-1]} of {SOURCE}" if lines else SOURCE
        hint = "Install what it imports." if isinstance(error, ImportError) else None
        raise SavedStateError(f"{where} failed: {described(error)}", hint=hint) from error
    program = vars(module).get(PROGRAM)
    if not isinstance(program, Module):
        raise SavedStateError(f"{SOURCE} makes no {PROGRAM}.", hint="Save the program again.")
    return program


def _put(fresh: Path, target: Path) -> Path | None:
    """Put a folder in the place of another, which is returned; when that fails the old one is back."""
    if not target.exists():
        os.rename(fresh, target)
        return None
    old = target.with_name(f".{target.name}.{os.getpid()}.old")
    os.rename(target, old)
    try:
        os.rename(fresh, target)
    except OSError:
        os.rename(old, target)
        raise
    return old


def _is_ours(target: Path) -> bool:
    """Whether nothing is lost with a folder but a program that was saved before."""
    if not target.is_dir():
        return False
    names = {item.name for item in target.iterdir()} - {"__pycache__"}
    return names in (set(), {SOURCE, STATE})


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()


def _state_sha256(state: Mapping[str, Any]) -> str:
    return _sha256(json.dumps(state, sort_keys=True, allow_nan=False).encode())
