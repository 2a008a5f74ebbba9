"""What a docstring says of a function, and in its section `Args:` of the arguments."""

from __future__ import annotations

import re
from collections.abc import Collection
from textwrap import dedent
from typing import Final

_SECTION: Final = re.compile(r"(?:Args|Arguments|Parameters):\s*")
_MAKING: Final = re.compile(r"^(?:Args|Raises|Example|Examples):$", re.MULTILINE)
_ENTRY: Final = re.compile(r"(\w+)\s*(?:\([^)]*\))?\s*:\s*(.*)")


def split_docstring(text: str, names: Collection[str]) -> tuple[str, dict[str, str]]:
    """The text without its section of arguments, and what that says of each; one that tells of others stays in it.

    Args:
        text: The docstring, without the indent of the code around it.
        names: The arguments that there are.

    Example:
        >>> split_docstring("Search notes.\\n\\nArgs:\\n    query: What to look for.\\n", ["query"])
        ('Search notes.', {'query': 'What to look for.'})
    """
    lines = text.splitlines()
    begin = next((number for number, line in enumerate(lines) if _SECTION.fullmatch(line)), len(lines))
    after = range(begin + 1, len(lines))
    end = next((number for number in after if lines[number].strip() and not lines[number][0].isspace()), len(lines))
    told: dict[str, list[str]] = {}
    said: list[str] = []
    for line in dedent("\n".join(lines[begin + 1 : end])).splitlines():
        if line and not line[0].isspace():
            entry = _ENTRY.fullmatch(line)
            if entry is None or entry[1] not in names:
                return text, {}
            said = told[entry[1]] = [entry[2]]
        elif line.strip():
            said.append(line.strip())
    if not told:
        return text, {}
    rest = "\n".join([*lines[:begin], *lines[end:]]).strip()
    return rest, {name: " ".join(parts).strip() for name, parts in told.items()}


def without_making(text: str) -> str:
    """The docstring of a class up to how one is made, which is no business of who calls what was made."""
    return _MAKING.split(text)[0].strip()
