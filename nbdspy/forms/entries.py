"""What a person types for a field, to a value of its type and back."""

from __future__ import annotations

import json
from dataclasses import replace
from typing import Any, Final, Literal

from nbdspy import render
from nbdspy.adapters.broken_rules import reason_of
from nbdspy.adapters.kinds import Kind, kind_of
from nbdspy.adapters.values import accepts, jsonable, read_object, read_value, write_value
from nbdspy.adapters.wording import describe_type, literal_choices
from nbdspy.errors import ParseError, UsageError, did_you_mean
from nbdspy.models.redaction import redact
from nbdspy.signatures import Field

Shape = Literal["text", "number", "truth", "choice", "lines", "file", "json"]
"""How a value is entered: a list of plain values as lines, what has parts as JSON."""

FILES: Final = ("Image", "Audio", "File")
_NUMBERS: Final = ("int", "float", "Decimal")


def shape_of(field: Field) -> Shape:
    """How a person enters a value of a field.

    Example:
        >>> shape_of(Field(role="input", type=list[str])), shape_of(Field(role="input", type=int | None))
        ('lines', 'number')
    """
    kind = kind_of(field.type)
    if kind.is_union:
        return "text" if kind.has_text else "json"
    name = getattr(kind.type, "__name__", "")
    if kind.type is bool and not kind.may_be_none:
        return "truth"
    if kind.choices:
        return "choice"
    if name in _NUMBERS:
        return "number"
    if kind.is_custom and name in FILES:
        return "file"
    if kind.is_list and _is_plain(kind_of(kind.item())):
        return "lines"
    has_parts = kind.is_list or kind.is_object or kind.is_custom or kind.type in (Any, object)
    return "json" if has_parts and not kind.is_verbatim else "text"


def choices_of(field: Field) -> dict[str, Any]:
    """The texts that a person chooses among, with their values; an empty one where the field may be left out."""
    texts = literal_choices(kind_of(field.type).type)
    known = kind_of(field.type).choices
    return {text: known[text] for text in texts}


def read_entry(text: str, field: Field) -> Any:
    """The value that a text means.

    Raises:
        UsageError: When it is no such value: what the field should be, what is wrong, and what was typed.

    Example:
        >>> read_entry("3", Field(role="input", name="days", type=int))
        3
        >>> read_entry("soon", Field(role="input", name="days", type=int))
        Traceback (most recent call last):
        ...
        nbdspy.errors.UsageError: days should be int; this is 'soon'.
    """
    if not text.strip():
        return _left_out(field)
    shape = shape_of(field)
    try:
        if shape == "choice":
            return choices_of(field)[text] if text in choices_of(field) else read_value(text, field)
        if shape == "lines" and not text.lstrip().startswith("["):
            return _read_lines(text, field)
        if shape == "json":
            return _read_json(text, field)
        return text if field.type is str and not field.constraints else read_value(text, field)
    except ParseError as error:
        raise _misfit(text, field, error) from error


def said_value(value: Any, field: Field) -> Any:
    """What a person said for a field: a text is read, also one that would be a value of its type as it stands.

    Raises:
        UsageError: When it does not fit.
    """
    return read_entry(value, field) if isinstance(value, str) else fitting(value, field)


def fitting(value: Any, field: Field) -> Any:
    """A value of the field's type: as it is, or what it means where it is a text.

    Raises:
        UsageError: When it does not fit.
    """
    if accepts(value, field) and (value is not None or field.may_be_none):
        return value
    if isinstance(value, str):
        return read_entry(value, field)
    raise UsageError(
        f"{field.name} should be {describe_type(field.type)}; this is {render.short(repr(value))}.",
        hint="Give a value of that type.",
    )


def entry_text(value: Any, field: Field) -> str:
    """The text to begin with for a value; one that `read_entry` reads as the same.

    Example:
        >>> entry_text(["milk", "bread"], Field(role="output", type=list[str]))
        'milk\\nbread'
    """
    if value is None:
        return ""
    shape = shape_of(field)
    if shape == "lines" and isinstance(value, list | tuple | set | frozenset):
        items = list(value) if isinstance(value, list | tuple) else sorted(value, key=str)
        lines = [render.written(item) for item in items]
        fits = all(line == line.strip() != "" and "\n" not in line for line in lines)
        text = "\n".join(lines)
        return text if fits and not text.startswith("[") else json.dumps(jsonable(items), ensure_ascii=False)
    if shape == "json":
        return json.dumps(jsonable(_dumped(value)), ensure_ascii=False, indent=2)
    if shape == "choice":
        return next((text for text, known in choices_of(field).items() if known == value), render.written(value))
    if shape == "file":
        return str(getattr(value, "url", render.written(value)))
    return write_value(value, field)


def _is_plain(kind: Kind) -> bool:
    """Whether a value stands in one line."""
    return kind.type is str or (kind.is_single and not kind.may_be_none and not kind.is_union)


def _left_out(field: Field) -> Any:
    """The value of a field that nothing was typed for."""
    if not field.required:
        return field.default
    kind = kind_of(field.type)
    if kind.may_be_none:
        return None
    if shape_of(field) == "lines":
        return []
    raise UsageError(f"{field.name} is empty.", hint="Fill it in.")


def _read_lines(text: str, field: Field) -> Any:
    kind = kind_of(field.type)
    item = replace(field, type=kind.item(), constraints={})
    values = [line.strip() if item.type is str else read_value(line, item) for line in text.split("\n") if line.strip()]
    return read_object(values, field)


def _read_json(text: str, field: Field) -> Any:
    kind = kind_of(field.type)
    try:
        value = json.loads(text)
    except ValueError as error:
        if kind.type in (Any, object):
            return text
        if isinstance(error, json.JSONDecodeError) and text.lstrip()[:1] in ("{", "["):
            where = f"line {error.lineno}, column {error.colno}"
            raise UsageError(f"{field.name} is no JSON: {error.msg} at {where}.", hint="Mend it there.") from error
        return read_value(text, field)
    return read_object(value, field)


def _dumped(value: Any) -> Any:
    """A model by the names that its fields are read by."""
    return value.model_dump(mode="json", by_alias=True) if hasattr(value, "model_dump") else value


def _misfit(text: str, field: Field, error: ParseError) -> UsageError:
    cause = error.__cause__
    reason = reason_of(cause, field.name) if isinstance(cause, ValueError) else ""
    said = f" ({redact(reason)})" if reason else ""
    typed = render.short(redact(error.reply or text), 80)  # of a list, the line
    return UsageError(
        f"{field.name} should be {error.expected}; this is {typed!r}{said}.",
        hint=did_you_mean(text.strip(), literal_choices(field.type)),
    )
