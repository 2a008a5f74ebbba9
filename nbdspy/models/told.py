"""Values that somebody else's server told, which may be of any kind."""

from __future__ import annotations

import json
from typing import Any

DEEPEST = 100  # lists and objects within each other; what nests deeper is no answer, and breaks whoever looks at it
_MOST = 2**53  # a number beyond it is no count and no price


def read_json(text: str | bytes) -> Any:
    """The value of a JSON text.

    Raises:
        ValueError: When it is none, or nests deeper than `DEEPEST`.

    Example:
        >>> read_json('{"n": [1]}')
        {'n': [1]}
        >>> read_json("[" * 50_000)
        Traceback (most recent call last):
        ValueError: JSON that nests too deeply
    """
    try:
        value = json.loads(text)
    except RecursionError as error:
        raise ValueError("JSON that nests too deeply") from error
    if _openings(text) > DEEPEST:
        level: list[Any] = [[value]]
        for _ in range(DEEPEST + 1):
            level = [
                inner
                for outer in level
                for inner in (outer.values() if isinstance(outer, dict) else outer)
                if isinstance(inner, dict | list)
            ]
        if level:
            raise ValueError("JSON that nests too deeply")
    return value


def words(told: Any) -> str:
    """A text, empty when nothing was told.

    Raises:
        TypeError: When it is something else.
    """
    if told is None or isinstance(told, str):
        return told or ""
    raise TypeError(f"a text was expected, and {type(told).__name__} came")


def count(told: Any) -> int:
    """How many, 0 when what was told is no such number.

    Example:
        >>> [count(told) for told in (7, None, "7", -1, float("nan"))]
        [7, 0, 0, 0, 0]
    """
    return int(told) if isinstance(told, int | float) and 0 <= told < _MOST else 0


def price(told: Any) -> float | None:
    """US dollars, None when what was told is no such number."""
    return float(told) if isinstance(told, int | float) and 0 <= told < _MOST else None


def _openings(text: str | bytes) -> int:
    return text.count("[") + text.count("{") if isinstance(text, str) else text.count(b"[") + text.count(b"{")
