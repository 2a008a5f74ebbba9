"""Values as text that may be shown: what cannot be seen is written out, and keys are gone before anything is cut."""

from __future__ import annotations

from typing import Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.models.redaction import redact


def plain(value: Any) -> str:
    """The whole text of a value.

    Example:
        >>> print(plain("use sk-0123456789abcdef0123\\a now"))
        use [redacted]\\x07 now
    """
    text: str = redact(render.written(value))
    return render.visible(text)


def record(example: Example) -> str:
    """The repr of an example or a prediction, whose values it cuts, without half a key."""
    return render.fields(type(example).__name__, redact(vars(example)))


def short(value: Any, limit: int = 80) -> str:
    """One line of at most `limit` characters; no half of a key is left at its end."""
    return render.short(plain(value), limit)
