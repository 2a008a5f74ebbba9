"""What is public, and what it is called: the names of `nbdspy`, and those of its rooms."""

from __future__ import annotations

import ast
import inspect
import pkgutil
from collections.abc import Iterator
from dataclasses import dataclass, replace
from functools import cache
from importlib import import_module
from itertools import pairwise
from pathlib import Path
from types import ModuleType
from typing import Any, Literal

import nbdspy

Kind = Literal["class", "exception", "function", "data"]


@dataclass(frozen=True, slots=True)
class Name:
    """A public name of a room, by its path, and what it stands for.

    `same_as` is the path of the same thing, where that has an entry already.
    """

    room: str
    path: str
    value: Any
    same_as: str = ""

    @property
    def kind(self) -> Kind:
        """What autodoc calls it."""
        if isinstance(self.value, type):
            return "exception" if issubclass(self.value, BaseException) else "class"
        return "function" if inspect.isroutine(self.value) else "data"

    @property
    def text(self) -> str:
        """What its docstring says; of a value, what stands below it where it is made, or what its class says."""
        if self.kind != "data":
            return inspect.getdoc(self.value) or ""
        said = _said_of_values(self.room).get(self.path.rpartition(".")[2], "")
        is_ours = type(self.value).__module__.startswith("nbdspy.")
        return said or (inspect.getdoc(type(self.value)) or "" if is_ours else "")

    @property
    def is_short(self) -> bool:
        """Whether `nbdspy` itself has it."""
        return self.path.count(".") == 1


@dataclass(frozen=True, slots=True)
class Room:
    """A package or module right below `nbdspy`, with the names that are at home in it."""

    name: str
    names: tuple[Name, ...]

    @property
    def summary(self) -> str:
        """What the room says that it is for."""
        return " ".join(self._text.partition("\n\n")[0].split())

    @property
    def more(self) -> str:
        """What it says besides."""
        return self._text.partition("\n\n")[2]

    @property
    def _text(self) -> str:
        return inspect.getdoc(import_module(f"nbdspy.{self.name}")) or ""


def rooms() -> list[Room]:
    """Every room that has public names; one thing has one entry, by its name in `nbdspy` where it has one there."""
    paths: dict[int, str] = {}
    found = {name: [*_short(name), *_own(name)] for name in room_names()}
    for is_short in (True, False):
        for names in found.values():
            for name in names:
                if name.is_short is is_short and _is_a_thing(name):
                    paths.setdefault(id(name.value), name.path)
    return [Room(name, tuple(_known(one, paths) for one in names)) for name, names in found.items() if names]


def room_names() -> list[str]:
    """Every room, public names or not."""
    return sorted(module.name for module in pkgutil.iter_modules(nbdspy.__path__))


def listed(module: ModuleType) -> list[str]:
    """The names that a room says are public; of the errors all classes, for they have no other list."""
    if module.__name__ == "nbdspy.errors":
        classes = {name: value for name, value in vars(module).items() if isinstance(value, type)}
        return [name for name, value in classes.items() if value.__module__ == module.__name__ and name[0] != "_"]
    return list(getattr(module, "__all__", ()))


def _short(room: str) -> Iterator[Name]:
    """The names of `nbdspy` that are at home in a room."""
    names = [name for name, place in nbdspy._PLACES.items() if place.split(".")[1] == room]
    yield from (Name(room, f"nbdspy.{name}", getattr(nbdspy, name)) for name in sorted(names, key=str.lower))


def _own(room: str) -> Iterator[Name]:
    """The names that only the room itself has."""
    module = import_module(f"nbdspy.{room}")
    for name in sorted(listed(module), key=str.lower):
        value = getattr(module, name)
        is_short = name in nbdspy._PLACES and getattr(nbdspy, name) is value
        if not is_short and not isinstance(value, ModuleType):
            yield Name(room, f"{module.__name__}.{name}", value)


def _is_a_thing(name: Name) -> bool:
    """Whether it is one of ours, and no number or type expression that Python may share."""
    return name.kind != "data" or type(name.value).__module__.startswith("nbdspy.")


def _known(name: Name, paths: dict[int, str]) -> Name:
    first = paths.get(id(name.value), name.path)
    return name if first == name.path or not _is_a_thing(name) else replace(name, same_as=first)


@cache
def _said_of_values(room: str) -> dict[str, str]:
    """What stands below the values that the files of a room make."""
    place = Path(str(import_module(f"nbdspy.{room}").__file__))
    said = {}
    for file in sorted(place.parent.glob("*.py")) if place.name == "__init__.py" else [place]:
        body = ast.parse(file.read_text(encoding="utf-8")).body
        for made, below in pairwise(body):
            target = made.targets[0] if isinstance(made, ast.Assign) else getattr(made, "target", None)
            if isinstance(target, ast.Name) and isinstance(below, ast.Expr) and isinstance(below.value, ast.Constant):
                said[target.id] = inspect.cleandoc(str(below.value.value))
    return said
