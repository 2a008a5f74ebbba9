"""Typed values to prompt text and back; every adapter shares this reading."""

from __future__ import annotations

import contextlib
import functools
import json
import numbers
import re
from collections.abc import Callable, Mapping
from typing import TYPE_CHECKING, Annotated, Any, Literal, get_args, get_origin

from nbdspy import render
from nbdspy.adapters.broken_rules import reason_of, rule_of
from nbdspy.adapters.fitting import fitted
from nbdspy.adapters.kinds import kind_of
from nbdspy.adapters.scalars import is_nothing, read_single
from nbdspy.adapters.spelling import bare
from nbdspy.adapters.structures import read_structure
from nbdspy.adapters.wording import describe_type, is_laid_out, literal_choices
from nbdspy.errors import ParseError, SignatureError
from nbdspy.models.redaction import redact
from nbdspy.runtime import whole_import
from nbdspy.signatures import Field
from nbdspy.types import is_custom

if TYPE_CHECKING:
    from pydantic import TypeAdapter

_NUMBERS: Mapping[type, type] = {int: numbers.Integral, float: numbers.Real}  # numpy's are numbers, too
_FENCE = re.compile(r"\A```\w*\n(.*?)\n?```\Z", re.DOTALL)


def write_value(value: Any, field: Field) -> str:
    """A value as prompt text: strings as they are, lists for a `str` field numbered, structures as JSON."""
    if field.type is str and isinstance(value, list | tuple):
        return _numbered(value, field, ())
    if is_custom(type(value)) and not isinstance(value, str):  # Reasoning is a text already
        return _shown(value)
    return render.written(value)


def read_value(text: str, field: Field) -> Any:
    """A value of the field's type, from the text a model wrote for it.

    Raises:
        ParseError: When the text is no such value; shows it, the field, what was expected and what is wrong.
        SignatureError: When no text could be.
    """
    try:
        return _read(text.strip(), field.type, field)
    except SignatureError:
        raise
    except ValueError as error:
        rule = rule_of(error)
        expected = describe_type(field.type) + (f", {rule}" if rule else "")
        reason = "" if kind_of(field.type).is_union else reason_of(error, field.name)
        wrote = render.short(redact(text), 200) or "(nothing)"
        raise ParseError(
            f"The field {field.name!r} should be {expected}, but the model wrote: {wrote}"
            + (f" ({reason})" if reason else ""),
            reply=text, field=field.name, expected=expected, hint="Show it a demo, or describe the field.", wrote=text,
        ) from error  # fmt: skip


class Quoted(str):
    """A text that stood in the quotes of JSON: it is no number and no None, whatever it says."""

    __slots__ = ()


def read_object(value: Any, field: Field) -> Any:
    """A value of the field's type, from a text or from what a JSON reply held in its place.

    Raises:
        ParseError: When it is no such value.
    """
    if isinstance(value, Quoted):
        with contextlib.suppress(ValueError):  # then the constraints do not allow it
            return _validator(field.type, field).validate_python(value.strip())
    if isinstance(value, str):
        return read_value(value, field)
    if not field.constraints:
        if field.type is str:
            return render.written(value)
        if type(value) is field.type and field.type in (int, bool):
            return value
    try:
        return _validator(field.type, field).validate_python(fitted(value, field.type, field))
    except ValueError:
        return read_value(render.written(value), field)  # what is strict there may be plain here: 3.0 for an int


def written(
    fields: Mapping[str, Field], values: Mapping[str, Any], missing: str | None = None
) -> list[tuple[Field, str]]:
    """The given values of some fields as text, in the fields' order; one that is not given is `missing` or left out."""
    texts = [
        (field, write_value(values[name], field) if is_given(name, field, values) else missing)
        for name, field in fields.items()
    ]
    return [(field, text) for field, text in texts if text is not None]


def is_given(name: str, field: Field, values: Mapping[str, Any]) -> bool:
    """Whether the values hold one for the field.

    None is a value where the type has it, unless it is what an input is by default; elsewhere it is a gap.
    """
    if values.get(name) is not None:
        return True
    return name in values and field.may_be_none and not (field.is_input and field.default is None)


