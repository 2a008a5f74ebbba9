"""From elements to values: what a tag means depends on the type that is read."""

from __future__ import annotations

import re
from collections.abc import Sequence
from typing import Any

from nbdspy.adapters.elements import Element, contents, plain, tree
from nbdspy.adapters.fitting import OBJECTS, is_list, is_object, item_type, kind_of, parts_of
from nbdspy.adapters.refused import missing, unclear
from nbdspy.adapters.spelling import folded
from nbdspy.adapters.values import is_verbatim, read_object
from nbdspy.adapters.wording import base_type, options_of
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
        held = [content for content in there if content.name == folded(name)]
        if folded(name) in odd:
            raise unclear(field, text)
        if not held:
            continue
        if not held[-1].is_whole and not _is_clean(held[-1].inside, field):
            raise missing(field, text, found, is_cut=True)
        values = [_value(_HALF_TAG.sub("", content.inside), field) for content in held]
        if len(held) > 1 and is_list(_kind(field)) and all(isinstance(value, str) for value in values):
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


def _is_clean(inside: str, field: Field) -> bool:
    """Whether what lacks its end tag is nevertheless whole, as far as one can see."""
    if not inside.strip():
        return False
    if _is_plain(field) or _HALF_TAG.search(inside):
        return True
    return inside != inside.rstrip() and not is_list(_kind(field)) and not is_object(_kind(field))


def _kind(field: Field) -> Any:
    """The field's type without None."""
    options = [option for option in options_of(base_type(field.type)) if option is not type(None)]
    return base_type(options[0]) if len(options) == 1 else field.type


def _is_plain(field: Field) -> bool:
    return _kind(field) is str or is_verbatim(_kind(field))


def _value(inside: str, field: Field) -> Any:
    if _is_plain(field):
        return plain(inside)
    if not inside.strip() and (is_list(_kind(field)) or kind_of(_kind(field)) in OBJECTS):
        return [] if is_list(_kind(field)) else {}
    root = tree(inside)
    if root is None or root.has_text:  # JSON, or a text that was never meant as elements
        return plain(inside)
    try:
        return _shaped(root, field.type)
    except ValueError:
        return plain(inside)


def _shaped(element: Element, type_: Any) -> Any:
    type_ = base_type(type_)
    options = [base_type(option) for option in options_of(type_)]
    kinds = [option for option in options if option is not type(None)]
    if len(kinds) != 1:
        return _as_it_looks(element)
    kind = kinds[0]
    if kind is str:
        text = _text(element)
        return None if type(None) in options and text in _NOTHING else text
    if not element.children:
        text = plain(element.inside)
        empty: Any = [] if is_list(kind) else {} if is_object(kind) else text
        return text if text or type(None) in options else empty
    if element.has_text:
        raise ValueError("text beside elements")
    if is_list(kind):
        if len({child.name for child in element.children}) > 1:
            raise ValueError("items of several names")
        return [_shaped(child, item_type(kind, place)) for place, child in enumerate(element.children)]
    return _object(element, kind) if is_object(kind) else _as_it_looks(element)


def _object(element: Element, kind: Any) -> dict[str, Any]:
    types = {folded(name): type_ for name, type_ in parts_of(kind).items()}
    made: dict[str, Any] = {}
    for name, children in _by_name(element).items():
        type_ = item_type(kind) if kind_of(kind) in OBJECTS else types.get(folded(name), Any)
        if len(children) > 1 and is_list(type_):  # an element per item, without one around them
            made[name] = [_shaped(child, item_type(type_, place)) for place, child in enumerate(children)]
        elif len(children) > 1:
            raise ValueError(f"two values for {name}")
        else:
            made[name] = _shaped(children[0], type_)
    return made


def _as_it_looks(element: Element) -> Any:
    """A list, an object or a text, where no type says which."""
    if not element.children or element.has_text:
        return plain(element.inside)
    if all(child.name == ITEM for child in element.children):
        return [_as_it_looks(child) for child in element.children]
    found = _by_name(element)
    if any(len(children) > 1 for children in found.values()):
        raise ValueError("two values for one name")
    return {name: _as_it_looks(children[0]) for name, children in found.items()}


def _text(element: Element) -> str:
    if element.children and not element.has_text:
        raise ValueError("elements, but no text")
    return plain(element.inside)


def _by_name(element: Element) -> dict[str, Sequence[Element]]:
    found: dict[str, list[Element]] = {}
    for child in element.children:
        found.setdefault(child.name, []).append(child)
    return dict(found)
