"""Typed values to prompt text and back; every adapter shares this reading."""

from __future__ import annotations

import ast
import enum
import functools
import json
import re
import types
from collections.abc import Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, Union, get_args, get_origin

from nbdspy import render
from nbdspy.errors import ParseError
from nbdspy.signatures import Field

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_WORDS_OF_TRUTH = {"true": True, "yes": True, "1": True, "false": False, "no": False, "0": False}
_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\Z", re.DOTALL)


def write_value(value: Any, field: Field) -> str:
    """A value as prompt text: strings as they are, lists for a `str` field numbered, structures as JSON."""
    if isinstance(value, str):
        return value
    if field.type is str and isinstance(value, list | tuple):
        return "\n".join(f"[{number}] {write_value(item, field)}" for number, item in enumerate(value, 1))
    if isinstance(value, enum.Enum):
        return str(value.value)
    return render.plain(value)


def read_value(text: str, field: Field) -> Any:
    """A value of the field's type, from the text a model wrote for it.

    Raises:
        ParseError: When the text is no such value; shows it, the field and what was expected.
    """
    stripped = text.strip()
    try:
        if field.type is str and not field.constraints:
            return stripped
        return _read(stripped, field.type, field)
    except (ValueError, SyntaxError) as error:
        expected = describe_type(field.type)
        wrote = render.short(text, 200) or "(nothing)"
        raise ParseError(
            f"The field {field.name!r} should be {expected}, but the model wrote: {wrote}",
            reply=text, field=field.name, expected=expected,
        ) from error  # fmt: skip


def describe_type(type_: Any) -> str:
    """A type in words for people and models: `one of: red, green` or `list[int]`."""
    choices = literal_choices(type_)
    if choices:
        return "one of: " + ", ".join(choices)
    if type_ is Any:
        return "any value"
    if isinstance(type_, type) and not get_args(type_):
        return type_.__name__
    return re.sub(r"\b(?:typing|builtins|__main__)\.", "", str(type_))


def literal_choices(type_: Any) -> tuple[str, ...]:
    """The texts that a Literal, an Enum or a bool can be; empty for every other type."""
    if get_origin(type_) is Literal:
        return tuple(str(choice) for choice in get_args(type_))
    if isinstance(type_, type) and issubclass(type_, enum.Enum):
        return tuple(str(member.value) for member in type_)
    return ("True", "False") if type_ is bool else ()


class Unknown(str):
    """Stands in a prompt for an input that is not known yet, as `{name}`; passes for any type."""

    __slots__ = ()

    def __new__(cls, name: str) -> Unknown:
        return super().__new__(cls, f"{{{name}}}")


def accepts(value: Any, field: Field) -> bool:
    """Whether a value given for an input looks like the field's type; used to warn, never to refuse."""
    if isinstance(value, Unknown):
        return True
    if field.type in (str, Any) or value is None:
        return field.type is Any or isinstance(value, str | list | tuple) or value is None
    if field.type is float:
        return isinstance(value, int | float)
    if isinstance(field.type, type) and get_origin(field.type) is None:
        return isinstance(value, field.type)
    if get_origin(field.type) is Literal:
        return value in get_args(field.type)
    try:
        _validator(field.type, field).validate_python(value)
    except ValueError:
        return False
    return True


def _read(text: str, type_: Any, field: Field) -> Any:
    origin = get_origin(type_)
    if origin is Literal:
        return _choose(text, {str(choice): choice for choice in get_args(type_)})
    if isinstance(type_, type) and issubclass(type_, enum.Enum):
        names = {member.name: member for member in type_}
        return _choose(text, {**names, **{str(member.value): member for member in type_}})
    if type_ is bool:
        return _WORDS_OF_TRUTH[_bare(text).lower()] if _bare(text).lower() in _WORDS_OF_TRUTH else _refuse(text)
    if origin in (Union, types.UnionType) and type(None) in get_args(type_):
        if _bare(text).lower() in ("none", "null", ""):
            return None
        rest = [option for option in get_args(type_) if option is not type(None)]
        if len(rest) == 1:
            return _read(text, rest[0], field)
    if type_ in (int, float) and not field.constraints:
        return type_(_bare(text).replace(",", "").replace("_", ""))
    return _validator(type_, field).validate_python(_loaded(text, type_))


def _choose(text: str, choices: Mapping[str, Any]) -> Any:
    bare = _bare(text)
    if bare in choices:
        return choices[bare]
    folded = [choice for choice in choices if choice.casefold() == bare.casefold()]
    return choices[folded[0]] if len(folded) == 1 else _refuse(text)


def _bare(text: str) -> str:
    """Without the quotes and the full stop that models put around a single value."""
    return text.strip().rstrip(".").strip("\"'`* ")


def _refuse(text: str) -> Any:
    raise ValueError(text)


def _loaded(text: str, type_: Any) -> Any:
    """The value that the text spells as JSON or as a Python literal, else the text itself."""
    if type_ is str:
        return text
    fenced = _FENCE.match(text)
    text = fenced.group(1) if fenced else text
    try:
        return json.loads(text)
    except ValueError:
        pass
    try:
        return ast.literal_eval(text)
    except (ValueError, SyntaxError):
        return text


@functools.lru_cache(maxsize=1024)
def _validator(type_: Any, field: Field) -> TypeAdapter[Any]:
    """Reads one type under a field's constraints; making it is slow, so it is kept."""
    import pydantic

    constraints = field.constraints
    return pydantic.TypeAdapter(Annotated[type_, pydantic.Field(**constraints)] if constraints else type_)
