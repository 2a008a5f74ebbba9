"""Arguments by the names that they have elsewhere, as in DSPy's programs: refused in words that say where they go."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import wraps
from typing import Final, ParamSpec, TypeVar

from nbdspy.errors import UsageError, did_you_mean

P = ParamSpec("P")
T = TypeVar("T")

OF_COMPILE: Final[Mapping[str, str]] = {
    "student": "Here it is called program.",
    "trainset": "Here they are called data, and those to choose by val: compile(program, data=…, val=…).",
    "valset": "Here they are called val: compile(program, data=…, val=…).",
    "devset": "Examples to choose by are called val here, those that only measure test.",
    "testset": "Here they are called test.",
    "num_threads": "Here it is called threads.",
    "max_minutes": "Give seconds: timeout=….",
    "teleprompter": "Here it is called optimizer.",
    "requires_permission_to_run": "nbdspy.plan(...) says what it would take, and nothing asks.",
}
"""Where the arguments of an optimizer's `compile` in DSPy go in `nbdspy.compile`."""

OF_AN_OPTIMIZER: Final[Mapping[str, str]] = {
    "program": "Here it is called student.",
    "data": "Here they are called trainset.",
    "val": "Here they are called valset.",
    "devset": "Here they are called valset.",
    "test": "nbdspy.compile(program, data, test=…) measures on them.",
    "threads": "It is an argument of the optimizer: num_threads=….",
    "eval_kwargs": "Give num_threads and max_errors to the optimizer.",
    "requires_permission_to_run": "Leave it out; nothing asks.",
    "sample": "The examples are always drawn; for the first ones give trainset[:k].",
    "labeled_sample": "The examples are always drawn.",
    "restrict": "Candidates are tried in one order; num_candidate_programs and stop_at_score end it.",
}
"""The same of an optimizer's own `compile`, for what `nbdspy.compile`, or another optimizer, takes."""


def in_our_words(hints: Mapping[str, str]) -> Callable[[Callable[P, T]], Callable[P, T]]:
    """Make a function refuse keywords that it does not have with a hint, where Python's own error has none.

    What the constructor of the method's object takes is said to go there, what `options` take to go there.

    Args:
        hints: What to do instead, by the keyword.
    """

    def made(function: Callable[P, T]) -> Callable[P, T]:
        known = inspect.signature(function).parameters

        @wraps(function)
        def checked(*args: P.args, **kwargs: P.kwargs) -> T:
            for name in kwargs:
                if name not in known:
                    raise UsageError(
                        f"{function.__name__} takes no {name!r}; it takes: {', '.join(_named(known))}.",
                        hint=hints.get(name) or _elsewhere(name, args, known),
                    )
            return function(*args, **kwargs)

        return checked

    return made


def _named(known: Mapping[str, inspect.Parameter]) -> list[str]:
    return [name for name in known if name != "self"]


def _elsewhere(name: str, args: tuple[object, ...], known: Mapping[str, inspect.Parameter]) -> str | None:
    if "self" in known and args and name in inspect.signature(type(args[0])).parameters:
        return f"It is an argument of the optimizer: {type(args[0]).__name__}({name}=…)."
    if close := did_you_mean(name, _named(known)):
        return close
    return f'If the optimizer has it: options={{"{name}": …}}.' if "options" in known else None
