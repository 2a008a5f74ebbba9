"""Values as text that may be shown: what cannot be seen is written out, and keys are gone before anything is cut."""

from __future__ import annotations

from typing import Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.models.redaction import redact

_SHORTEST = 8  # no key is shorter


class _Shown(str):
    """Text that may be shown as it is: it goes through several hands. What is made of it is an ordinary text again."""

    __slots__ = ()


def plain(value: Any) -> str:
    """The whole text of a value.

    Example:
        >>> print(plain("use sk-0123456789abcdef0123\\a now"))
        use [redacted]\\x07 now
    """
    if type(value) is _Shown:
        return value
    text = render.written(value)
    return _Shown(render.visible(redact(text) if len(text) >= _SHORTEST else text))


def record(example: Example) -> str:
    """The repr of an example or a prediction, whose values it cuts, without half a key."""
    return render.fields(type(example).__name__, redact(vars(example)))


def short(value: Any, limit: int = 80) -> str:
    """One line of at most `limit` characters; no half of a key is left at its end."""
    return _Shown(render.short(plain(value), limit))
