"""The XML layout: every field an element, what has parts as elements inside."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any
from xml.etree import ElementTree

from nbdspy import render
from nbdspy.adapters.chat import ChatAdapter, reminded
from nbdspy.adapters.values import is_given, jsonable, read_object, write_value
from nbdspy.errors import ParseError
from nbdspy.models import Shape
from nbdspy.signatures import Field, SignatureType

ITEM = "item"  # of a list
_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")  # of an element; an object with other keys is written as JSON
_BARE_AMPERSAND = re.compile(r"&(?!(?:amp|lt|gt|quot|apos|#\d+|#x[0-9a-fA-F]+);)")
_NOTHING: Mapping[str, Any] = {"null": None, "None": None, "[]": [], "{}": {}}  # where a text cannot be meant


class XMLAdapter(ChatAdapter):
    """For models that keep to tags better than to markers.

    `<`, `>` and `&` in values are written as entities, and read back; what a model writes plainly is read as it stands.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> adapter, signature = XMLAdapter(), Signature("question -> tags: list[str]")
        >>> adapter.parse(signature, "<tags><item>sea</item><item>moon</item></tags>")
        {'tags': ['sea', 'moon']}
    """

    name = "xml"

    def shape(self, signature: SignatureType) -> Shape | None:
        return None

    def split(self, signature: SignatureType, text: str) -> Mapping[str, Any]:
        found: dict[str, Any] = {}
        for name, field in signature.output_fields.items():
            inside = _inside(text, name)
            if inside is not None:
                found[name] = _read(inside, field)
        return found or super().split(signature, text)

    def format_field_structure(self, signature: SignatureType) -> str:
        structure = [f"<{name}>\n{{{name}}}\n</{name}>" for name in signature.fields]
        intro = "Every message has this structure, with the values in the places of the braces; "
        intro += f"a list has one <{ITEM}> per entry, and an object one element per key:"
        return "\n\n".join([intro, *structure])

    def format_user_message_content(
        self, signature: SignatureType, inputs: Mapping[str, Any], prefix: str = "", suffix: str = "",
        main_request: bool = False,
    ) -> str:  # fmt: skip
        query = f"{prefix}{_elements(signature.input_fields, inputs)}{suffix}"
        reminder = self.skeleton(signature).tail if main_request else ""
        return f"{query}\n\n{reminder}" if reminder else query

    def format_assistant_message_content(
        self, signature: SignatureType, outputs: Mapping[str, Any], missing_field_message: str | None = None
    ) -> str:
        return _elements(signature.output_fields, outputs, missing_field_message)

    def tail(self, signature: SignatureType) -> str:
        if not signature.output_fields:
            return ""
        names = ", then ".join(map(reminded, signature.output_fields.values()))
        return f"Answer with the fields {names}, each in its own element."


def _elements(fields: Mapping[str, Field], values: Mapping[str, Any], missing: str | None = None) -> str:
    elements = []
    for name, field in fields.items():
        if is_given(name, field, values):
            elements.append(f"<{name}>\n{_written(values[name], field)}\n</{name}>")
        elif missing is not None:
            elements.append(f"<{name}>\n{missing}\n</{name}>")
    return "\n\n".join(elements)


def _written(value: Any, field: Field) -> str:
    if field.type is str:
        return html.escape(write_value(value, field), quote=False)
    return _nested(jsonable(value))


def _nested(value: Any) -> str:
    match value:
        case dict() if value and set(value) != {ITEM} and all(_NAME.fullmatch(str(key)) for key in value):
            return "".join(f"<{key}>{_nested(item)}</{key}>" for key, item in value.items())
        case list() if value:
            return "".join(f"<{ITEM}>{_nested(item)}</{ITEM}>" for item in value)
        case str():
            return html.escape(value, quote=False)
        case _:
            return html.escape(render.written(value), quote=False)


def _inside(text: str, name: str) -> str | None:
    """What stands in the first element of this name; one that the end of the reply cuts off goes to the end."""
    opened = re.search(rf"<{name}>", text, re.IGNORECASE)
    if opened is None:
        return None
    closing = f"</{name}>"
    depth, place = 1, opened.end()
    for tag in re.finditer(rf"<(/?){name}>", text[place:], re.IGNORECASE):
        depth += -1 if tag[1] else 1
        if depth == 0:
            return text[place : place + tag.start()].strip()
    end = text.lower().rfind(closing, place)
    return text[place : end if end >= 0 else len(text)].strip()


def _read(inside: str, field: Field) -> Any:
    """The text of an element, or the value that the elements inside of it spell."""
    if field.type is str:
        return html.unescape(inside)
    try:
        tree = ElementTree.fromstring(f"<{ITEM}>{_BARE_AMPERSAND.sub('&amp;', inside)}</{ITEM}>")
    except ElementTree.ParseError:  # JSON, or a text that was never meant as elements
        return html.unescape(inside)
    if not len(tree):
        return html.unescape(inside)
    try:
        return read_object(_value(tree, {}), field)
    except ParseError:
        return _value(tree, _NOTHING)


def _value(element: ElementTree.Element, words: Mapping[str, Any]) -> Any:
    """What an element spells: a list, an object, or a text; `words` are texts that stand for something else."""
    children = list(element)
    if not children:
        text = (element.text or "").strip()
        return words.get(text, text)
    if all(child.tag == ITEM for child in children):
        return [_value(child, words) for child in children]
    return {child.tag: _value(child, words) for child in children}
