"""JSON as models write it: with prose around, cut off, with trailing commas; the mending is json_repair's."""

from __future__ import annotations

import json
from collections.abc import Sequence
from typing import Any


def loads(text: str) -> Any:
    """The value that a text spells as JSON, mended where it must be; the text itself when nothing of it is JSON."""
    try:
        return json.loads(text)
    except (ValueError, RecursionError):
        pass
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
    """Where an object may stand: the whole text, and from each opening brace that is not inside another object."""
    places = [text] if text.lstrip().startswith(("{", "[")) else []
    decoder = json.JSONDecoder()
    start = text.find("{")
    while start >= 0:
        try:
            _, end = decoder.raw_decode(text, start)
        except (ValueError, RecursionError):
            places.append(text[start:])
            end = start + 1
        else:
            places.append(text[start:end])
        start = text.find("{", end) if len(places) < _MOST else -1
    return places


_MOST = 20  # objects that are looked at; a reply of nothing but braces must not take for ever
