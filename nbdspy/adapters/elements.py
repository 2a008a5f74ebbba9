"""Elements as models write them: tags in other case, with attributes, without ends, around signs nobody escaped."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from typing import Literal, NamedTuple

from nbdspy.adapters.spelling import folded, names_of

DEEPEST = 100
_SIGNS = {"amp": "&", "lt": "<", "gt": ">", "quot": '"', "apos": "'"}
ENTITY = re.compile(r"&(?:(amp|lt|gt|quot|apos)|#(\d{1,7})|#[xX]([0-9a-fA-F]{1,6}));")
_TAG = re.compile(
    r"<(?:(?P<raw>!\[CDATA\[)|(?P<remark>!--)|(?P<close>/?)(?P<name>[^\W\d][\w.-]*)(?:\s[^<>]*?)?(?P<empty>/?)>"
    r"|[ \t]{0,3}(?P<far_close>/?)[ \t]{0,3}(?P<far_name>[^\W\d][\w.-]*)[ \t]{0,3}>|(?P<nameless>/)>)"
)
_BETWEEN = " \t\r\n>"  # tags; an angle too many is no text
_BROKEN_END = re.compile(r"<?/{1,2}[ \t]*([^\W\d][\w.-]*)[ \t]*>?\s*\Z")
_ENDS = {"raw": "]]>", "remark": "-->"}


class Tag(NamedTuple):
    """A tag, or a section of raw text, and where it stands; the name is "" of an end that has none."""

    kind: Literal["open", "close", "empty", "raw"]
    name: str
    start: int
    end: int


@dataclass(slots=True)
class Element:
    """An element: its text as it stands there, its elements, and whether text stands beside them."""

    name: str
    start: int
    inside: str = ""
    children: list[Element] = field(default_factory=list)
    has_text: bool = False


class Content(NamedTuple):
    """What stands in an element of a reply, and whether the element ends before the reply does."""

    name: str
    inside: str
    is_whole: bool = True


def tags(text: str, start: int = 0) -> Iterator[Tag]:
    """The tags of a text; what stands in remarks and in sections of raw text is none."""
    endless: set[str] = set()  # such sections without an end are text, and their end is not looked for again
    while found := _TAG.search(text, start):
        start = found.end()
        section, remark, close, name, empty, far_close, far_name, nameless = found.groups()
        section = "raw" if section else "remark" if remark else None
        if section is None:
            name = name or far_name or ""
            closes = close or far_close or nameless
            around = int(text[found.start() - 1 : found.start()] == "`" == text[start : start + 1])
            kind: Literal["open", "close", "empty"] = "close" if closes else "empty" if empty else "open"
            yield Tag(kind, name, found.start() - around, start + around)
        elif section not in endless:
            end = text.find(_ENDS[section], start)
            if end < 0:
                endless.add(section)
                continue
            start = end + len(_ENDS[section])
            if section == "raw":
                yield Tag("raw", "", found.start(), start)


def contents(text: str, names: Iterable[str]) -> tuple[list[Content], set[str]]:
    """What the elements of these names hold, and the names of those that have another number of ends than beginnings.

    What stands inside of one of them is not looked at. One without an end goes on to the next one of another name that
    starts a line or follows a tag, or to the end of the reply.
    """
    known = names_of(*names)
    spelled = [(tag, known.find(tag.name)) for tag in tags(text) if tag.kind != "raw"]
    marks = [tag._replace(name=name or "") for tag, name in spelled if name is not None or not tag.name]
    last_ends = {mark.name: number for number, mark in enumerate(marks) if mark.kind == "close"}
    found: list[Content] = []
    odd: set[str] = set()
    place = 0
    while place < len(marks):
        opened = marks[place]
        place += 1
        if opened.kind == "empty":
            found.append(Content(opened.name, ""))
        elif opened.kind == "close":
            odd.add(opened.name)
        elif max(last_ends.get(opened.name, -1), last_ends.get("", -1)) < place:
            if not _begins_line(text, opened):  # a mention of the tag
                continue
            end = next((n for n in range(place, len(marks)) if _begins(text, marks[n], opened.name)), None)
            inside = text[opened.end :] if end is None else text[opened.end : marks[end].start]
            ended = _BROKEN_END.search(inside)
            if ended and known.find(ended[1]) == opened.name:
                inside, end = inside[: ended.start()], len(marks) if end is None else end
            if any(mark.name == opened.name for mark in marks[place:end]):
                odd.add(opened.name)
            found.append(Content(opened.name, inside, is_whole=end is not None))
            place = len(marks) if end is None else end
        elif (end := _end_of(marks, place)) is None:
            odd.add(opened.name)
            place = len(marks)
        else:
            found.append(Content(opened.name, text[opened.end : marks[end].start]))
            place = end + 1
    return found, odd


def tree(inside: str) -> Element | None:
    """The elements in a text; None where there are none, or where their tags do not match."""
    root = Element("", 0)
    around = [root]
    place = 0
    for tag in tags(inside):
        if tag.kind == "raw":
            around[-1].has_text = True
            continue
        around[-1].has_text |= bool(inside[place : tag.start].strip(_BETWEEN))
        place = tag.end
        if tag.kind == "close":
            closed = around.pop()
            if not around or folded(closed.name) != folded(tag.name):
                return None
            closed.inside = inside[closed.start : tag.start]
            continue
        made = Element(tag.name, tag.end)
        around[-1].children.append(made)
        if tag.kind == "open":
            around.append(made)
        if len(around) > DEEPEST:
            return None
    root.has_text |= bool(inside[place:].strip(_BETWEEN))
    return root if len(around) == 1 and root.children else None


def plain(inside: str) -> str:
    """The text that an element holds: entities are what they stand for, sections of raw text as they are."""
    pieces, place = [], 0
    for tag in tags(inside) if "<![CDATA[" in inside else ():
        if tag.kind == "raw":
            pieces += [decoded(inside[place : tag.start].strip()), inside[tag.start + 9 : tag.end - 3]]
            place = tag.end
    return "".join([*pieces, decoded(inside[place:].strip())])


def _begins(text: str, mark: Tag, after: str) -> bool:
    return mark.kind == "open" and mark.name != after and _begins_line(text, mark)


def _begins_line(text: str, mark: Tag) -> bool:
    before = text[max(mark.start - 80, 0) : mark.start].rstrip(" \t\ufeff\u200b")
    return before.endswith(("\n", ">")) or not before


def _end_of(marks: list[Tag], place: int) -> int | None:
    name, depth = marks[place - 1].name, 1
    for number in range(place, len(marks)):
        if marks[number].name in (name, ""):
            depth += (marks[number].kind == "open") - (marks[number].kind == "close")
        if depth == 0:
            return number
    return None


def decoded(text: str) -> str:
    """A text with the signs that its entities stand for."""
    return ENTITY.sub(_sign, text) if "&" in text else text


def _sign(entity: re.Match[str]) -> str:
    if entity[1]:
        return _SIGNS[entity[1]]
    code = int(entity[2]) if entity[2] else int(entity[3], 16)
    return chr(code) if code <= 0x10FFFF else entity[0]
