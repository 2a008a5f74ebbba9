"""Types in words: what people, prompts and grammars are told of a field's type."""

from __future__ import annotations

import dataclasses
import enum
import json
import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin, is_typeddict

from nbdspy.errors import SignatureError
from nbdspy.runtime import whole_import
from nbdspy.signatures import Field
from nbdspy.types import TypeBase


def describe_type(type_: Any) -> str:
    """A type in words for people and models.

    Example:
        >>> describe_type(Literal["red", "green"]), describe_type(list[int] | None)
        ('one of: red, green', 'list[int] | None')
    """
    choices = literal_choices(type_)
    if choices:
        return "one of: " + ", ".join(choices)
    return "any value" if type_ is Any else _named(type_)


def describe_form(field: Field) -> str:
    """How an output is to be written, where the name of its type does not tell: its own description, or its schema."""
    if field.is_input:
        return ""
    if own := _own_description(field.type):
        return own
    if not _has_parts(field.type):
        return ""
    whole_import("pydantic.type_adapter")
    import pydantic

    try:
        schema = pydantic.TypeAdapter(field.type).json_schema()
    except pydantic.errors.PydanticInvalidForJsonSchema as error:  # a function inside, such as a Tool's
        raise SignatureError(
            f"The output {field.name!r} cannot be {describe_type(field.type)}, which no model can write.",
            hint="A model writes ToolCalls." if "Tool" in describe_type(field.type) else None,
        ) from error
    return f"JSON of this schema: {json.dumps(schema, ensure_ascii=False)}"


def _own_description(type_: Any) -> str:
    kinds = [base_type(kind) for option in options_of(base_type(type_)) for kind in (option, *get_args(option))]
    own = [kind.description() for kind in kinds if isinstance(kind, type) and issubclass(kind, TypeBase)]
    return next(filter(None, own), "")


def literal_choices(type_: Any) -> tuple[str, ...]:
    """The texts that a Literal, an Enum or a bool can be; empty for every other type."""
    type_ = base_type(type_)
    if get_origin(type_) is Literal:
        return tuple(str(choice) for choice in get_args(type_))
    if is_enum(type_):
        return tuple(str(member.value) for member in type_)
    return ("True", "False") if type_ is bool else ()


def base_type(type_: Any) -> Any:
    """The type without what `Annotated` and `NewType` add to it."""
    while get_origin(type_) is Annotated or hasattr(type_, "__supertype__"):
        type_ = get_args(type_)[0] if get_origin(type_) is Annotated else type_.__supertype__
    return type_


def options_of(type_: Any) -> tuple[Any, ...]:
    """The members of a union; a type that is none is its own only one."""
    return get_args(type_) if get_origin(type_) in (Union, types.UnionType) else (type_,)


def is_enum(type_: Any) -> bool:
    """Whether it is a subclass of Enum."""
    return isinstance(type_, type) and issubclass(type_, enum.Enum)


def has_fields(type_: Any) -> bool:
    """Whether it is a class that declares fields: a pydantic model, a dataclass, a TypedDict."""
    return hasattr(type_, "model_json_schema") or dataclasses.is_dataclass(type_) or is_typeddict(type_)


def is_laid_out(field: Field) -> bool:
    """Whether the field's values are texts that stand in a layout already."""
    return field.type is not str and bool(getattr(field.type, "laid_out", False))


def _has_parts(type_: Any) -> bool:
    return has_fields(get_origin(type_) or type_) or any(map(_has_parts, get_args(type_)))


def _named(type_: Any) -> str:
    type_ = base_type(type_)
    arguments = get_args(type_)
    if type_ is type(None):
        return "None"
    if type_ is Ellipsis:
        return "..."
    if get_origin(type_) is Literal or is_enum(type_):
        return f"Literal[{', '.join(repr(choice) for choice in arguments or [member.value for member in type_])}]"
    if len(options_of(type_)) > 1:
        return " | ".join(map(_named, arguments))
    name = getattr(get_origin(type_) or type_, "__name__", str(type_))
    return f"{name}[{', '.join(map(_named, arguments))}]" if arguments else name
