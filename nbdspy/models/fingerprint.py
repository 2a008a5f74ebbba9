"""What tells a function of the user's apart from another of its name: its text, and what was set in it."""

from __future__ import annotations

import functools
import inspect
import linecache
import textwrap
import types
from typing import Any, Final

from nbdspy.models.messages import canonical, digest

LENGTH: Final = 16  # digits that are kept: a file holds one for each call, and a few functions


def fingerprint(function: Any) -> str:
    """A digest that is equal on every machine, and another one when the function is.

    It is made of the function's text, without the indentation, and of what was set in it until now: defaults, the
    arguments of a partial, and what it took over from a function around it. Of these, plain values count as they are,
    functions by their own text, and everything else by its class alone. Of an object that is called, and of a method,
    the text of what is called counts. Where there is no text, as for what is built in, the name has to do.

    Not seen is what the function looks up when it is called: other variables of the notebook, an object's attributes,
    files. Whoever changes such a thing gives the function another name, or records anew.

    Example:
        >>> def scaled(by):
        ...     return lambda texts: [[by * len(text)] for text in texts]
        >>> fingerprint(scaled(2)) == fingerprint(scaled(2)), fingerprint(scaled(2)) == fingerprint(scaled(3))
        (True, False)
    """
    return digest(canonical({"function": _described(function, ())}))[:LENGTH]


def _described(value: Any, around: tuple[int, ...]) -> Any:
    """A value as JSON; `around` are the ids of those that hold it, so that a function may hold itself."""
    if value is None or isinstance(value, bool | int | float | str):
        return value
    if id(value) in around:
        return ["again", around.index(id(value))]
    inside = functools.partial(_described, around=(*around, id(value)))
    match value:
        case list() | tuple():
            return [inside(part) for part in value]
        case dict():
            return {"dict": [[inside(key), inside(part)] for key, part in value.items()]}
        case functools.partial():
            return {"partial": [inside(value.func), inside(value.args), inside(value.keywords)]}
        case types.MethodType():
            return inside(value.__func__)
        case types.FunctionType():
            held = [inside(cell.cell_contents) for cell in value.__closure__ or () if cell != types.CellType()]
            return {"text": _text(value), "set": [inside(value.__defaults__), inside(value.__kwdefaults__), held]}
    if hasattr(value, "__wrapped__"):
        return inside(value.__wrapped__)
    call = inspect.getattr_static(type(value), "__call__", None)
    return inside(call) if isinstance(call, types.FunctionType) else _name(value)


def _text(function: types.FunctionType) -> str:
    """What was typed; a lambda without the rest of its line."""
    if function.__name__ == "<lambda>" and (expression := _expression(function)):
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
    named = value if hasattr(value, "__qualname__") else type(value)
    return f"{named.__module__}.{named.__qualname__}"