def jsonable(value: Any, otherwise: Callable[[Any], Any] = render.said) -> Any:
    """A value in types that JSON has; what has no such form becomes its text, or what else is made of it."""
    plain = render.simple(value, otherwise)
    if plain is None or isinstance(plain, str | int | float):
        return plain
    text = render.written(plain, otherwise)
    try:
        return json.loads(text)
    except ValueError:  # a value that holds itself has become its text
        return text


def check_readable(field: Field) -> None:
    """Make sure, before a call is spent, that a reply can be read as the field's type.

    Raises:
        SignatureError: When it cannot.
    """
    if field.constraints or (field.type not in (str, int, float) and not literal_choices(field.type)):
        _validator(field.type, field)


class Unknown(str):
    """Stands in a prompt for an input that is not known yet, as `{name}`; passes for any type."""

    __slots__ = ()

    def __new__(cls, name: str) -> Unknown:
        return super().__new__(cls, f"{{{name}}}")


def accepts(value: Any, field: Field) -> bool:
    """Whether a value given for an input looks like the field's type; used to warn, never to refuse."""
    if isinstance(value, Unknown) or (is_laid_out(field) and getattr(value, "laid_out", False)):
        return True
    if field.type in (str, Any) or value is None:
        return field.type is Any or isinstance(value, str | list | tuple) or value is None
    if isinstance(field.type, type) and get_origin(field.type) is None:
        if isinstance(value, str) and kind_of(field.type).is_verbatim:
            return True
        return isinstance(value, _NUMBERS.get(field.type, field.type))
    if get_origin(field.type) is Literal:
        return value in get_args(field.type)
    try:
        _validator(field.type, field).validate_python(value)
    except SignatureError:  # a class that nobody can check; it is the user's own value
        return True
    except ValueError:
        return False
    return True


def _numbered(items: Any, field: Field, around: tuple[int, ...]) -> str:
    """A list as text, a line for each item; where it holds itself it is said to."""
    if not isinstance(items, list | tuple):
        return write_value(items, field)
    if id(items) in around:
        return "[…]"
    around = (*around, id(items))
    return "\n".join(f"[{number}] {_numbered(item, field, around)}" for number, item in enumerate(items, 1))


def _shown(value: Any) -> str:
    """A `Type` by its own words; of one that has only content parts, which no text holds, its short repr."""
    formatted = value.format()
    return formatted if isinstance(formatted, str) else render.written(value)


def _read(text: str, type_: Any, field: Field) -> Any:
    if type_ is str and not field.constraints:
        return text
    kind = kind_of(type_)
    if kind.is_verbatim and not kind.may_be_none:
        return _validator(type_, field).validate_python(text)
    text = _FENCE.sub(r"\1", text) if type_ is not str and text.startswith("```") else text
    if kind.may_be_none:
        if is_nothing(text, may_be_text=kind.has_text):
            return None
        if not kind.is_union:
            return _read(text, kind.type, field)
    if kind.is_single:
        single = read_single(text, kind, field)
        is_read = kind.is_ours and kind.type is type_ and not field.constraints
        return single if is_read else _validator(type_, field).validate_python(single)
    validate = _validator(type_, field).validate_python
    if kind.type is str:
        try:
            return validate(text)
        except ValueError:
            return validate(bare(text))
    return read_structure(text, type_, field, validate)


@functools.lru_cache(maxsize=1024)
def _validator(type_: Any, field: Field) -> TypeAdapter[Any]:
    """Reads one type under a field's constraints; making it is slow, so it is kept."""
    whole_import("pydantic.type_adapter")
    import pydantic
    import pydantic_core

    constraints = field.constraints
    try:
        return pydantic.TypeAdapter(Annotated[type_, pydantic.Field(**constraints)] if constraints else type_)
    except (pydantic.errors.PydanticUserError, pydantic_core.SchemaError) as error:
        under = "".join(f", {name} {value!r}" for name, value in constraints.items())
        raise SignatureError(
            f"No reply can be read as {describe_type(type_)}{under}, as the field {field.name!r} should be.",
            hint="Mend its constraints." if constraints else "Use a dataclass or a pydantic model.",
        ) from error
