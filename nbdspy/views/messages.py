"""Prompts as they are sent: messages by role, or one plain text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy.models import Message
from nbdspy.views.cut import Allowance, Cut


@dataclass(frozen=True, slots=True)
class Spoken:
    """One message as it is shown; the role of a plain completion's text is empty."""

    role: str
    body: Cut


def spoken(messages: Sequence[Message] | None, text: str | None, allowance: Allowance) -> list[Spoken]:
    """The messages of a chat, or the one text of a plain completion."""
    if text is not None:
        return [Spoken("", allowance.take(text))]
    return [Spoken(str(message["role"]), allowance.take(content(message["content"]))) for message in messages or ()]


def content(parts: Any) -> str:
    """A message's content as text; of an image or a file only its kind is shown."""
    if not isinstance(parts, list):
        return "" if parts is None else str(parts)
    return "\n".join(part["text"] if part.get("type") == "text" else f"[{part.get('type', 'part')}]" for part in parts)
