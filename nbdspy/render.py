"""Values to short, safe text; the same on every run: no address, no time."""

from __future__ import annotations

import html
import json
import re
from collections.abc import Mapping
from typing import Any

# Control characters, marks that turn the direction of text around, and halves of characters, which no file can hold.
_UNSEEN = re.compile("[\x00-\x08\x0b-\x1f\x7f-\x9f\u200e\u200f\u2028-\u202e\u2066-\u2069\ud800-\udfff]")


def plain(value: Any) -> str:
    """A value as text for people: strings as they are, everything else close to JSON; what cannot be seen is escaped."""
    if isinstance(value, str):
        return visible(value)
    if value is None or isinstance(value, bool | int | float):
        return str(value)
    try:
        return visible(json.dumps(value, ensure_ascii=False, default=_jsonable))
    except (TypeError, ValueError, RecursionError):  # keys that are no names, or a value that holds itself
        return f"<{type(value).__name__}>"


def visible(text: str) -> str:
    """Text whose unseen characters are written out: a control character as `\\x07`.

    Example:
        >>> print(visible("ring\a"))
        ring\\x07
    """
    return _UNSEEN.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def short(value: Any, limit: int = 80) -> str:
    """One line of at most `limit` characters; what was cut is said."""
    text = " ".join(plain(value).split())
    if len(text) <= limit:
        return text
    left_out = f"… ({len(text):,} characters)"
    return text[: max(0, limit - len(left_out))].rstrip() + left_out


def escape(text: str) -> str:
    """Text that is safe inside HTML and inside its attributes."""
    return html.escape(text, quote=True)


def fields(name: str, values: Mapping[str, Any], limit: int = 60) -> str:
    """The plain repr of an object with named values.

    Example:
        >>> fields("Example", {"question": "What is six times seven?", "answer": "42"})
        "Example(question='What is six times seven?', answer='42')"
    """
    return f"{name}({', '.join(f'{key}={_quoted(value, limit)}' for key, value in values.items())})"


def _quoted(value: Any, limit: int) -> str:
    return repr(short(value, limit)) if isinstance(value, str) else short(value, limit)


def _jsonable(value: Any) -> Any:
    dump = getattr(value, "model_dump", None)
    if callable(dump):
        return dump(mode="json")
    if isinstance(value, set | frozenset):
        return sorted(value, key=str)
    if isinstance(value, Mapping):
        return dict(value)
    return f"<{type(value).__name__}>" if type(value).__repr__ is object.__repr__ else repr(value)
