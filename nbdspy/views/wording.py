"""Two texts compared word by word."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from difflib import SequenceMatcher
from itertools import groupby, zip_longest
from operator import itemgetter
from typing import Literal

from nbdspy.views import safe
from nbdspy.views.cut import Allowance

PHRASE = 4
"""Fewer equal words than this between two changes are part of the change."""

MOST_PAIRS = 4_000_000
"""Of words to compare, which takes about a second; texts with more are shown whole, one after the other."""

Piece = tuple[Literal["same", "gone", "new"], str]


@dataclass(frozen=True, slots=True)
class Wording:
    """As much of a comparison as is shown; `note` says what is missing and is empty when nothing is."""

    pieces: list[Piece]
    note: str


def shown(pieces: Iterable[Piece], allowance: Allowance) -> Wording:
    """The first pieces of a comparison, as far as the card has room for them."""
    kept: list[Piece] = []
    hidden = 0
    for kind, text in pieces:
        piece = allowance.take(text)
        if piece.shown:
            kept.append((kind, piece.text))
        hidden += len(text) - piece.shown
    return Wording(kept, f"{hidden:,} more characters not shown" if hidden else "")


def marked(before: str, after: str) -> Iterator[Piece]:
    """Two long texts line by line: changed lines word by word, each against the one in its place.

    Stretches of lines that are equal are folded to two at either end.
    """
    old, new = before.splitlines(keepends=True), after.splitlines(keepends=True)
    for kind, old_start, old_end, new_start, new_end in SequenceMatcher(None, old, new, autojunk=False).get_opcodes():
        if kind == "equal":
            yield "same", _folded(old[old_start:old_end], first=old_start == 0, last=old_end == len(old))
        else:
            for gone, came in zip_longest(old[old_start:old_end], new[new_start:new_end], fillvalue=""):
                yield from compared(gone, came)


def _folded(lines: list[str], *, first: bool, last: bool) -> str:
    """Equal lines, the middle of a long stretch replaced by its length."""
    head, tail = (0 if first else 2), (0 if last else 2)
    hidden = len(lines) - head - tail
    if hidden < 3:
        return "".join(lines)
    return "".join([*lines[:head], f"⋯ {hidden:,} equal lines ⋯\n", *(lines[-tail:] if tail else [])])


def compared(before: str, after: str) -> list[Piece]:
    """What stayed, went and came, in reading order.

    Example:
        >>> compared("Name the intent.", "Name the one intent.")
        [('same', 'Name the '), ('new', 'one '), ('same', 'intent.')]
    """
    old, new = _words(safe.plain(before)), _words(safe.plain(after))
    if len(old) * len(new) > MOST_PAIRS:
        return [("gone", before), ("new", after)]
    pieces = [
        piece
        for old_start, old_end, new_start, new_end in _phrases(_bare(old), _bare(new))
        for piece in _read(old[old_start:old_end], new[new_start:new_end])
        if piece[1]
    ]
    return [(kind, "".join(text for _, text in run)) for kind, run in groupby(pieces, key=itemgetter(0))]


def _read(old: list[str], new: list[str]) -> list[Piece]:
    """A stretch as it is read: of the same words each by itself, of others all at once."""
    if _bare(old) == _bare(new):
        return [piece for gone, came in zip(old, new, strict=True) for piece in _marked(gone, came)]
    return _marked("".join(old), "".join(new))


def _marked(gone: str, came: str) -> list[Piece]:
    """One piece of text in place of another: its words and the white space at its end, each the same or not.

    So a last word stays when a line is added after it.
    """
    (text, end), (other, other_end) = _parted(gone), _parted(came)
    if text == other and end == other_end:
        return [("same", gone)]
    if text == other:
        return [("same", text), ("gone", end), ("new", other_end)]
    if end == other_end:
        return [("gone", text), ("new", other), ("same", end)]
    return [("gone", gone), ("new", came)]


def _parted(text: str) -> tuple[str, str]:
    """A text and the white space that it ends with."""
    bare = text.rstrip()
    return bare, text[len(bare) :]


def _bare(words: list[str]) -> list[str]:
    return [word.rstrip() for word in words]


def _phrases(old: list[str], new: list[str]) -> list[tuple[int, int, int, int]]:
    """Stretches that are equal or changed; a few equal words between changes count as changed, to read as a phrase."""
    stretches: list[tuple[int, int, int, int]] = []
    changed = False
    opcodes = SequenceMatcher(None, old, new, autojunk=False).get_opcodes()
    for place, (kind, old_start, old_end, new_start, new_end) in enumerate(opcodes):
        between = 0 < place < len(opcodes) - 1
        is_change = kind != "equal" or (between and old_end - old_start < PHRASE)
        if is_change and changed:
            old_start, _, new_start, _ = stretches.pop()
        stretches.append((old_start, old_end, new_start, new_end))
        changed = is_change
    return stretches


def _words(text: str) -> list[str]:
    """Words, each with the space after it."""
    return re.findall(r"\S+\s*|\s+", text)
