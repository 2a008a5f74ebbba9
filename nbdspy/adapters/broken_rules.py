"""Which rule a value breaks, in words: a constraint of its field, or what is wrong inside of it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbdspy import render

_RULES: Mapping[str, str] = {
    "greater_than": "more than {gt}",
    "greater_than_equal": "at least {ge}",
    "less_than": "less than {lt}",
    "less_than_equal": "at most {le}",
    "multiple_of": "a multiple of {multiple_of}",
    "finite_number": "a finite number",
    "string_too_short": "at least {min_length} letters long",
    "string_too_long": "at most {max_length} letters long",
    "too_short": "at least {min_length} items long",
    "too_long": "at most {max_length} items long",
    "string_pattern_mismatch": "text that matches {pattern}",
    "decimal_max_digits": "of at most {max_digits} digits",
    "decimal_max_places": "of at most {decimal_places} decimal places",
}
"""By pydantic's names of its errors; what stands in braces is in their context."""

_KINDS: Mapping[str, str] = {"string": "text", "model": "object", "dict": "object", "dataclass": "object"}
_MISFITS = ("parsing", "type", "from_datetime_parsing", "from_float", "from_datetime_inexact")


def rule_of(error: ValueError) -> str:
    """The constraint that a whole value breaks: "at most 5"; empty where that is not what is wrong.

    Example:
        >>> import pydantic
        >>> try:
        ...     pydantic.TypeAdapter(pydantic.conint(le=5)).validate_python(9)
        ... except ValueError as error:
        ...     rule_of(error)
        'at most 5'
    """
    first = _first(error)
    return "" if first is None or first["loc"] else _rule(first)


def reason_of(error: ValueError, name: str) -> str:
    """What is wrong inside of a value, and where: "meeting.when: 'soon' is no date"; empty where that is not known.

    Args:
        error: As pydantic told it.
        name: Of the field whose value it is.
    """
    first = _first(error)
    if first is None or not (first["loc"] or first["type"] in ("value_error", "assertion_error")):
        return ""
    where = ".".join(map(str, (name, *first["loc"])))
    if first["type"] == "missing":
        return f"{where} is missing"
    return f"{where}: {_said(first)}"


def _said(first: Mapping[str, Any]) -> str:
    value = render.short(repr(first["input"]), 60)
    if rule := _rule(first):
        return f"{value} should be {rule}"
    if first["type"] in ("literal_error", "enum"):
        return f"{value} is not {first['ctx']['expected']}"
    kind, _, misfit = first["type"].partition("_")
    if misfit in _MISFITS:
        return f"{value} is no {_KINDS.get(kind, kind)}"
    return render.short(first["msg"].removeprefix("Value error, ").removeprefix("Assertion failed, "), 120)


def _rule(first: Mapping[str, Any]) -> str:
    return _RULES.get(first["type"], "").format(**first.get("ctx", {}))


def _first(error: ValueError) -> Mapping[str, Any] | None:
    """The first thing that pydantic found wrong; None where another one says what is wrong."""
    listed = getattr(error, "errors", None)  # pydantic is not loaded to ask whether this is its error
    found: Mapping[str, Any] | None = listed(include_url=False)[0] if callable(listed) else None
    return found
