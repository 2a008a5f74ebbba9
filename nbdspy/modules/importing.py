"""Where a value can be imported from: what is installed is imported by a saved program, not written into it."""

from __future__ import annotations

import functools
import importlib
import sys
import types
from typing import Any, get_origin

from nbdspy.errors import SavedStateError
from nbdspy.modules.module import Module
from nbdspy.modules.origins import is_definition, is_installed


def import_of(name: str, value: Any) -> str:
    """The statement that imports a value from where it is installed, or an empty text."""
    if isinstance(value, types.ModuleType):
        if hasattr(type(value), "written"):  # a module that goes by another's name
            first, expression = value.written
            return f"{first}; {name} = {expression}"
        if not is_installed(value.__name__):
            raise SavedStateError(
                f"The module {value.__name__!r} is a file of yours, not an installed package.",
                hint=f"Import what is used by name (from {value.__name__} import ...): it is written with the program.",
            )
        return f"import {name}" if name == value.__name__ else f"import {value.__name__} as {name}"
    if get_origin(value) is not None:
        return f"from {home} import {name}" if (home := _home_of_alias(name, value)) else ""
    place = place_of(value)
    if place is None or "." in place[1]:
        return ""
    module, path = place
    return f"from {module} import {path}" + ("" if path == name else f" as {name}")


def place_of(value: Any) -> tuple[str, str] | None:
    """Where a value can be imported from: an installed module, and the path in it."""
    if is_definition(value) or type(value).__module__ == "typing":
        module = getattr(value, "__module__", None) or ""
        path = getattr(value, "__qualname__", None) or getattr(value, "_name", None) or ""
        if module and path and is_installed(module) and _at(module, path) is value:
            public = "nbdspy" if module.startswith("nbdspy.") and _at("nbdspy", path) is value else module
            return public, path
        return None
    home = type(value).__module__
    if isinstance(value, int | str | float | bytes | list | tuple | dict | set | Module) or not is_installed(home):
        return None
    for name, found in vars(sys.modules.get(home, types)).items():  # what a module made one of for everybody
        if found is value and home != "builtins":
            return home, name
    return None


def _home_of_alias(name: str, value: Any) -> str | None:
    """The installed module that calls a type such as `Generator[int, None, T]` by this name; the topmost, if several.

    Unlike classes, such types do not know where they were written.
    """
    homes = [home for home, module in list(sys.modules.items()) if getattr(module, "__dict__", {}).get(name) is value]
    return min(filter(is_installed, homes), key=lambda home: (home.count("."), home), default=None)


def _at(module: str, path: str) -> Any:
    try:
        return functools.reduce(getattr, path.split("."), importlib.import_module(module))
    except (ImportError, AttributeError):
        return None
