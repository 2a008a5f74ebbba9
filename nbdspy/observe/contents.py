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
    return redact(plain(value))


def plain(value: Any) -> Any:
    """A value in JSON's types, with the keys in it, but for those that settings of a request name as such."""
    if value is None or type(value) in (str, int, bool):
        return value
    match value:
        case Request():
            asked = value.as_dict()
            said = {name: asked.pop(name) for name in ("messages", "prompt", "tools") if name in asked}
            return plain({**said, **redact_settings(asked)})
        case Reply():
            return plain(value.as_dict())
        case Example():
            return plain(vars(value))
        case Mapping():
            return {str(key): plain(part) for key, part in value.items()}
        case list() | tuple():
            return [plain(part) for part in value]
    written = render.written(value)
    try:
        return json.loads(written)
    except ValueError:
        return written
