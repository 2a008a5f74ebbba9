"""`Type`: the class to subclass for values that know themselves how a prompt shows them."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

import pydantic

from nbdspy.types.parts import TypeBase

_BEGIN: Final = "<<CUSTOM-TYPE-START-IDENTIFIER>>"  # what DSPy's files have around content parts
_END: Final = "<<CUSTOM-TYPE-END-IDENTIFIER>>"


class Type(pydantic.BaseModel, TypeBase):
    """A pydantic model that says how a prompt shows it, and how a model's text becomes one.

    Subclasses define `format`, which returns a text or a list of content parts as OpenAI's API takes them. They may
    define the class method `description`, which models are told, and read texts with pydantic's own validators
    (`@pydantic.model_validator(mode="before")`).

    Example:
        >>> class Money(Type):
        ...     amount: float
        ...     currency: str
        ...
        ...     def format(self):
        ...         return f"{self.amount:.2f} {self.currency}"
        ...
        ...     @classmethod
        ...     def description(cls):
        ...         return "an amount with its currency"
        >>> Money(amount=3, currency="EUR").format()
        '3.00 EUR'
    """

    def format(self) -> str | list[dict[str, Any]]:
        """The value for a prompt: a text, or content parts."""
        raise NotImplementedError(f"{type(self).__name__} must define format().")

    def as_plain(self) -> Any:
        """The value in JSON's types, for texts and for people; what only parts can show becomes its short repr."""
        formatted = self.format()
        return formatted if isinstance(formatted, str) else repr(self)

    def saved(self) -> Any:
        """The value as DSPy's files hold it: its text, or its content parts between marks."""
        formatted = self.format()
        if isinstance(formatted, str):
            return self.as_plain()
        return f"{_BEGIN}{json.dumps(formatted, ensure_ascii=False)}{_END}"


def part_of(value: Any, kind: str) -> Any:
    """What a single content part of a kind holds, given as the part, in a list, or as DSPy's files have it.

    Anything else is returned as it is.
    """
    if isinstance(value, str) and value.startswith(_BEGIN) and value.endswith(_END):
        value = loaded(value.removeprefix(_BEGIN).removesuffix(_END))
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    return value[kind] if isinstance(value, Mapping) and value.get("type") == kind and kind in value else value


def loaded(value: Any) -> Any:
    """The value of a text that is JSON; anything else as it is."""
    if not isinstance(value, str):
        return value
    try:
        return json.loads(value)
    except (ValueError, RecursionError):
        return value


def reason_of(error: pydantic.ValidationError) -> str:
    """The first thing that pydantic found wrong, and where inside of the value."""
    first = error.errors(include_url=False, include_context=False)[0]
    where = "".join(f"[{part!r}]" for part in first["loc"])
    said = first["msg"].removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    return f"{where} {said}" if where else said
