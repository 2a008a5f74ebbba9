"""Modules that go by DSPy's names and hold what stands for them here; each name resolves when it is first used."""

from __future__ import annotations

import importlib
from types import ModuleType
from typing import Any

import nbdspy
from nbdspy.compat.names import LATER, LEFT_OUT, MODULES, PEER_VERSION, home_of, names_of
from nbdspy.errors import did_you_mean

_made: dict[str, Alias] = {}


class Alias(ModuleType):
    """One of DSPy's modules; `dspy` itself also has every public name of nbdspy's.

    Example:
        >>> alias("dspy.teleprompt").BootstrapFewShot is nbdspy.BootstrapFewShot
        True
        >>> alias("dspy").OldField
        Traceback (most recent call last):
        AttributeError: dspy.OldField is left out: it declared fields before DSPy 2.5. Use InputField and OutputField.
    """

    def __init__(self, path: str) -> None:
        super().__init__(path, f"What stands for DSPy's `{path}` in nbdspy.")
        self.__path__: list[str] = []  # a package, so that what `from dspy.x import y` lacks is asked for by name
        self.__version__ = f"{PEER_VERSION}+nbdspy.{nbdspy.__version__}"
        self.__all__ = [name for name in names_of(path) if name not in LATER]

    def __getattr__(self, name: str) -> Any:
        path = f"{self.__name__}.{name}"
        if path in MODULES and name not in names_of(self.__name__):
            return alias(path)
        if name.startswith("__") or (problem := missing(path)):
            raise AttributeError(problem if not name.startswith("__") else f"{self.__name__} has no {name}.")
        room, called = home_of(name)
        value = getattr(importlib.import_module(room), called)
        vars(self)[name] = value
        return value

    def __setattr__(self, name: str, value: Any) -> None:
        """As a package gets its modules when they are imported; where a function has a module's name, it keeps it."""
        if not (isinstance(value, Alias) and name in names_of(self.__name__)):
            super().__setattr__(name, value)

    def __dir__(self) -> list[str]:
        inside = [path.rpartition(".")[2] for path in MODULES if path.rpartition(".")[0] == self.__name__]
        return sorted({*self.__all__, *inside, *(nbdspy.__all__ if self.__name__ == "dspy" else ())})

    def __repr__(self) -> str:
        return f"<module {self.__name__!r} of nbdspy>"

    @property
    def written(self) -> tuple[str, str]:
        """How a saved program names it: what to import, and what to write."""
        return "from nbdspy.compat import alias", f'alias("{self.__name__}")'


def alias(path: str) -> Alias:
    """The module that stands for one of DSPy's; the same at each call."""
    if path not in _made:
        _made[path] = Alias(path)
    return _made[path]


def missing(path: str) -> str:
    """Why there is nothing of this path, or an empty text when there is."""
    parent, _, name = path.rpartition(".")
    if name in LEFT_OUT:
        return f"{path} {LEFT_OUT[name]}."
    documented = names_of(parent)
    if name in documented:
        return f"{path} is not in nbdspy {nbdspy.__version__} yet; it comes later." if name in LATER else ""
    if parent == "dspy" and name in nbdspy.__all__:
        return ""
    inside = [known.rpartition(".")[2] for known in MODULES if known.rpartition(".")[0] == parent]
    near = did_you_mean(name, [*documented, *inside])
    return f"{parent} has no {name!r}, or none that its documentation tells of. {near or ''}".strip()
