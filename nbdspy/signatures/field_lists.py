"""One side of a signature as text: `name[: type] [= default] [# description]`, divided by commas or line ends."""

from __future__ import annotations

import ast
import re
import unicodedata
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Any, Literal, get_args, get_origin

from nbdspy.errors import SignatureError
from nbdspy.signatures.fields import MISSING, Field, Role, name_problem
from nbdspy.signatures.pieces import Piece
from nbdspy.signatures.scanning import Mark, marks
from nbdspy.signatures.type_expressions import read_type

_WORD_BEFORE_COLON = re.compile(r"\S\s+([^\W\d]\w*)\s*\Z")


@dataclass(slots=True)
class _Entry:
    """The pieces of one field's text."""

    name: Piece
    type: Piece | None = None
    default: Piece | None = None
    description: Piece | None = None


Declaration = tuple[Piece, Field]
"""A field and the place of its name."""


def read_fields(piece: Piece, role: Role, *, scope: Mapping[str, Any]) -> list[Declaration]:
    """The fields that a piece of text lists."""
    return [(entry.name, _read_entry(entry, role, scope)) for entry in _entries(piece)]


def by_name(declarations: Iterable[Declaration]) -> dict[str, Field]:
    """Fields by name; raises at the second of a name."""
    fields: dict[str, Field] = {}
    for place, field in declarations:
        if field.name in fields:
            both = "an input and an output" if fields[field.name].role != field.role else f"an {field.role} twice"
            raise place.error(f"{field.name} is {both}.", "Give each field a name of its own.")
        fields[field.name] = field
    return fields


def read_literal(piece: Piece) -> Any:
    """The value that a Python literal spells."""
    if not piece.text:
        raise piece.error("a value is missing after the `=`.")
    try:
        return ast.literal_eval(f"({piece.text}\n)")  # in brackets, so that it may take several lines
    except (SyntaxError, ValueError, TypeError, RecursionError, MemoryError) as error:
        hint = f'Write "{piece.text}" for a text.' if '"' not in piece.text else None
        raise piece.error(f"{piece.text} is not a value of Python's own.", hint) from error


def read_name(piece: Piece) -> str:
    """A field's name, as Python would spell it."""
    name = piece.text if piece.text.isascii() else unicodedata.normalize("NFKC", piece.text)
    words = name.split()
    if len(words) > 1 and all(map(str.isidentifier, words)):
        together = "_".join(words)
        raise piece.error(f"{name!r} is not a name.", f"Write {together}, or a comma between two fields.")
    problem = name_problem(name)
    if problem:
        raise piece.error(problem, _better_name(name))
    return name


def _entries(piece: Piece) -> list[_Entry]:
    entries: list[_Entry] = []
    entry, part, cut = _Entry(piece), "name", piece.start
    before_this_line = 0
    for mark in [*marks(piece), Mark("\n", piece.end, piece.end)]:
        if mark.kind == "->":
            raise piece.between(mark.start, mark.end).error(
                "this is a second `->`.", "A signature has one, between inputs and outputs."
            )
        if mark.kind == ":" and part != "name":
            _refuse_missing_comma(piece.between(cut, mark.start))
            continue
        if mark.kind == "=" and part == "default":
            continue
        setattr(entry, part, piece.between(cut, mark.start).strip())
        cut = mark.end
        if mark.kind in ":=":
            part = "type" if mark.kind == ":" else "default"
            continue
        if part != "name" or entry.name.text:
            entries.append(entry)
        elif mark.kind == ",":
            raise piece.between(mark.start, mark.end).error("a name is missing before this comma.")
        if mark.kind == "#" and len(entries) > before_this_line:  # else the comment has the line for itself
            entries[-1].description = piece.between(mark.start + 1, mark.end).strip()
        if mark.kind == "\n":
            before_this_line = len(entries)
        entry, part = _Entry(piece), "name"
    return entries


def _read_entry(entry: _Entry, role: Role, scope: Mapping[str, Any]) -> Field:
    if entry.type is None and entry.default is None:
        _refuse_missing_colon(entry.name, scope)
    name = read_name(entry.name)
    type_ = str if entry.type is None else read_type(entry.type, scope)
    default = MISSING if entry.default is None else read_literal(entry.default)
    if entry.default is not None:
        problem = _misfit(default, type_)
        if problem:
            raise entry.default.error(problem)
    description = "" if entry.description is None else entry.description.text
    return Field(role=role, name=name, type=type_, description=description, default=default)


def _refuse_missing_comma(piece: Piece) -> None:
    """`a: str b: int`: the colon of a field that no comma begins."""
    found = _WORD_BEFORE_COLON.search(piece.text)
    if found:
        word = piece.between(piece.start + found.start(1), piece.start + found.end(1))
        raise word.error(f"a comma is missing before {word.text}.")


def _refuse_missing_colon(piece: Piece, scope: Mapping[str, Any]) -> None:
    """`request str`: a name and a type without the colon."""
    name, _, rest = piece.text.partition(" ")
    if not rest or name_problem(name):
        return
    type_piece = piece.between(piece.start + len(name), piece.end).strip()
    try:
        read_type(type_piece, scope)
    except SignatureError:
        return  # then it is a name of two words
    raise piece.error(f"a colon is missing between {name} and {type_piece.text}.", f"Write {name}: {type_piece.text}.")


def _better_name(name: str) -> str:
    if name.isidentifier() and name.strip("_"):
        return f"Write {name.strip('_')}." if name.startswith("_") else f"Choose another, like my_{name}."
    return "A name is made of letters, digits and `_`, and starts with a letter."


def _misfit(default: Any, type_: Any) -> str | None:
    """Why a default cannot be a field's value; types that only pydantic can judge pass."""
    if get_origin(type_) is Literal:
        choices = ", ".join(map(repr, get_args(type_)))
        return None if default in get_args(type_) else f"{default!r} is not one of {choices}."
    accepted = {str: str, int: int, bool: bool, float: int | float}.get(type_)
    if accepted is None or (isinstance(default, accepted) and (type_ is bool or not isinstance(default, bool))):
        return None
    if default is None:
        return f"None is no {type_.__name__}; write {type_.__name__} | None for a value that may be missing."
    return f"{default!r} is not {'an' if type_ is int else 'a'} {type_.__name__}."
