"""JSON as models write it: with prose around, cut off, with trailing commas; the mending is json_repair's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any

# A reply of nothing but brackets must not take for ever.
MOST_OBJECTS = 50  # that are looked at in one reply
MOST_BROKEN = 3  # that are mended
MOST_OPEN = 200  # brackets without an end in what is mended


def loads(text: str) -> Any:
    """The value that a text spells as JSON, mended where it must be; the text itself when nothing of it is JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
    if text.count("{") - text.count("}") > MOST_OPEN or text.count("[") - text.count("]") > MOST_OPEN:
        return text
    import json_repair

    try:
        return json_repair.loads(text, skip_json_loads=True) or text  # what comes out empty was no value
    except (ValueError, RecursionError, IndexError):  # text so broken that the mending gives up
        return text


def object_in(text: str, *, names: Sequence[str]) -> dict[str, Any]:
    """The JSON object that a reply holds: the first that has one of the names, else the first; empty when none is.

    Names count whatever their case.
    """
    spelled = {name.casefold(): name for name in names}
    first: dict[str, Any] = {}
    for candidate in _candidates(text):
        value = loads(candidate)
        for found in value if isinstance(value, list) else [value]:
            if not isinstance(found, dict):
                continue
            named = {spelled.get(str(key).casefold(), str(key)): item for key, item in found.items()}
            if named.keys() & set(names):
                return named
            first = first or named
    return first


def _candidates(text: str) -> list[str]:
    """Where an object may stand: the whole text, every object in it that is whole, and the first that are not."""
    found = [text] if text.lstrip().startswith(("{", "[")) else []
    broken: list[str] = []
    decoder = json.JSONDecoder()
    start = text.find("{")
    for _ in range(MOST_OBJECTS):
        if start < 0:
            break
        try:
            _, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            broken.append(text[start:])
            end = start + 1
        else:
            found.append(text[start:end])
        start = text.find("{", end)
    return [*found, *broken[:MOST_BROKEN]]
