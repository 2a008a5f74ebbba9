"""Tables and code in Markdown."""

from __future__ import annotations

import re
from collections.abc import Iterable, Sequence


def code(text: str) -> str:
    """Text as code, also inside of a table."""
    return f"`{text}`".replace("|", "\\|")


def cell(text: str) -> str:
    """Text inside of a table: one line, and no column of its own."""
    return " ".join(text.split()).replace("|", "\\|")


def plain(text: str) -> str:
    """Text that is not Markdown, inside of a table."""
    return cell(re.sub(r"[\\`*_<\[\]]", r"\\\g<0>", text))


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
