"""The comments of a text as the hints of its assertions."""

from __future__ import annotations

import io
import re
import tokenize

_HINT = re.compile(r"#(?!#|\s*(?:BEGIN|END|HIDDEN)\b)\s*(.*?)\s*$")
"""A comment of one `#` that is no mark of a grader, such as `### BEGIN HIDDEN TESTS` or `# HIDDEN`."""


def comments(text: str) -> tuple[dict[int, str], set[int]]:
    """What comments say by line, and the lines that hold nothing else."""
    said: dict[int, str] = {}
    alone: set[int] = set()
    for token in tokenize.generate_tokens(io.StringIO(text).readline):
        found = _HINT.match(token.string) if token.type == tokenize.COMMENT else None
        if found and found[1]:
            said[token.start[0]] = found[1]
            if not token.line[: token.start[1]].strip():
                alone.add(token.start[0])
    return said, alone


def hint(said: dict[int, str], alone: set[int], first: int, last: int) -> str:
    """The hint of a statement on these lines: the comment lines directly above it, then those behind it."""
    above = first
    while above - 1 in alone:
        above -= 1
    return " ".join(said[line] for line in range(above, last + 1) if line in said)
