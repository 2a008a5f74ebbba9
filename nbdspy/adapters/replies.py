"""Replies that are more than was asked for, or in another layout."""

from __future__ import annotations

import re
from typing import Any

from nbdspy.adapters.labels import in_labels
from nbdspy.adapters.markers import COMPLETED, MARKER, in_markers
from nbdspy.adapters.objects import in_object, is_readable
from nbdspy.adapters.shaping import in_elements
from nbdspy.signatures import SignatureType

_THOUGHT, _THOUGHT_END = "<think>", "</think>"
_NOTHING = re.compile(rf"\s*(?:{re.escape(COMPLETED)}|(?:```\w*\n)?\{{\s*\}}\s*(?:```)?)\s*")
_FENCE = re.compile(r"\s*```\w*\n(.*?)\n?```\s*", re.DOTALL)


def reply_alone(signature: SignatureType, text: str) -> str:
    """A reply without what a model thought aloud before it, with the line ends of one system."""
    text = text.lstrip("\ufeff\u200b")
    if "\r\n" in text and text.count("\r\n") == text.count("\n"):
        text = text.replace("\r\n", "\n")
    if "think" in signature.output_fields or not text.lstrip().startswith(_THOUGHT):
        return text
    _, end, reply = text.partition(_THOUGHT_END)
    return reply if end else text


def leaves_all_out(text: str) -> bool:
    """Whether a reply is an answer without any output: an empty object, or the end marker alone."""
    return _NOTHING.fullmatch(text) is not None


def in_other_layouts(signature: SignatureType, text: str) -> dict[str, Any]:
    """The outputs of a reply that is a JSON object, elements, or lines with labels; none of one that is nothing so."""
    return (
        in_object(signature, text) or in_elements(signature, text) or in_labels(signature, text.removesuffix(COMPLETED))
    )


def in_whole_layout(signature: SignatureType, text: str) -> dict[str, Any]:
    """The outputs of a text that is nothing but markers, elements or one object; none where one lacks its value."""
    if fenced := _FENCE.fullmatch(text):
        text = fenced[1]
    text = text.strip()
    found: dict[str, Any] = {}
    if MARKER.match(text):
        found = in_markers(signature, text)
    elif text.startswith("{") and text.endswith("}"):
        found = in_object(signature, text)
    elif text.startswith("<") and text.endswith(">"):
        found = in_elements(signature, text)
    needed = {name for name, field in signature.output_fields.items() if field.required and not field.may_be_none}
    return found if needed <= found.keys() and is_readable(signature, found) else {}
