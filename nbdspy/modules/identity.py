"""Whether two values behave alike: everything that a program's behaviour depends on, as one digest."""

from __future__ import annotations

import dataclasses
import dis
import enum
import functools
import hashlib
import importlib.metadata
import json
import logging
import re
import sys
import types
import typing
from collections import deque
from collections.abc import Iterable, Mapping
from typing import Any, Final

_TOLD_BY_REPR: Final = frozenset({
    "datetime", "decimal", "fractions", "ipaddress", "numpy", "pandas", "pathlib", "uuid", "zoneinfo",
})  # fmt: skip
_OF_THE_CLASS_OBJECT: Final = frozenset({
    "__dict__", "__weakref__", "__module__", "__firstlineno__", "__static_attributes__", "__dataclass_params__",
    "__dataclass_fields__",
})  # fmt: skip


_OF_DATACLASSES: Final = ("_HAS_DEFAULT_FACTORY_CLASS", "_MISSING_TYPE")  # signs in the methods that it writes


def digest(value: Any, *, same_models: bool = False, lasting: bool = False) -> str | None:
    """Equal for what behaves equally in this process; None when that cannot be said.

    Args:
        value: A program, a metric, data, or a tuple of such.
        same_models: Tell models apart by which object they are, where they stay the same ones: within one run.
        lasting: Tell packages apart by their versions too, and files of models by their content, which another process
            may find changed.
    """
    try:
        text = json.dumps(Description(same_models, lasting).of(value))
    except (CannotTell, RecursionError):
        return None
    return hashlib.sha256(text.encode()).hexdigest()


class CannotTell(Exception):
    """A value of which nobody can say whether it changed."""


