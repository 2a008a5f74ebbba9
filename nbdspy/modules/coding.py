"""What agents and programs of code have in common: how they ask for code, and what they may be made with."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nbdspy.errors import ParseError, UsageError
from nbdspy.runtime import Effect, Steps
from nbdspy.signatures import Field, SignatureType


def asked_for(ask: Effect | Steps[Any], code: str) -> Steps[Mapping[str, Any]]:
    """A reply with code; of one that cannot be read the code, or all of it, for it may hold a fence, or was cut.

    Args:
        ask: The call of a predictor, or the steps that lead to it.
        code: The name of the output that holds the code.
    """
    try:
        reply: Mapping[str, Any] = (yield from ask) if isinstance(ask, Iterable) else (yield ask)
    except ParseError as error:
        return {code: error.reply, **(error.parsed_result or {})}
    return reply


def refuse_names(signature: SignatureType, own: Iterable[str], why: str = "a field of the program's own") -> None:
    """Make sure that no field is called as something else is.

    Raises:
        UsageError: When one is.
    """
    if taken := [name for name in own if name in signature.fields]:
        raise UsageError(f"{taken[0]!r} is {why}.", hint="Give your field another name.")


def given(**descriptions: str) -> dict[str, Field]:
    """Inputs of a program's own, by name."""
    return {name: Field(role="input", name=name, description=text) for name, text in descriptions.items()}


def wanted(**descriptions: str) -> dict[str, Field]:
    """Outputs of a program's own, by name."""
    return {name: Field(role="output", name=name, description=text) for name, text in descriptions.items()}


def listed(names: Iterable[str]) -> str:
    """Names of fields in an instruction."""
    return ", ".join(f"`{name}`" for name in names)
