"""What is said of a call that a program cannot take."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import Any

from nbdspy.errors import UsageError, did_you_mean, nearest


def unnamed(names: Iterable[str]) -> UsageError:
    """The error of a call that gives inputs by place."""
    return UsageError("Inputs are given by name.", hint=f"Write program({', '.join(f'{name}=…' for name in names)}).")


def missing(name: str, program: str, given: Iterable[str]) -> UsageError:
    """The error of a call that lacks an input; `given` are the names that nothing was known of."""
    near = nearest(name, given)
    hint = f"You gave {near!r}; did you mean {name!r}?" if near else f"Write {name}=…"
    return UsageError(f"The input {name!r} is missing for {program}.", hint=hint)


def check_call(
    flow: Callable[..., Any], args: Sequence[Any], inputs: Mapping[str, Any], *, called: str, names: Iterable[str]
) -> None:
    """Make sure that a flow can be called so.

    Args:
        flow: What is called.
        args: What is given by place.
        inputs: What is given by name.
        called: What people call the program.
        names: Its inputs.

    Raises:
        UsageError: When it cannot; says what to write.
    """
    signature = inspect.signature(flow)
    try:
        signature.bind(*args, **inputs)
    except TypeError as error:
        known = signature.parameters
        places = [
            name for name, each in known.items() if each.kind in (each.POSITIONAL_ONLY, each.POSITIONAL_OR_KEYWORD)
        ]
        if len(args) > len(places):
            raise unnamed(names) from None
        lacking = [
            name
            for name, each in known.items()
            if name not in inputs and name not in places[: len(args)] and each.default is each.empty
            and each.kind not in (each.VAR_POSITIONAL, each.VAR_KEYWORD)
        ]  # fmt: skip
        unknown = [name for name in inputs if name not in known]
        if lacking:
            raise missing(lacking[0], called, unknown) from None
        if unknown:
            has = did_you_mean(unknown[0], names) or f"Its inputs are: {', '.join(names) or 'none'}."
            raise UsageError(f"{called} has no input {unknown[0]!r}.", hint=has) from None
        raise UsageError(f"{called} cannot be called so: {error}.") from error
