"""Outputs that a reply holds as a JSON object, wherever it stands among prose, fences and other objects."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy.adapters.fitting import has_strays
from nbdspy.adapters.kinds import kind_of
from nbdspy.adapters.lenient import CUT, Found, NotJSON, find, goes_on
from nbdspy.adapters.refused import missing, unclear
from nbdspy.adapters.spelling import Names, names_of
from nbdspy.adapters.values import Quoted, read_object
from nbdspy.errors import ParseError
from nbdspy.signatures import SignatureType

# A reply of nothing but brackets must not take for ever.
MOST_FAILED = 50  # places where no object was, after all
MOST_OPEN = 3  # objects that go on to the end of the reply
DEEPEST = 3  # objects around the one that holds the outputs
_OBJECT = re.compile(r"\{(?=\s*(?:[\"'`“”„‘«»「{}/#]|[\w$][\w $.-]{0,80}[\"'”]?\s*[:=]))")
_ESCAPED = re.compile(r'"\s*\{')
_WITHOUT_BRACES = re.compile(r"\s*[\"'“](\w+)[\"'”]\s*:")


@dataclass(frozen=True, slots=True)
class Held:
    """What one object says of the outputs; whether the reply ends before the object does."""

    values: Mapping[str, Any]
    is_cut: bool


def in_object(signature: SignatureType, text: str) -> dict[str, Any]:
    """The outputs that a JSON object in a reply holds; none when there is no such object.

    Raises:
        ParseError: When the reply ends inside of an output, or holds two objects that say different things.
    """
    if "{" not in text and not _WITHOUT_BRACES.match(text):
        return {}
    names = tuple(signature.output_fields)
    held = list(_held(text, names))
    most = max((len(each.values) for each in held), default=0)
    fullest = [each for each in held if len(each.values) == most]
    whole = [each for each in fullest if not each.is_cut] or fullest
    distinct: list[Held] = []
    for each in whole:
        if each.values not in [other.values for other in distinct]:
            distinct.append(each)
    if len(distinct) > 1:
        distinct = [each for each in distinct if is_readable(signature, each.values)] or distinct[:1]
    if not distinct:
        return {}
    chosen, *others = distinct
    if others:
        raise unclear(_differing(signature, chosen, others[0]), text)
    outputs = signature.output_fields
    if chosen.is_cut and any(has_strays(value, outputs[name].type) for name, value in chosen.values.items()):
        chosen = Held({}, True)  # the bracket that is missing is one inside
    if chosen.is_cut:
        for name, field in outputs.items():
            if name not in chosen.values:
                raise missing(field, text, chosen.values, is_cut=True)
    return _in_order(signature, chosen.values)


def _held(text: str, names: Sequence[str]) -> Iterator[Held]:
    """What each object in a text says that has one of the names, in their order."""
    known = names_of(*names)
    some = False
    for found, is_doubtful in _objects(text):
        has_others = isinstance(found.value, dict) and any(known.find(key) is None for key in found.value)
        if has_others and text[found.end : found.end + 80].lstrip().startswith("}"):
            continue  # a bracket too many inside has let members of a part out of it
        for value in _inside(found.value, known, 0):
            values = _named(value, known)
            if is_doubtful and len(values) < len(names):
                continue
            unfinished = known.find(found.unfinished) if found.unfinished is not None else None
            whole = {name: item for name, item in values.items() if name != unfinished}
            some = True
            yield Held(whole, found.is_open)
    if not some and (first := _WITHOUT_BRACES.match(text)) and known.find(first[1]):
        yield from _held(f"{{{text}\n}}", names)


def _objects(text: str) -> Iterator[tuple[Found, bool]]:
    """Every object in a text that stands in no other, also in a text that is one, in quotes.

    With each, whether it may be a part of something that could not be read: before it, or going on behind it.
    """
    if _ESCAPED.match(text):
        try:
            inside = find(text, text.index('"')).value
        except NotJSON:
            pass
        else:
            if isinstance(inside, str):
                yield from _objects(inside)
                return
    failed = opened = 0
    start = _OBJECT.search(text)
    while start is not None and failed < MOST_FAILED and opened < MOST_OPEN:
        try:
            found = find(text, start.start())
        except NotJSON:
            failed += 1
            end = start.start() + 1
        else:
            more = goes_on(text, found.end)
            failed += more is not None
            if more != "member":
                yield found, failed + opened > 0
            opened += found.is_open
            end = start.start() + 1 if found.is_open else found.end
        start = _OBJECT.search(text, end)


def _inside(value: Any, names: Names, depth: int) -> Iterator[Mapping[str, Any]]:
    """The value itself where it has one of the names, else those inside of it that have them all."""
    if isinstance(value, list):
        for item in value:
            yield from _inside(item, names, depth)
    elif isinstance(value, dict):
        found = set(map(names.find, value)) - {None}
        if found and (depth == 0 or len(found) == len(names.exact)):
            yield value
        elif depth < DEEPEST and len(value) == 1:
            ((key, item),) = value.items()
            if key != "properties":  # of a schema that the model repeats
                yield from _inside(item, names, depth + 1)


def _named(value: Mapping[str, Any], names: Names) -> dict[str, Any]:
    """The members under the outputs' names, whatever their spelling; one in the right spelling goes before."""
    named: dict[str, Any] = {}
    for key, item in value.items():
        name = names.find(key)
        if name is not None and item is not CUT and (name not in named or key == name):
            named[name] = item
    return named


def is_readable(signature: SignatureType, values: Mapping[str, Any]) -> bool:
    """Whether each value is one of its field."""
    try:
        for name, value in values.items():
            read_object(value, signature.output_fields[name])
    except ParseError:
        return False
    return True


def _differing(signature: SignatureType, one: Held, other: Held) -> Any:
    return next(
        field for name, field in signature.output_fields.items() if one.values.get(name) != other.values.get(name)
    )


def _in_order(signature: SignatureType, values: Mapping[str, Any]) -> dict[str, Any]:
    """The values in the signature's order, without what is null; a text that may say None says no more than that."""
    ordered: dict[str, Any] = {}
    for name, field in signature.output_fields.items():
        value = values.get(name)
        if isinstance(value, str) and field.type is not str and kind_of(field.type).takes_texts:
            ordered[name] = Quoted(value)
        elif value is not None or (name in values and field.may_be_none):
            ordered[name] = value
    return ordered
