"""Pieces of a signature's text that know where they stand, so that errors can point at them."""

from __future__ import annotations

import ast
from typing import NamedTuple

from nbdspy.errors import Place, SignatureError


class Piece(NamedTuple):
    """The stretch from `start` to `end` of a text that errors call `name`."""

    whole: str
    start: int
    end: int
    name: str

    @classmethod
    def of(cls, text: str, name: str) -> Piece:
        """A whole text."""
        return cls(text, 0, len(text), name)

    @property
    def text(self) -> str:
        """What stands here."""
        return self.whole[self.start : self.end]

    def between(self, start: int, end: int) -> Piece:
        """Another stretch of the same whole text."""
        return Piece(self.whole, start, end, self.name)

    def strip(self) -> Piece:
        """Without the space around it."""
        text = self.text
        if not text or text.isspace():
            return self.between(self.start, self.start)
        return self.between(self.start + len(text) - len(text.lstrip()), self.start + len(text.rstrip()))

    def lines(self) -> list[Piece]:
        """Its lines, without their ends."""
        pieces, start = [], self.start
        for line in self.text.split("\n"):
            pieces.append(self.between(start, start + len(line)))
            start += len(line) + 1
        return pieces

    def of_node(self, node: ast.expr | ast.stmt | ast.keyword) -> Piece:
        """Where a node stands that was parsed from this piece."""
        assert node.end_lineno is not None
        assert node.end_col_offset is not None
        return self.between(
            self.offset(node.lineno, node.col_offset), self.offset(node.end_lineno, node.end_col_offset)
        )

    def offset(self, line: int, column: int) -> int:
        """The place in the whole text of a line (from 1) and a column (in bytes, from 0) of this piece."""
        found = self.lines()[line - 1]
        return found.start + len(found.text.encode()[:column].decode(errors="ignore"))

    def error(self, message: str, hint: str | None = None) -> SignatureError:
        """An error with a caret under this piece, or under as much of it as its first line holds."""
        line_start = self.whole.rfind("\n", 0, self.start) + 1
        line_end = self.whole.find("\n", self.start)
        line_end = len(self.whole) if line_end < 0 else line_end
        place = Place(
            source=self.name,
            line=self.whole.count("\n", 0, self.start) + 1,
            column=self.start - line_start + 1,
            text=self.whole[line_start:line_end].replace("\t", " "),  # one column each, or the caret slips
            width=max(1, min(self.end, line_end) - self.start),
        )
        return SignatureError(message, hint=hint, place=place)
