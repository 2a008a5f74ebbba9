"""From elements to values: what a tag means depends on the type that is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nbdspy.adapters.elements import Element, contents, plain, tree
from nbdspy.adapters.kinds import Kind, kind_of
from nbdspy.adapters.lenient import NotJSON, load
from nbdspy.adapters.refused import missing, unclear
from nbdspy.adapters.values import read_object
from nbdspy.errors import ParseError
from nbdspy.signatures import Field, SignatureType

ITEM = "item"  # of a list
_HALF_TAG = re.compile(r"(?:^[ \t]*<|</)[/\w.-]*\Z", re.MULTILINE)
_NOTHING = ("None", "null")


def in_elements(signature: SignatureType, text: str) -> dict[str, Any]:
    """What the elements of a reply hold for the outputs: a text, or the value that the elements inside spell.

    Raises:
        ParseError: When the reply ends inside of an output, or gives one two values.
    """
    if "<" not in text:
        return {}
    there, odd = contents(text, signature.output_fields)
    found: dict[str, Any] = {}
    for name, field in signature.output_fields.items():
        held = [content for content in there if content.name == name]
        if name in odd:
            raise unclear(field, text)
        if not held:
            continue
        if not held[-1].is_whole:
            if not _is_clean(held[-1].inside, kind_of(field.type)):
                raise missing(field, text, found, is_cut=True)
            held[-1] = held[-1]._replace(inside=_HALF_TAG.sub("", held[-1].inside))
        values = [_value(content.inside, field) for content in held]
        if len(held) > 1 and kind_of(field.type).is_list and all(isinstance(value, str) for value in values):
            values = [values]  # a list that has an element per item
        if any(value != values[0] for value in values):
            raise unclear(field, text)
        found[name] = values[0]
    if found and _HALF_TAG.search(text.rstrip()):
        for name, field in signature.output_fields.items():
            if name not in found:
                raise missing(field, text, found, is_cut=True)
    return found


def reads_back(elements: str, value: Any, field: Field) -> bool:
    """Whether elements are read as the value that they were written for."""
    try:
        meant = read_object(value, field)
    except ParseError:  # no value of the field's type, however it is written
        return True
    try:
        return bool(read_object(_value(elements, field), field) == meant)
    except ParseError:
        return False


def _is_clean(inside: str, kind: Kind) -> bool:
    """Whether what lacks its end tag is nevertheless whole, as far as one can see."""
    if not inside.strip():
        return False
    if _is_plain(kind) or _HALF_TAG.search(inside):
        return True
    return inside != inside.rstrip() and not kind.is_list and not kind.is_object


def _is_plain(kind: Kind) -> bool:
    return kind.type is str or kind.is_verbatim


def _value(inside: str, field: Field) -> Any:
    kind = kind_of(field.type)
    if _is_plain(kind):
        return plain(inside)
    if not inside.strip() and (kind.is_list or kind.is_dictionary):
        return [] if kind.is_list else {}
    root = tree(inside) if "<" in inside else None
    if root is None or root.has_text:  # JSON, or a text that was never meant as elements
        return plain(inside)
    try:
        return _shaped(root, field.type)
    except ValueError:
        return plain(inside)


def _shaped(element: Element, type_: Any) -> Any:
    kind = kind_of(type_)
    if kind.is_union:
        return _as_it_looks(element, type_)
    if kind.type in (Any, object):
        return _as_it_looks(element, type_)
    if kind.type is str:
        text = _text(element)
        return None if kind.may_be_none and text in _NOTHING else text
    if not element.children:
        text = plain(element.inside)
        empty: Any = [] if kind.is_list else {} if kind.is_object else text
        return text if text or kind.may_be_none else empty
    if element.has_text:
        raise ValueError("text beside elements")
    if kind.is_list:
        if len({child.name for child in element.children}) > 1:
            raise ValueError("items of several names")
        return [_shaped(child, kind.item(place)) for place, child in enumerate(element.children)]
    return _object(element, kind) if kind.is_object else _as_it_looks(element, type_)


def _object(element: Element, kind: Kind) -> dict[str, Any]:
    made: dict[str, Any] = {}
    for name, children in _by_name(element).items():
        type_ = kind.item() if kind.is_dictionary else kind.parts.get(kind.names.find(name) or name, Any)
        inner = kind_of(type_)
        if len(children) > 1 and inner.is_list:  # an element per item, without one around them
            made[name] = [_shaped(child, inner.item(place)) for place, child in enumerate(children)]
        elif len(children) > 1:
            raise ValueError(f"two values for {name}")
        else:
            made[name] = _shaped(children[0], type_)
    return made


def _as_it_looks(element: Element, type_: Any) -> Any:
    """A list, an object, a number, a truth or a text, where no type says which."""
    if not element.children or element.has_text:
        text = plain(element.inside)
        return _word(text) if kind_of(type_).type in (Any, object) else text
    if all(child.name == ITEM for child in element.children):
        return [_as_it_looks(child, type_) for child in element.children]
    found = _by_name(element)
    if any(len(children) > 1 for children in found.values()):
        raise ValueError("two values for one name")
    return {name: _as_it_looks(children[0], type_) for name, children in found.items()}


def _word(text: str) -> Any:
    """The number, the truth or the None that JSON has for a text; else the text."""
    try:
        value = load(text)
    except NotJSON:
        return text
    return text if isinstance(value, str | list | dict) else value


def _text(element: Element) -> str:
    if element.children and not element.has_text:
        raise ValueError("elements, but no text")
    return plain(element.inside)


def _by_name(element: Element) -> dict[str, Sequence[Element]]:
    found: dict[str, list[Element]] = {}
    for child in element.children:
        found.setdefault(child.name, []).append(child)
    return dict(found)
