"""Signatures from text: one line, a whole cell, or a Python class."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from nbdspy.signatures.cells import read_cell
from nbdspy.signatures.class_cells import is_class, read_class
from nbdspy.signatures.field_lists import by_name
from nbdspy.signatures.pieces import Piece
from nbdspy.signatures.signature import UNNAMED, SignatureType, make


def read_text(text: str, *, scope: Mapping[str, Any] | None = None, name: str = UNNAMED) -> SignatureType:
    """The signature that a text spells; what `%%signature` does with its cell.

    Args:
        text: `"question, context: list[str] = [] -> answer: bool"`, or an instruction, the inputs, a line `->` and
            the outputs, or a class with InputField and OutputField.
        scope: Where the names of types are looked up besides Python's own.
        name: What the signature is called, also in errors.

    Raises:
        SignatureError: When it cannot be read; points at line and column with a suggestion.

    Example:
        >>> read_text('''
        ... Name what the person wants.
        ...
        ... request: str   # one short message
        ... ->
        ... intent: Literal["alarm", "timer"]
        ... ''', name="Intent")
        Signature(Intent: request -> intent
            Name what the person wants.
            input request: str  # one short message
            output intent: Literal["alarm", "timer"]
        )
    """
    piece = Piece.of(re.sub(r"\r\n?", "\n", text), name)
    if not text.strip():
        raise piece.between(0, 0).error("the signature is empty.", "Write question -> answer, for example.")
    instructions, declarations = (read_class if is_class(piece) else read_cell)(piece, scope or {})
    return make(by_name(declarations), instructions, name=name)
