"""The XML layout: every field an element, what has parts as elements inside."""

from __future__ import annotations

import html
import re
from collections.abc import Mapping
from typing import Any

from nbdspy import render
from nbdspy.adapters.chat import ChatAdapter, reminded
from nbdspy.adapters.live import Reader
from nbdspy.adapters.live_elements import ElementReader
from nbdspy.adapters.replies import reply_alone
from nbdspy.adapters.shaping import ITEM, in_elements, reads_back
from nbdspy.adapters.values import is_given, jsonable, write_value
from nbdspy.adapters.wording import is_laid_out
from nbdspy.models import Shape
from nbdspy.signatures import Field, SignatureType

_NAME = re.compile(r"[A-Za-z_][A-Za-z0-9_.-]*")  # of an element; an object with other keys is written as JSON


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
        return in_elements(signature, reply_alone(signature, text)) or super().split(signature, text)

    def reader(self, signature: SignatureType) -> Reader:
        return ElementReader(signature)

    def format_field_structure(self, signature: SignatureType) -> str:
        structure = [f"<{name}>\n{{{name}}}\n</{name}>" for name in signature.fields]
        intro = "Every message has this structure, with the values in the places of the braces; "
        intro += f"a list has one <{ITEM}> per entry, and an object one element per key:"
        return "\n\n".join([intro, *structure])

    def format_inputs(self, signature: SignatureType, inputs: Mapping[str, Any]) -> str:
        return _elements(signature.input_fields, inputs)

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
    if is_laid_out(field):
        return write_value(value, field)
    if field.type is str:
        return html.escape(write_value(value, field), quote=False)
    plain = jsonable(value)
    elements = _nested(plain)
    if field.is_input or not isinstance(plain, list | dict) or reads_back(elements, value, field):
        return elements
    return html.escape(render.written(value), quote=False)  # what elements do not keep apart: a None and its name


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
