"""Tables and code in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence

_CODE = re.compile(r"(`[^`]*`)")
_TYPED = re.compile(r"(?<![\w/%-])(?:--[a-z]|%%?[a-z])[\w-]*")


def code(text: str) -> str:
    """Text as code, also inside of a table."""
    return f"`{text}`".replace("|", "\\|")


def spoken(text: str) -> str:
    """A text of the code, in which options and magics stand as they are typed, with those as code."""
    return _outside_of_code(_TYPED, r"`\g<0>`", text)


def cell(text: str) -> str:
    """A text of the code inside of a table: one line, no column of its own, and no HTML."""
    return _outside_of_code(re.compile("<"), r"\\<", spoken(" ".join(text.split()))).replace("|", "\\|")


def plain(text: str) -> str:
    """The same of a text without any marks."""
    return cell(re.sub(r"[\\`*_\[\]]", r"\\\g<0>", text))


def _outside_of_code(pattern: re.Pattern[str], by: str, text: str) -> str:
    pieces = _CODE.split(text)
    pieces[::2] = [pattern.sub(by, piece) for piece in pieces[::2]]
    return "".join(pieces)


def table(heads: Sequence[str], rows: Iterable[Sequence[str]]) -> str:
    """A table of texts that are Markdown already; empty without rows."""
    lines = [f"| {' | '.join(row)} |" for row in rows]
    return "\n".join([f"| {' | '.join(heads)} |", f"|{'---|' * len(heads)}", *lines, ""]) if lines else ""


def fence(text: str, language: str = "") -> str:
    """A block of code."""
    return f"```{language}\n{text}\n```\n"


def first_sentence(docstring: str | None) -> str:
    """What a docstring says first, on one line."""
    return " ".join((docstring or "").strip().split("\n\n")[0].split())
