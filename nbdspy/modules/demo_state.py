"""Demonstrations as JSON in DSPy's layout, with content parts as it writes them."""

from __future__ import annotations

import enum
import json
import math
from collections.abc import Mapping
from typing import Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import warn_caller
from nbdspy.models.redaction import MARK, redact
from nbdspy.signatures import SignatureType
from nbdspy.types import TypeBase, swap
from nbdspy.types.saving import AFTER, BEFORE, unmarked


class Parts(TypeBase):
    """Content parts from a file, which does not say of what type they were; a prompt shows them as they are.

    Example:
        >>> Parts([{"type": "image_url", "image_url": {"url": "https://a.example/1.png"}}])
        Parts(image_url)
    """

    def __init__(self, parts: list[dict[str, Any]]) -> None:
        self.parts = parts

    def format(self) -> str | list[dict[str, Any]]:
        return self.parts

    def as_plain(self) -> Any:
        """The parts."""
        return self.parts

    def __eq__(self, other: object) -> bool:
        return isinstance(other, Parts) and self.parts == other.parts

    def __hash__(self) -> int:
        return hash(_written(self.parts))

    def __repr__(self) -> str:
        return f"Parts({', '.join(str(part.get('type')) for part in self.parts)})"


def dump_demo(demo: Example | Mapping[str, Any], predictor: str) -> dict[str, Any]:
    """A demonstration in JSON's types, without keys.

    Args:
        demo: The demonstration.
        predictor: Whose it is; for the warning when there was a key.
    """
    values = vars(demo) if isinstance(demo, Example) else demo
    dumped = {}
    for name, value in values.items():
        plain = jsonable(swap(value, _written))
        dumped[str(name)] = redact(plain)
        if dumped[str(name)] != plain:
            warn_caller(
                f"A demo of the predictor {predictor!r} holds a key in its field {str(name)!r}; the saved program has "
                f"{MARK} in its place."
            )
    return dumped


def read_demo(signature: SignatureType, demo: Mapping[str, Any]) -> Example:
    """A demonstration from a file; content parts, and values of types that a prompt shows in their own way, as such."""
    values = dict(demo)
    for name, field in signature.fields.items():
        if name in values and isinstance(field.type, type) and issubclass(field.type, TypeBase):
            values[name] = _typed(values[name], field.type)
    return Example({name: _with_parts(value) for name, value in values.items()})


def jsonable(value: Any) -> Any:
    """A value in JSON's types."""
    if isinstance(value, TypeBase):
        return jsonable(value.as_plain())
    if isinstance(value, Example):
        value = vars(value)
    if isinstance(value, Mapping):
        return {str(key): jsonable(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [jsonable(item) for item in value]
    if isinstance(value, enum.Enum):
        return jsonable(value.value)
    if hasattr(value, "model_dump"):
        return value.model_dump(mode="json")
    if isinstance(value, float) and not math.isfinite(value):  # JSON has no word for it; a prompt writes the same text
        return render.plain(value)
    return value if value is None or isinstance(value, str | int | float | bool) else render.plain(value)


def _written(parts: list[dict[str, Any]]) -> str:
    return f"{BEFORE}{json.dumps(parts, ensure_ascii=False)}{AFTER}"


def _with_parts(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _with_parts(item) for key, item in value.items()}
    if isinstance(value, list):
        return [_with_parts(item) for item in value]
    parts = unmarked(value)
    known = parts is not value and isinstance(parts, list) and all(isinstance(part, dict) for part in parts)
    return Parts(parts) if known else value


def _typed(value: Any, type_: type[TypeBase]) -> Any:
    if value is None or isinstance(value, TypeBase):
        return value
    import pydantic

    try:
        return pydantic.TypeAdapter(type_).validate_python(value)
    except pydantic.ValidationError:  # it stays what the file says, as in DSPy
        return value
