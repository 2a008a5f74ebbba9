"""Values of ours in the files of saved programs, as DSPy has them: a text, or content parts between marks."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, Final

from nbdspy.types.type import loaded

# Around content parts that stand in a text; what DSPy looks for.
BEFORE: Final = "<<CUSTOM-TYPE-START-IDENTIFIER>>"
AFTER: Final = "<<CUSTOM-TYPE-END-IDENTIFIER>>"


def unmarked(value: Any) -> Any:
    """What a text holds between the marks; anything else as it is."""
    if isinstance(value, str) and value.startswith(BEFORE) and value.endswith(AFTER):
        return loaded(value.removeprefix(BEFORE).removesuffix(AFTER))
    return value


def part_of(value: Any, kind: str) -> Any:
    """What a single content part of a kind holds, given as the part, in a list, or as DSPy's files have it.

    Anything else is returned as it is.
    """
    value = unmarked(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    is_part = isinstance(value, Mapping) and value.get("type") == kind
    return value.get(kind, value) if is_part else value
