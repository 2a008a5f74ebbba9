"""Whether a compile would only be the last one again: everything it depends on as one digest."""

from __future__ import annotations

import dataclasses
import dis
import enum
import hashlib
import json
import sys
import types
import typing
from collections.abc import Iterator, Mapping
from typing import Any, Final

UNCHANGED: Final = "Nothing changed since this ran; add --force to run it again."

TABLES: Final = {"data": "the training data", "val": "the validation data", "test": "the test data"}

_TOLD_BY_REPR: Final = frozenset({"datetime", "decimal", "fractions", "numpy", "pathlib", "uuid"})
_OF_THE_CLASS_OBJECT: Final = frozenset({
    "__dict__", "__weakref__", "__module__", "__firstlineno__", "__static_attributes__",
})  # fmt: skip


class Finished:
    """The last finished compile of every variable that one was bound to."""

    def __init__(self) -> None:
        self._runs: dict[str, tuple[str, str | None, Any]] = {}

    def find(self, name: str, key: str | None, bound: Any) -> Any:
        """The result of the same compile, if the variable still holds its best as it was; else None."""
        if key is None or name not in self._runs:
            return None
        known, best, result = self._runs[name]
        is_same = key == known and bound is result.best and digest(bound) == best
        return result if is_same else None

    def remember(self, name: str, key: str | None, result: Any) -> None:
        """Keep a result, in place of the one before; not one that was stopped, or of what cannot be told apart."""
        self._runs.pop(name, None)
        if key is not None and result.stopped is None:
            self._runs[name] = (key, digest(result.best), result)


def compile_key(program: Any, given: Mapping[str, Any]) -> str | None:
    """A digest of all that a compile's result depends on; None when a part of it cannot be told apart."""
    from nbdspy.configuration import settings
    from nbdspy.data import to_examples
    from nbdspy.models import gate

    given_tables = {name: given[name] for name in TABLES if name in given}
    if any(isinstance(table, Iterator) for table in given_tables.values()):
        return None  # reading it here would leave nothing for the compile
    tables = {name: to_examples(table, inputs=(), called=TABLES[name]) for name, table in given_tables.items()}
    parts = {name: given.get(name) for name in ("metric", "optimizer", "teacher", "seed", "options")}
    tape = gate.cassette and (str(gate.cassette.path), gate.cassette.records)
    return digest((program, tables, parts, settings.lm, settings.adapter, tape))


def digest(value: Any) -> str | None:
    """Equal for what behaves equally in this kernel; None when that cannot be said."""
    try:
        text = json.dumps(_Description().of(value))
    except (_CannotTell, RecursionError):
        return None
    return hashlib.sha256(text.encode()).hexdigest()


class _CannotTell(Exception):
    """A value of which nobody can say whether it changed."""


class _Description:
    """Values as JSON. What a notebook defined is described down to its code, what is installed by its name."""

    def __init__(self) -> None:
        self._met: dict[int, tuple[int, Any]] = {}  # with the value: an id is only good while its object lives

    def of(self, value: Any) -> Any:
        from nbdspy.signatures.fields import MISSING

        if value is None or isinstance(value, bool | int | float | str):
            return value
        if value is MISSING or value is Ellipsis:
            return [type(value).__name__]
        if isinstance(value, bytes | complex):
            return [type(value).__name__, repr(value)]
        if id(value) in self._met:
            return ["again", self._met[id(value)][0]]
        self._met[id(value)] = (len(self._met), value)
        return [type(value).__name__, *self._parts(value)]

    def _parts(self, value: Any) -> list[Any]:
        from nbdspy.models import LM
        from nbdspy.signatures import SignatureType

        match value:
            case SignatureType():
                return self._all(value.__name__, value.instructions, list(value.fields.values()))
            case LM():
                return self._all(value.model, value.model_type, dict(value.kwargs), _place(value))
            case enum.Enum():
                return self._all(type(value), value.name)
            case list() | tuple():
                return self._all(*value)
            case set() | frozenset():
                return sorted(json.dumps(self.of(part)) for part in value)
            case Mapping():
                return self._all(*(part for item in value.items() for part in item))
            case types.CodeType():
                return self._all(
                    value.co_code, value.co_names, value.co_varnames, value.co_freevars, value.co_flags, value.co_consts
                )
            case types.MethodType():
                return self._all(value.__self__, value.__func__)
            case staticmethod() | classmethod():
                return self._all(value.__func__)
            case property():
                return self._all(value.fget, value.fset)
            case types.CellType():
                if value == types.CellType():  # a name that the function around it has not set
                    raise _CannotTell(value)
                return self._all(value.cell_contents)
        if typing.get_origin(value) is not None:
            return self._all(typing.get_origin(value), list(typing.get_args(value)))
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType):
            return self._definition(value)
        if type(value).__module__ == "typing":
            return [repr(value)]
        return self._object(value)

    def _definition(self, value: Any) -> list[Any]:
        """A class, function or module."""
        module = value.__name__ if isinstance(value, types.ModuleType) else value.__module__
        if _is_installed(module) and "<" not in getattr(value, "__qualname__", ""):
            return [module, getattr(value, "__qualname__", "")]
        match value:
            case types.FunctionType():
                code = value.__code__
                used = [value.__globals__[name] for name in sorted(_globals(code)) if name in value.__globals__]
                return self._all(code, value.__defaults__, value.__kwdefaults__, value.__closure__, used)
            case type():
                body = {name: part for name, part in vars(value).items() if name not in _OF_THE_CLASS_OBJECT}
                return self._all(value.__qualname__, value.__bases__, body)
        raise _CannotTell(value)

    def _object(self, value: Any) -> list[Any]:
        if dataclasses.is_dataclass(value):
            return self._all(type(value), [getattr(value, field.name) for field in dataclasses.fields(value)])
        module = type(value).__module__
        package = module.partition(".")[0]
        if package in _TOLD_BY_REPR and getattr(value, "shape", ()) == ():
            return [repr(value)]
        is_foreign = package != "nbdspy" and _is_installed(module)
        if is_foreign or not hasattr(value, "__dict__"):
            raise _CannotTell(value)
        return self._all(type(value), vars(value))

    def _all(self, *values: Any) -> list[Any]:
        return [self.of(value) for value in values]


def _place(lm: Any) -> Any:
    """What answers, beyond the name: a server's address; for a model made in the notebook what it is made of."""
    package = type(lm.leaf).__module__
    if package.startswith("nbdspy.models."):
        return getattr(lm.leaf, "address", None)
    return lm.leaf


def _globals(code: types.CodeType) -> set[str]:
    """The names that a function looks up outside of itself, in its inner functions too."""
    names = {step.argval for step in dis.get_instructions(code) if step.opname in ("LOAD_GLOBAL", "LOAD_NAME")}
    return names.union(*(_globals(inner) for inner in code.co_consts if isinstance(inner, types.CodeType)))


def _is_installed(module: str | None) -> bool:
    """Whether code comes from a package, which does not change while a kernel runs."""
    package = (module or "").partition(".")[0]
    if package in sys.stdlib_module_names or package == "nbdspy":
        return package != "__main__"
    file = getattr(sys.modules.get(module or ""), "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file
