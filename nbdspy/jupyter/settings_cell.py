"""The body of `%%compile`: one `name = value` a line."""

from __future__ import annotations

import ast
import re
from typing import Any

from nbdspy.errors import Place, UsageError, did_you_mean
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.tokenizer import Word

_SETTING = re.compile(r"\s*([^\W\d]\w*)\s*=\s*(?=\S)")
_ABSENT = object()


def read_settings(text: str, names: Namespace, *, source: str) -> dict[str, Any]:
    """The settings that a cell spells: literals, variables of the notebook, or `{expressions}`.

    Args:
        text: The cell's body; empty lines and comments are left out.
        names: The notebook's variables.
        source: What errors call the cell.

    Raises:
        UsageError: For a line that is no setting, or a value that is nothing; points at it.
    """
    settings: dict[str, Any] = {}
    for number, line in enumerate(text.splitlines(), start=1):
        if not line.strip() or line.lstrip().startswith("#"):
            continue
        match = _SETTING.match(line)
        if match is None:
            place = Place(source, number, 1, line, len(line))
            raise UsageError("This is no setting.", hint="Write `name = value`.", place=place)
        settings[match[1]] = _value(line, match.end(), number, names, source)
    return settings


def _value(line: str, start: int, number: int, names: Namespace, source: str) -> Any:
    try:
        return ast.literal_eval(line[start:])
    except (ValueError, SyntaxError):
        word = Word(line[start:].partition("#")[0].strip(), start)
    value = names.find(word, _ABSENT)
    if value is _ABSENT:
        place = Place(source, number, start + 1, line, len(word.raw))
        hint = did_you_mean(word.raw, names.names()) or "Texts stand in quotes, expressions in braces."
        raise UsageError(f"{word.raw!r} is no value and no variable.", hint=hint, place=place)
    return value
