"""`Type`: the class to subclass for values that know themselves how a prompt shows them."""

from __future__ import annotations

import json
from typing import Any

import pydantic
from pydantic_core import CoreSchema

from nbdspy.errors import UsageError
from nbdspy.types.parts import TypeBase

_READ = 'Read texts by a @pydantic.model_validator(mode="before").'
_STREAMED = "A reply is streamed as text, and read when it is whole."
_HOOKS = {
    "parse_lm_response": _READ,
    "parse_stream_chunk": _STREAMED,
    "is_streamable": _STREAMED,
    "extract_custom_type_from_annotation": "Look at field.type, or typing.get_args of it.",
    "adapt_to_native_lm_feature": "Native features are those of Tool, ToolCalls, Reasoning and Citations.",
}


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

    @classmethod
    def __pydantic_init_subclass__(cls, **_: Any) -> None:
        """Refuse what would never be called.

        Raises:
            UsageError: For one of DSPy's hooks; says what to write.
        """
        for hook, instead in _HOOKS.items():
            if hook in vars(cls):
                raise UsageError(f"{cls.__name__}.{hook} would never be called.", hint=instead)

    def format(self) -> str | list[dict[str, Any]]:
        """The value for a prompt: a text, or content parts."""
        raise NotImplementedError(f"{type(self).__name__} must define format().")

    @classmethod
    def __get_pydantic_json_schema__(cls, schema: CoreSchema, handler: pydantic.GetJsonSchemaHandler) -> Any:
        """The schema of the class's fields, with what models are told of it instead of its docstring."""
        made = handler(schema)
        if told := cls.description():
            handler.resolve_ref_schema(made)["description"] = told
        return made

    def as_plain(self) -> Any:
        """The value in JSON's types, for texts and for people; what only parts can show becomes its short repr."""
        formatted = self.format()
        return formatted if isinstance(formatted, str) else repr(self)


def positional(made: Type, given: Any, name: str, values: dict[str, Any]) -> None:
    """Set a value up whose one obvious field may be given without its name.

    Raises:
        UsageError: When the values are not those of its type.
    """
    if given is not None:
        values[name] = given
    try:
        pydantic.BaseModel.__init__(made, **values)
    except pydantic.ValidationError as error:
        raise UsageError(f"That is no {type(made).__name__}: {reason_of(error).rstrip('.')}.") from error


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
    where = ".".join(map(str, first["loc"]))
    said = first["msg"].removeprefix("Value error, ")
    said = said[:1].lower() + said[1:]
    return f"{where}: {said}" if where else said
