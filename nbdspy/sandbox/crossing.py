"""What crosses between a notebook and its sandbox: values and files, as JSON."""

from __future__ import annotations

import base64
import json
import keyword
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

import pydantic_core

from nbdspy import render
from nbdspy.errors import SandboxError, UsageError

MOST_FILES: Final = 64_000_000  # bytes of all files together


def as_json(value: Any, what: str) -> Any:
    """A value as JSON has it: models and dataclasses as objects, sets as lists, dates as text.

    Raises:
        UsageError: For what has no such form; `what` is named in it.
    """
    try:
        return json.loads(pydantic_core.to_json(value, inf_nan_mode="constants", by_alias=False))
    except (pydantic_core.PydanticSerializationError, ValueError) as error:
        raise UsageError(
            f"{what} is a {type(value).__name__}, which cannot enter the sandbox: {render.short(str(error), 200)}.",
            hint="Give text, numbers, lists or dicts.",
        ) from error


def checked_variables(variables: Mapping[str, Any], taken: Iterable[str]) -> dict[str, Any]:
    """Variables as JSON has them.

    Raises:
        UsageError: For a name that no variable can have, or that a tool has; for a value that JSON has not.
    """
    names = {*taken, "SUBMIT"}
    for name in variables:
        if not _is_name(name):
            raise UsageError(f"{name!r} cannot be a variable's name.", hint="Use letters, digits and `_`.")
        if name in names:
            raise UsageError(f"The variable {name!r} would hide the function of that name.", hint="Name it otherwise.")
    return {name: as_json(value, f"The variable {name!r}") for name, value in variables.items()}


def check_tools(names: Iterable[str]) -> None:
    """Make sure that code can call tools by these names.

    Raises:
        UsageError: For a name that is none in Python, or that of the function which ends the code.
    """
    for name in names:
        if not _is_name(name):
            raise UsageError(f"No code can call a tool {name!r}: that is no name in Python.", hint="Rename it.")
        if name == "SUBMIT":
            raise UsageError("A tool cannot be called 'SUBMIT', by which code hands in its result.", hint="Rename it.")


def _is_name(name: Any) -> bool:
    return isinstance(name, str) and name.isidentifier() and not keyword.iskeyword(name)


@dataclass(frozen=True, slots=True)
class Grants:
    """What of the user's machine the code may see; nothing, unless it is named.

    Args:
        read: Files and folders, copied into the sandbox when it starts, as `/sandbox/` and their name; links in a
            folder that lead out of it are not followed.
        write: Files, which are copied back when the code has changed them.
        variables: Of the environment, by name.
        hosts: That `fetch` may reach, as `name` or `name:port`.
        sync: Whether files are copied back at all.
    """

    read: tuple[Path, ...] = ()
    write: tuple[Path, ...] = ()
    variables: tuple[str, ...] = ()
    hosts: tuple[str, ...] = ()
    sync: bool = True

    def __post_init__(self) -> None:
        names = [path.name for path in {*self.read, *self.write}]
        if twice := next((name for name in names if names.count(name) > 1), None):
            raise UsageError(
                f"Two granted files are called {twice!r}, and would be one in the sandbox.", hint="Rename one."
            )
        for path in self.write:
            if path.is_dir():
                raise UsageError(f"{path} is a folder; only files can be written.", hint="Name the files in it.")
        for path in self.read:
            if not path.exists():
                raise UsageError(f"There is no {path} to read.", hint="Make it first, or leave it out.")

    def files(self) -> dict[str, str]:
        """All granted files as they are now, by their place in the sandbox.

        Raises:
            SandboxError: When they are too large, or cannot be read.
        """
        found, size = {}, 0
        for place, path in self._places():
            try:
                data = path.read_bytes()
            except OSError as error:
                raise SandboxError(f"{path} cannot be read: {error}") from error
            size += len(data)
            if size > MOST_FILES:
                raise SandboxError(
                    f"The granted files have more than {render.size(MOST_FILES)}.",
                    hint="Grant fewer, or a tool that reads.",
                )
            found[place] = base64.b64encode(data).decode()
        return found

    def watched(self) -> list[str]:
        """The places of the files that the code may change."""
        return [path.name for path in self.write] if self.sync else []

    @property
    def longest(self) -> int:
        """The characters that files may have on their way back."""
        places = self.watched()
        return (MOST_FILES + 3 * len(places)) * 4 // 3 + sum(map(len, places)) if places else 0

    def keep(self, changed: Any) -> None:
        """Write the files that came back, and only those that may be written.

        Raises:
            SandboxError: When what came back is no file, or one cannot be written.
        """
        if not isinstance(changed, dict):
            return
        back = [(path, changed.get(path.name)) for path in self.write] if self.sync else []
        if sum(len(data) for _, data in back if isinstance(data, str)) > self.longest:
            raise SandboxError(
                f"The files that came back have more than {render.size(MOST_FILES)}, and none of them was written."
            )
        for path, data in back:
            if isinstance(data, str):
                try:
                    path.write_bytes(base64.b64decode(data))
                except (OSError, ValueError) as error:
                    raise SandboxError(f"{path} cannot be written: {error}") from error

    def _places(self) -> Iterable[tuple[str, Path]]:
        for granted in dict.fromkeys((*self.read, *self.write)):
            if granted.is_dir():
                root = granted.resolve()
                files = sorted(
                    path for path in granted.rglob("*") if path.is_file() and path.resolve().is_relative_to(root)
                )
                yield from ((f"{granted.name}/{path.relative_to(granted).as_posix()}", path) for path in files)
            elif granted.exists():
                yield granted.name, granted
