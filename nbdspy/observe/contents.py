"""What a piece of work was given and gave, as JSON without keys."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.models import Reply, Request
from nbdspy.models.redaction import redact, redact_settings


def as_json(value: Any) -> Any:
    """A value in JSON's types, however deep, with what has no such form as text, and no key in it.

    Keys are looked for before anything is written, as JSON's escapes could hide them.

    Example:
        >>> as_json({"note": "use sk-0123456789abcdef0123", "at": (1, 2)})
        {'note': 'use [redacted]', 'at': [1, 2]}
    """
    return redact(_plain(value))


def _plain(value: Any) -> Any:
    if value is None or type(value) in (str, int, bool):
        return value
    match value:
        case Request():
            asked = value.as_dict()
            said = {name: asked.pop(name) for name in ("messages", "prompt", "tools") if name in asked}
            return _plain({**said, **redact_settings(asked)})
        case Reply():
            return _plain(value.as_dict())
        case Example():
            return _plain(vars(value))
        case Mapping():
            return {redact(str(key)): _plain(part) for key, part in value.items()}
        case list() | tuple():
            return [_plain(part) for part in value]
    written = render.written(value)
    try:
        plain = json.loads(written)
    except ValueError:
        return written
    return _plain(plain) if isinstance(plain, dict | list) else plain
