"""A program in words, for a model that is asked for advice on it."""

from __future__ import annotations

import inspect
import linecache
from collections.abc import Iterable
from functools import partial
from textwrap import indent
from typing import Any

from nbdspy import render
from nbdspy.errors import SavedStateError
from nbdspy.modules.module import Module
from nbdspy.modules.origins import is_installed, origin_of
from nbdspy.modules.predict import Predict
from nbdspy.signatures import to_text

LONGEST = 4_000  # letters of one value: whole documents would leave no room for the rest


def code_of(thing: Any) -> str:
    """The text of a function or a class as it was typed, in a file, a cell or `%%module`; else what is known of it.

    Example:
        >>> print(code_of(len))
        len: Return the number of items in a container.
    """
    while isinstance(thing, partial):
        thing = thing.func
    thing = inspect.unwrap(getattr(thing, "__func__", thing))
    if not isinstance(thing, type) and not hasattr(thing, "__name__"):  # an object that is called
        thing = type(thing)
    if not is_installed(getattr(thing, "__module__", None) or "builtins"):
        try:
            return origin_of(thing).text.rstrip()
        except (SavedStateError, AttributeError):  # an inline lambda, or what was never typed
            code = getattr(thing, "__code__", None)
            if code is not None and (line := linecache.getline(code.co_filename, code.co_firstlineno).strip()):
                return line
    about = inspect.getdoc(thing) or ""
    return f"{thing.__name__}: {about.splitlines()[0]}" if about else str(thing.__name__)


def code_of_program(program: Module) -> str:
    """The text of a program's class, and of those of its parts that the user wrote."""
    classes = dict.fromkeys(type(part) for _, part in program.named_sub_modules())
    own = [made for made in classes if made is type(program) or not is_installed(made.__module__)]
    return "\n\n".join(map(code_of, own))


def predictors_of(program: Module) -> str:
    """The predictors by name, each with its instruction, its inputs and its outputs."""
    return "\n\n".join(predictor_as_text(name, predictor) for name, predictor in program.named_predictors())


def predictor_as_text(name: str, predictor: Predict) -> str:
    """One of them."""
    return f"{name}:\n{indent(to_text(predictor.signature).rstrip(), '  ')}"


def value_as_text(value: Any) -> str:
    """A value for a prompt; what is very long is cut, and says so."""
    text = render.written(value)
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}… ({len(text):,} characters)"


def values_as_text(values: Iterable[tuple[str, Any]]) -> str:
    """Named values, a line for each."""
    return "\n".join(f"{name}: {value_as_text(value)}" for name, value in values)
