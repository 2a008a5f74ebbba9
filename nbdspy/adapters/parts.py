"""Content parts: images and the like leave the values while these become text, and return into the messages."""

from __future__ import annotations

import re
import secrets
import sys
from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.models import Message
from nbdspy.signatures import SignatureType
from nbdspy.types import TypeBase, has_parts, swap

_MARK = f"part-{secrets.token_hex(16)}-"  # which no foreign text can guess, and so none can ask for a part
_MARKED = re.compile(rf'"{_MARK}(\d+)"|{_MARK}(\d+)')  # where JSON was written around it, its quotes go too


def may_hold_parts(signature: SignatureType, inputs: Mapping[str, Any]) -> bool:
    """Whether a value of some field can hold content parts, by its type or because it is given where any text is."""
    if "nbdspy.types.type" not in sys.modules:  # then there is no such value yet, and most calls need not look
        return False
    return any(has_parts(field.type) for field in signature.fields.values()) or any(
        isinstance(value, TypeBase) for value in inputs.values()
    )


class Parts:
    """The parts of one prompt, by the marks that stand for them in its text."""

    def __init__(self) -> None:
        self._taken: list[Sequence[Mapping[str, Any]]] = []

    def taken_from(self, values: Mapping[str, Any]) -> dict[str, Any]:
        """The values with a mark in the place of everything that is no text."""
        return {name: swap(value, self._take) for name, value in values.items()}

    def put_back(self, message: Message) -> Message:
        """The message with its parts in the places of their marks."""
        content = message["content"]
        if not self._taken or not content or _MARK not in content:
            return message
        pieces: list[Mapping[str, Any]] = []
        end = 0
        for found in _MARKED.finditer(content):
            pieces += _text(content[end : found.start()])
            pieces += self._taken[int(found[1] or found[2])]
            end = found.end()
        pieces += _text(content[end:])
        return {**message, "content": pieces}

    def _take(self, parts: Sequence[Mapping[str, Any]]) -> str:
        self._taken.append(parts)
        return f"{_MARK}{len(self._taken) - 1}"


def _text(text: str) -> list[Mapping[str, Any]]:
    return [{"type": "text", "text": text}] if text else []
