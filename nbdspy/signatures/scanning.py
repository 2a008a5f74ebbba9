"""The marks that divide a signature's text: those outside of brackets, quotes and comments."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import Literal, NamedTuple

from nbdspy.signatures.pieces import Piece

Kind = Literal[",", ":", "=", "->", "#", "\n"]

_TOKEN = re.compile(r"\"\"\"|'''|->|[\"'()\[\]{},:=#\n]")
_OPENING_QUOTE = re.compile(r"\w*(\"\"\"|'''|[\"'])")
_CLOSER = {"(": ")", "[": "]", "{": "}"}
_REST_OF_STRING = {
    '"': re.compile(r'(?:\\.|[^"\\\n])*"'),
    "'": re.compile(r"(?:\\.|[^'\\\n])*'"),
    '"""': re.compile(r'(?:\\.|(?!""")[^\\])*"""', re.DOTALL),
    "'''": re.compile(r"(?:\\.|(?!''')[^\\])*'''", re.DOTALL),
}


class Mark(NamedTuple):
    """A dividing mark; "#" reaches to the end of its line."""

    kind: Kind
    start: int
    end: int


def marks(piece: Piece) -> Iterator[Mark]:
    """The dividing marks of a piece, in order.

    Raises:
        SignatureError: When a bracket or a quote is not closed, or a bracket closes nothing.
    """
    whole, position, end = piece.whole, piece.start, piece.end
    opened: list[int] = []
    while found := _TOKEN.search(whole, position, end):
        token, start, position = found.group(), found.start(), found.end()
        if token in _REST_OF_STRING:
            rest = _REST_OF_STRING[token].match(whole, position, end)
            if rest is None:
                raise piece.between(start, position).error("this quote is never closed.", f"Add the closing {token}.")
            position = rest.end()
        elif token == "#":
            line_end = whole.find("\n", position, end)
            position = end if line_end < 0 else line_end
            if not opened:
                yield Mark("#", start, position)
        elif token in _CLOSER:
            opened.append(start)
        elif token in ")]}":
            _close(piece.between(start, position), opened)
        elif not opened:
            yield Mark(token, start, position)  # type: ignore[arg-type]  # the tokens left over are the kinds
    if opened:
        bracket = piece.between(opened[-1], opened[-1] + 1)
        raise bracket.error(f"this `{bracket.text}` is never closed.", f"Add the `{_CLOSER[bracket.text]}`.")


def _close(closer: Piece, opened: list[int]) -> None:
    if not opened:
        raise closer.error(f"this `{closer.text}` closes nothing.", "Remove it.")
    opener = closer.whole[opened.pop()]
    if _CLOSER[opener] != closer.text:
        raise closer.error(f"`{closer.text}` cannot close `{opener}`.", f"Write `{_CLOSER[opener]}` first.")


def string_end(piece: Piece) -> int:
    """Where the first string literal of a piece ends, which begins with it."""
    opening = _OPENING_QUOTE.match(piece.whole, piece.start)
    assert opening is not None
    rest = _REST_OF_STRING[opening.group(1)].match(piece.whole, opening.end())
    assert rest is not None
    return rest.end()
