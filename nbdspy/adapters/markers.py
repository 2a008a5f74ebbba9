"""Fields under `[[ ## name ## ]]` markers: writing them, and reading them in the spellings that models give them."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from itertools import pairwise
from typing import NamedTuple

from nbdspy.adapters.refused import missing, unclear
from nbdspy.adapters.spelling import names_of
from nbdspy.adapters.structures import is_unfinished
from nbdspy.adapters.wording import is_laid_out
from nbdspy.signatures import Field, SignatureType

COMPLETED = "[[ ## completed ## ]]"
END = "completed"

# Possessive throughout (`*+`), so that no line of a reply, however long, is gone over twice.
_SPACE = r"[^\S\n]*+"
_BEFORE = rf"^[\ufeff\u200b]*+{_SPACE}(?:[*_`#>-]++{_SPACE}){{0,3}}+"  # emphasis, quotes and bullets of Markdown
_OPENED = rf"{_BEFORE}\[\[{_SPACE}##"
_NAME = r"(\w++(?:[ -]\w++)*+)"
_NAMED = rf"{_SPACE}{_NAME}{_SPACE}##{_SPACE}\]{{2,3}}+[*_`]*+:?"
MARKER = re.compile(_OPENED + _NAMED, re.MULTILINE)
MAY_BE_MARKER = re.compile(  # or an escaped one, as far as it has come
    rf"^\\*+{_BEFORE[1:]}(?:\[(?:\[{_SPACE}(?:#(?:#[ #\w-]*+(?:\]{{1,3}}+[*_`]*+:?)?)?)?)?)?\Z"
)
UNFINISHED = re.compile(rf"{_BEFORE}\[(?:\[{_SPACE}(?:#(?:#[ #\w-]*+\]?)?)?)?\s*+\Z")  # the reply's end cuts it off
_MISSPELT = re.compile(
    rf"{_BEFORE}(?:[\[［]{{2,3}}|[\[［](?={_SPACE}[#＃])){_SPACE}[#＃]*+{_SPACE}"
    rf"{_NAME}{_SPACE}[#＃]*+{_SPACE}[\]］]*+[*_`]*+:?",
    re.MULTILINE,
)
_LIKE_A_MARKER = re.compile(rf"(?={_OPENED}{_NAMED})|^(?=\\++(?:{_OPENED[1:]}{_NAMED}))", re.MULTILINE)
ESCAPED_MARKER = re.compile(rf"^\\(?=\\*+(?:{_OPENED[1:]}{_NAMED}))", re.MULTILINE)


class Section(NamedTuple):
    """What stands between a marker and the next one; `is_last` where the reply ends before another."""

    name: str
    text: str
    is_last: bool


def marked(values: Sequence[tuple[Field, str]]) -> str:
    """Values under their markers."""
    return "\n\n".join(
        f"[[ ## {field.name} ## ]]\n{text if is_laid_out(field) else _escaped(text)}" for field, text in values
    )


def in_markers(signature: SignatureType, text: str) -> dict[str, str]:
    """The outputs' texts under the markers of a reply; none when it has no marker of an output.

    A marker in another spelling counts for an output that has none in the right one.

    Raises:
        ParseError: When the reply ends inside of an output, or gives one two values.
    """
    found = _as_asked(signature, text)
    if found is not None:
        return found
    last_line = text.rstrip().rfind("\n") + 1
    is_cut = UNFINISHED.match(text[last_line:]) is not None
    reply, text = text, text[:last_line] if is_cut else text
    markers = list(MARKER.finditer(text))
    outputs = names_of(*signature.output_fields, END)
    lacking = outputs.exact - {outputs.find(marker[1]) for marker in markers}
    if lacking and ("[" in text or "［" in text):
        others = [marker for marker in _MISSPELT.finditer(text) if outputs.find(marker[1]) in lacking]
        markers = sorted({marker.start(): marker for marker in [*others, *markers]}.values(), key=re.Match.start)
    found = _agreed(signature, text, _sections(text, markers))
    if is_cut and found:
        for name, field in signature.output_fields.items():
            if name not in found:
                raise missing(field, reply, found, is_cut=True)
    return found


def _as_asked(signature: SignatureType, text: str) -> dict[str, str] | None:
    """The outputs' texts of a reply that has every marker once, in order and as it was asked for, as most have.

    A text that may hold anything else is left to the patient way.
    """
    names = [*signature.output_fields, END]
    if text.count("[[") != len(names) or "\\" in text or "［" in text or END in signature.output_fields:
        return None
    found: dict[str, str] = {}
    start = 0
    for name, following in pairwise(names):
        marker = f"[[ ## {name} ## ]]\n"
        end = text.find(f"\n[[ ## {following} ## ]]", start)
        if end < 0 or not text.startswith(marker, start):
            return None
        found[name] = text[start + len(marker) : end].strip()
        start = end + 1
    return found if text[start:].rstrip() == COMPLETED else None


def _agreed(signature: SignatureType, text: str, sections: Iterator[Section]) -> dict[str, str]:
    """The text of each output; the sections behind the reply, which show the next case, do not count."""
    outputs = names_of(*signature.output_fields, END)
    inputs = names_of(*signature.input_fields)
    found: dict[str, str] = {}
    before: str | None = None
    for section in sections:
        name = outputs.find(section.name)
        if name is None and found and inputs.find(section.name):
            break
        if name == END in signature.output_fields and (name in found or (section.is_last and not section.text)):
            break  # the end marker follows an output of its name
        if name is not None and name in signature.output_fields:
            field = signature.output_fields[name]
            if found.setdefault(name, section.text) != section.text:
                raise unclear(field, text)
            if section.is_last and (not section.text or (field.type is not str and is_unfinished(section.text))):
                raise missing(field, text, [each for each in found if each != name], is_cut=True)
        elif name == before == END and found:  # the first may stand inside of the value
            raise unclear(signature.output_fields[list(found)[-1]], text)
        before = name
    return found


def _sections(text: str, markers: Sequence[re.Match[str]]) -> Iterator[Section]:
    for marker, following in zip(markers, [*markers[1:], None], strict=False):  # without a marker, no pairs
        inside = text[marker.end() : following.start() if following else len(text)].strip()
        if "\\" in inside:
            inside = ESCAPED_MARKER.sub("", inside)
        yield Section(marker[1], inside, following is None)


def _escaped(text: str) -> str:
    return _LIKE_A_MARKER.sub(r"\\", text) if "[[" in text else text
