"""What tells a function of the user's apart from another of its name: its text, and what was set in it."""

from __future__ import annotations

import dataclasses
import functools
import hashlib
import inspect
import linecache
import re
import sys
import textwrap
import types
from typing import Any, Final

from nbdspy.models.messages import canonical, digest

LENGTH: Final = 16  # digits that are kept: a file holds one for each call, and a few functions
DEPTH: Final = 50  # values inside of one another; what lies deeper counts by its class, like a list without an end
LONG: Final = 1_000  # letters; a value that takes more is told by a digest, so that one held often is written once

_PLAIN: Final = (type(None), bool, int, float, str)
_NUMBERS: Final = frozenset((type(None), bool, int, float))


def fingerprint(function: Any) -> str:
    """A digest that is equal on every machine, and another one when the function is.

    It is made of the function's text, without the indentation, and of what was set in it until now: defaults, the
    arguments of a partial, and what it took over from a function around it. Of these, functions count by their own
    text. Numbers, texts, bytes, ranges, lists, sets, dicts, regular expressions, arrays of NumPy and the compared
    fields of dataclasses count as they are, and everything else by its class alone. Of an object that is called, and
    of a method, the text of what is called counts. Where there is no text, as for what is built in, the name has to do.

    Not seen is what the function looks up when it is called: other variables of the notebook, an object's attributes,
    files. Whoever changes such a thing gives the function another name, or records anew. Python 3.12 forgets where the
    constant of `lambda texts: 1` stands; there such a lambda counts with the rest of its line, as it does nowhere else.

    Example:
        >>> def scaled(by):
        ...     return lambda texts: [[by * len(text)] for text in texts]
        >>> fingerprint(scaled(2)) == fingerprint(scaled(2)), fingerprint(scaled(2)) == fingerprint(scaled(3))
        (True, False)
    """
    return digest(canonical({"function": _Described().whole(function)}))[:LENGTH]


class _Described:
    """Values as JSON, each of them once, however often it is held."""

    def __init__(self) -> None:
        self._around: list[int] = []  # the ids of those that hold the value, so that a function may hold itself
        self._known: dict[int, tuple[Any, Any]] = {}  # by id: the value, which keeps the id its own, and its JSON

    def whole(self, value: Any) -> Any:
        """A value as JSON, however long."""
        if _is_plain(value):
            return value
        if id(value) in self._around:
            return ["again", self._around.index(id(value))]
        if len(self._around) >= DEPTH:
            return _name(value)
        self._around.append(id(value))
        try:
            return self._taken_apart(value)
        finally:
            self._around.pop()

    def _part(self, value: Any) -> Any:
        """A value as JSON for another that holds it: its digest where it is long."""
        if id(value) in self._known:
            return self._known[id(value)][1]
        told = self.whole(value)
        if id(value) in self._around:
            return told
        if len(written := canonical({"part": told})) > LONG:
            told = {"digest": digest(written)}
        self._known[id(value)] = value, told
        return told

    def _parts(self, values: Any) -> list[Any]:
        return [value if _is_short(value) else self._part(value) for value in values]

    def _taken_apart(self, value: Any) -> Any:
        match value:
            case list() | tuple():
                return self._parts(value)
            case dict():
                return {"dict": [self._parts(pair) for pair in value.items()]}
            case set() | frozenset():
                return {"set": sorted(self._parts(value), key=lambda part: canonical({"part": part}))}
            case bytes() | bytearray():
                return {"bytes": hashlib.sha256(value).hexdigest()}
            case range() | complex():
                return {_name(value): repr(value)}
            case re.Pattern():
                return {"pattern": [self._part(value.pattern), value.flags]}
            case functools.partial():
                return {"partial": self._parts((value.func, value.args, value.keywords))}
            case types.MethodType():
                called = self.whole(value.__func__)
                return {"method": [called, self._part(value.__self__)]} if _has_fields(value.__self__) else called
            case types.FunctionType():
                held = self._parts(cell.cell_contents for cell in value.__closure__ or () if cell != types.CellType())
                return {"text": _text(value), "set": [*self._parts((value.__defaults__, value.__kwdefaults__)), held]}
        if "numpy" in sys.modules and (array := self._array(value)):
            return array
        return self._object(value)

    def _array(self, value: Any) -> Any:
        """An array of NumPy, or one of its numbers; None for everything else."""
        import numpy as np

        if not isinstance(value, np.ndarray | np.generic):
            return None
        if value.dtype.hasobject:
            told = self._part(value.tolist())
        else:
            told = hashlib.sha256(value.tobytes()).hexdigest()
        return {"array": [list(value.shape), str(value.dtype), told]}

    def _object(self, value: Any) -> Any:
        # Looked up without asking the object: one that answers to every name has no end.
        if inspect.getattr_static(value, "__wrapped__", None) is not None:
            return self.whole(value.__wrapped__)
        call = inspect.getattr_static(type(value), "__call__", None)
        called = self.whole(call) if isinstance(call, types.FunctionType) else _name(value)
        if not _has_fields(value):
            return called
        names = [field.name for field in dataclasses.fields(value) if field.compare]
        return {"fields": [_name(value), called, [[name, self._part(getattr(value, name, None))] for name in names]]}


def _is_plain(value: Any) -> bool:
    return isinstance(value, _PLAIN)


def _is_short(value: Any) -> bool:
    return type(value) in _NUMBERS or (isinstance(value, _PLAIN) and (not isinstance(value, str) or len(value) < LONG))


def _has_fields(value: Any) -> bool:
    return dataclasses.is_dataclass(value) and not isinstance(value, type)


def _text(function: types.FunctionType) -> str:
    """What was typed; a lambda without the rest of its line."""
    if function.__code__.co_name == "<lambda>" and (expression := _expression(function)):
        return expression
    try:
        # Of the code: by itself, inspect passes over a wrapper, and tells what it wraps.
        return textwrap.dedent(inspect.getsource(function.__code__)).strip()
    except (OSError, TypeError, SyntaxError):
        return _name(function)


def _expression(function: types.FunctionType) -> str:
    """The arguments and the expression of a lambda; empty where its text is not known."""
    code = function.__code__
    spans = [
        ((first, start), (last, end))
        for first, last, start, end in code.co_positions()
        if first and last and start is not None and end is not None and (first, start) < (last, end)
    ]
    lines = [line.encode() for line in linecache.getlines(code.co_filename, function.__globals__)]  # columns are bytes
    if not spans or not lines:
        return ""
    (first, start), (last, end) = min(begin for begin, _ in spans), max(finish for _, finish in spans)
    typed = b"".join([*lines[first - 1 : last - 1], lines[last - 1][:end]])[start:]
    names = code.co_varnames[: code.co_argcount + code.co_kwonlyargcount]
    return f"lambda {', '.join(names)}: {typed.decode()}"


def _name(value: Any) -> str:
    named = value if inspect.getattr_static(value, "__qualname__", None) is not None else type(value)
    return f"{named.__module__}.{named.__qualname__}"
