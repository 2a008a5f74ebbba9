"""Fields behind labels, as `Answer: 42` or under headings of their names."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass

from nbdspy.adapters.refused import missing
from nbdspy.adapters.spelling import names_of
from nbdspy.adapters.structures import is_unfinished
from nbdspy.signatures import SignatureType

# Possessive where it can be (`*+`), so that no line of a reply, however long, is gone over twice.
_SPACE = r"[^\S\n]*+"
_NAME = r"(\w[\w-]*+(?: {1,3}[\w-]++){0,9}+)"
_BEFORE = rf"^[\ufeff\u200b]*+{_SPACE}(?:[*_`>#-]++{_SPACE}){{0,3}}+"
BEFORE = re.compile(_BEFORE)  # a label: emphasis, quotes and bullets of Markdown
LABEL = re.compile(rf"{_BEFORE}{_NAME}{_SPACE}[*_`]*+{_SPACE}:[*_`]*+", re.MULTILINE)
_HEADING = re.compile(rf"^{_SPACE}(?:#++|[*_]{{2}}){_SPACE}{_NAME}{_SPACE}[*_:#]*+{_SPACE}$", re.MULTILINE)


@dataclass(frozen=True, slots=True)
class Labelled:
    """A name before a value, and where it stands."""

    name: str
    start: int
    end: int


def labels(text: str, names: Iterable[str], *, headings: bool = False) -> list[Labelled]:
    """The labels of these names at the starts of lines, in their order; with headings that are nothing but a name."""
    known = names_of(*names)
    found = {each.start(): each for pattern in (LABEL, _HEADING)[: 1 + headings] for each in pattern.finditer(text)}
    return [
        Labelled(name, start, each.end())
        for start, each in sorted(found.items())
        if (name := known.find(each[1])) is not None
    ]


def in_labels(signature: SignatureType, text: str) -> dict[str, str]:
    """The outputs behind labels or under headings, where each that must be there is there once; else none."""
    found = labels(text, signature.output_fields, headings=True)
    names = [label.name for label in found]
    needed = [name for name, field in signature.output_fields.items() if field.required and not field.may_be_none]
    if len(set(names)) < len(names) or not set(needed) <= set(names):
        return {}
    return _behind(text, found)


def continued(signature: SignatureType, text: str) -> dict[str, str]:
    """The outputs of a text that goes on after the first one's label; a second label of a name belongs to the text.

    Raises:
        ParseError: When it ends inside of the label of an output that it lacks.
    """
    first, *_ = signature.output_fields
    found: list[Labelled] = []
    for label in labels(text, signature.output_fields):
        if label.name not in [each.name for each in found]:
            found.append(label)
    before = text[: found[0].start].strip() if found else text.strip()
    values: dict[str, str] = {}
    if not found or found[0].name != first:  # else what is before its label is chat
        values[first] = before
        found = [label for label in found if label.name != first] if before else found
    values |= _behind(text, found)
    last = found[-1].name if found else first
    if not values[last] or (signature.output_fields[last].type is not str and is_unfinished(values[last])):
        del values[last]
    _, line_end, tail = text.rstrip().rpartition("\n")
    for name, field in signature.output_fields.items():
        is_cut = name == last or (line_end and field.title.startswith(tail.strip()))
        if name not in values and is_cut and (found or before):
            raise missing(field, text, values, is_cut=True)
    return values


def _behind(text: str, found: list[Labelled]) -> dict[str, str]:
    ends = [*(label.start for label in found[1:]), len(text)]
    return {label.name: text[label.end : end].strip() for label, end in zip(found, ends, strict=False)}