class Description:
    """Values as JSON. What a notebook defined is described down to its code, what is installed by its name."""

    def __init__(self, same_models: bool, lasting: bool) -> None:
        self._same_models = same_models
        self._lasting = lasting
        self._versions: dict[str, str] = {}
        self._met: dict[int, tuple[Any, Any]] = {}  # with the value: an id is only good while its object lives

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
        self._met[id(value)] = (self._place(), value)
        return [type(value).__name__, *self._parts(value)]

    def _place(self) -> Any:
        """What a value is called when it is met again."""
        return len(self._met)

    def _held(self, name: str, value: Any, owner: object) -> Any:
        """What a name holds, which may change while it is used."""
        return self.of(value)

    def _attributes(self, owner: object, held: Mapping[str, Any]) -> Any:
        return self.of(held)

    def _contents(self, parts: Iterable[tuple[Any, Any]]) -> list[Any]:
        """What is held under places or keys."""
        return [self.of(part) for _, part in parts]

    def _parts(self, value: Any) -> list[Any]:
        from nbdspy.models import LM
        from nbdspy.signatures import SignatureType

        match value:
            case SignatureType():
                return self._all(value.__name__, value.instructions, list(value.fields.values()))
            case LM():
                place = id(value.leaf) if self._same_models else _place(value)
                file = value.leaf.scope if self._lasting else None
                return self._all(value.model, value.model_type, dict(value.kwargs), place, file)
            case enum.Enum():
                return self._all(type(value), value.name)
            case list() | tuple() | deque():
                return self._contents(enumerate(tuple(value)))
            case set() | frozenset():
                return sorted(json.dumps(self.of(part)) for part in value)
            case Mapping():
                items = tuple(value.items())
                return [*self._contents((None, key) for key, _ in items), *self._contents(items)]
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
            case functools.partial():
                return self._all(value.func, value.args, value.keywords)
            case functools._lru_cache_wrapper():
                return self._all(value.__wrapped__)
            case re.Pattern():
                return self._all(value.pattern, value.flags)
            case logging.Logger():
                return [value.name]
            case types.CellType():
                if value == types.CellType():  # a name that the function around it has not set
                    raise CannotTell(value)
                return self._all(value.cell_contents)
        if typing.get_origin(value) is not None:
            return self._all(typing.get_origin(value), list(typing.get_args(value)))
        if isinstance(value, type | types.FunctionType | types.BuiltinFunctionType | types.ModuleType):
            if not hasattr(value, "__name__"):  # a module that somebody made by hand
                raise CannotTell(value)
            return self._definition(value)
        if type(value).__module__ == "typing":
            return [repr(value)]
        return self._object(value)

    def _version(self, module: str) -> str:
        """Of its package, which is looked up on the disk once for each description."""
        package = module.partition(".")[0]
        if package not in self._versions:
            self._versions[package] = _version(package)
        return self._versions[package]

    def _definition(self, value: Any) -> list[Any]:
        """A class, function or module."""
        module = value.__name__ if isinstance(value, types.ModuleType) else value.__module__
        if _is_installed(module) and "<" not in getattr(value, "__qualname__", ""):
            return [module, getattr(value, "__qualname__", ""), self._version(module) if self._lasting else ""]
        match value:
            case types.FunctionType():
                code = value.__code__
                used = [name for name in sorted(_globals(code)) if name in value.__globals__]
                closed_over = zip(code.co_freevars, value.__closure__ or (), strict=True)
                defaults = (value.__defaults__, value.__kwdefaults__)
                return [
                    self.of(code),
                    self._held(f"{value.__name__}.defaults", defaults, value) if any(defaults) else None,
                    [self._held(name, cell, cell) for name, cell in closed_over],
                    [self._held(name, value.__globals__[name], value.__globals__) for name in used],
                ]
            case type():
                body = {name: part for name, part in vars(value).items() if name not in _OF_THE_CLASS_OBJECT}
                if "__pydantic_fields__" in body:
                    return self._all(value.__qualname__, value.__bases__, _of_a_model(value, body))
                return [*self._all(value.__qualname__, value.__bases__), self._attributes(value, body)]
        raise CannotTell(value)

    def _object(self, value: Any) -> list[Any]:
        from nbdspy.data import Example

        if dataclasses.is_dataclass(value):
            return self._all(type(value), [getattr(value, field.name) for field in dataclasses.fields(value)])
        module = type(value).__module__
        if module == "dataclasses" and type(value).__name__ in _OF_DATACLASSES:
            return []
        package = module.partition(".")[0]
        if package == "numpy" and hasattr(value, "tobytes") and value.shape != ():
            held = value.tolist() if value.dtype.hasobject else hashlib.sha256(value.tobytes()).hexdigest()
            return self._all(str(value.dtype), value.shape, held)
        if package in _TOLD_BY_REPR and getattr(value, "shape", ()) == () and " at 0x" not in (told := repr(value)):
            return [told]
        is_foreign = package != "nbdspy" and _is_installed(module)
        if is_foreign or not hasattr(value, "__dict__"):
            raise CannotTell(value)
        held = dict(vars(value))
        if isinstance(value, Example):  # the mark of a demonstration made by a teacher stands in no prompt
            held.pop("augmented", None)
        return [self.of(type(value)), self._attributes(value, held)]

    def _all(self, *values: Any) -> list[Any]:
        return [self.of(value) for value in values]


def _of_a_model(value: Any, body: Mapping[str, Any]) -> dict[str, Any]:
    """What a class of pydantic's is made of: what it was written with, and its fields as their schema tells them."""
    import pydantic

    try:
        schema = value.model_json_schema()
    except (pydantic.PydanticUserError, ValueError, TypeError) as error:
        raise CannotTell(value) from error
    made = [field.default_factory for field in value.__pydantic_fields__.values()]
    written = {name: part for name, part in body.items() if not name.startswith("__pydantic_")}
    own = {name: part for name, part in written.items() if name not in ("_abc_impl", "__signature__")}
    return own | {"schema": schema, "made": made}


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


@functools.cache
def _packages() -> Mapping[str, list[str]]:
    return importlib.metadata.packages_distributions()


def _version(package: str) -> str:
    """Which version it has; empty where Python itself brings it."""
    if package in sys.stdlib_module_names:
        return ""
    return " ".join(f"{name} {importlib.metadata.version(name)}" for name in sorted(set(_packages().get(package, ()))))


def _is_installed(module: str | None) -> bool:
    """Whether code comes from a package, which does not change while a kernel runs."""
    package = (module or "").partition(".")[0]
    if package in sys.stdlib_module_names or package == "nbdspy":
        return package != "__main__"
    file = getattr(sys.modules.get(module or ""), "__file__", None) or ""
    return "site-packages" in file or "dist-packages" in file
