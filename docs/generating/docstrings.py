"""Our docstrings are written for eyes, with `code` in single backticks; Sphinx reads them as reStructuredText."""

from __future__ import annotations

import re
from typing import Any

from docs.generating.markdown import spoken

_CODE = re.compile(r"`([^`\n]+)`")
_READ_AS_MARKUP = re.compile(r"(?<=\w)_(?!\w)|[*|]")


def to_rst(app: Any, what: str, name: str, obj: Any, options: Any, lines: list[str]) -> None:
    """Rewrite one docstring in place; what Sphinx calls with each."""
    text = converted("\n".join(lines))
    if what in ("property", "attribute"):
        text = f"..\n\n{text}"  # an empty comment, so that napoleon takes no words before a colon for a type
    lines[:] = text.split("\n")


def no_nested_class(app: Any, what: str, name: str, obj: Any, skip: bool, options: Any) -> bool | None:
    """Whether a member is left out: a class inside of a class is another name of one that has an entry."""
    return True if what == "class" and isinstance(obj, type) else None


def converted(text: str) -> str:
    r"""A docstring as reStructuredText: code spans as literals, all else as it is; examples stay untouched.

    Example:
        >>> print(converted("`Tool`s take *args."))
        ``Tool``\ s take \*args.
    """
    blocks = re.split(r"(\n[ \t]*\n)", text)
    return "".join(block if _is_example(block) else _block(block) for block in blocks)


def _is_example(block: str) -> bool:
    return ">>> " in block


def _block(block: str) -> str:
    pieces = _CODE.split(spoken(block.replace("``", "`")))
    parts = [_escaped(pieces[0])]
    for literal, after in zip(pieces[1::2], pieces[2::2], strict=True):
        parts += [f"``{literal}``", "\\ " if after[:1].isalnum() else "", _escaped(after)]
    return "".join(parts)


def _escaped(text: str) -> str:
    return _READ_AS_MARKUP.sub(r"\\\g<0>", text)
