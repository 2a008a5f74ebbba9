"""The layouts of replies that both libraries ask for, written by templates that are neither library's."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass
from html import escape
from typing import Any, Literal

Layout = Literal["chat", "json", "xml", "baml", "completion"]
LAYOUTS: tuple[Layout, ...] = ("chat", "json", "xml", "baml", "completion")
COMPLETED = "[[ ## completed ## ]]"


@dataclass(frozen=True)
class Written:
    """A correct reply, and where in it the values stand."""

    text: str
    spans: Mapping[str, tuple[int, int]]


def write(layout: Layout, values: Mapping[str, Any]) -> Written:
    """Values in JSON's types as a reply."""
    return {"chat": markers, "json": pretty, "xml": elements, "baml": compact, "completion": labels}[layout](values)


def markers(values: Mapping[str, Any]) -> Written:
    """Every value under its marker."""
    return _joined(
        [(f"[[ ## {name} ## ]]\n", name, as_text(value), "\n\n") for name, value in values.items()], COMPLETED
    )


def elements(values: Mapping[str, Any]) -> Written:
    """Every value in its element."""
    return _joined([(f"<{name}>\n", name, nested(value), f"\n</{name}>\n\n") for name, value in values.items()], "")


def pretty(values: Mapping[str, Any]) -> Written:
    """One object, a line for each value."""
    return _object(values, "{\n  ", ",\n  ", "\n}")


def compact(values: Mapping[str, Any]) -> Written:
    """One object, all in a line."""
    return _object(values, "{", ", ", "}")


def labels(values: Mapping[str, Any]) -> Written:
    """What goes on after the label of the first value."""
    first, *others = values
    pieces = [(" ", first, as_text(values[first]), "")]
    return _joined([*pieces, *((f"\n{title(name)}: ", name, as_text(values[name]), "") for name in others)], "\n")


def title(name: str) -> str:
    """A name as people write it."""
    words = name.replace("_", " ")
    return words[:1].upper() + words[1:]


def as_text(value: Any) -> str:
    """A text as it is; anything else as JSON, but for Python's words, which these layouts show."""
    if isinstance(value, str):
        return value
    return str(value) if value is None or isinstance(value, bool) else json.dumps(value, ensure_ascii=False)


def nested(value: Any) -> str:
    """A value as the inside of an element."""
    match value:
        case dict():
            return "".join(f"<{key}>{nested(item)}</{key}>" for key, item in value.items() if item is not None)
        case list():
            return "".join(f"<item>{nested(item)}</item>" for item in value)
        case _:
            return escape(as_text(value), quote=False)


def _object(values: Mapping[str, Any], opened: str, between: str, closed: str) -> Written:
    pieces = []
    for number, (name, value) in enumerate(values.items()):
        before = opened if number == 0 else between
        pieces.append((f"{before}{json.dumps(name)}: ", name, json.dumps(value, ensure_ascii=False), ""))
    return _joined(pieces, closed)


def _joined(pieces: list[tuple[str, str, str, str]], end: str) -> Written:
    text, spans = "", {}
    for before, name, value, after in pieces:
        start = len(text) + len(before)
        text += f"{before}{value}{after}"
        spans[name] = (start, start + len(value))
    return Written((text + end).rstrip(" "), spans)
