"""Lists, objects and whatever else a text may spell: as JSON, as JSON among prose, as lines with bullets."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Iterator, Sequence
from typing import Any

from nbdspy.adapters.fitting import fitted
from nbdspy.adapters.kinds import Kind, kind_of
from nbdspy.adapters.lenient import Found, NotJSON, find, goes_on, load
from nbdspy.adapters.spelling import bare
from nbdspy.signatures import Field

_BRACKET = re.compile(r"[{\[]")
_BULLET = re.compile(r"[-*•–]\s+|(\d+)[.)]\s+")


def read_structure(text: str, type_: Any, field: Field, validate: Callable[[Any], Any]) -> Any:
    """The value that a text spells; `validate` says whether it is one of the type.

    Raises:
        ValueError: When it spells none, or two; says what is wrong with the first that it spells.
    """
    refused: list[ValueError] = []
    kinds = [kind_of(option) for option in kind_of(type_).options]
    try:
        value = load(text)
    except NotJSON:
        found = list(_valid(_bracketed(text, kinds), type_, field, validate, refused))
        if found and all(each == found[0] for each in found):
            return found[0]
        if any(kind.is_list for kind in kinds) and (items := _bulleted(text)):
            return validate(fitted(items, type_, field))
    else:
        for each in _valid([value], type_, field, validate, refused):
            return each
    is_free = any(kind.type in (str, Any) or kind.is_custom for kind in kinds)
    try:
        return validate(text if is_free else bare(text))
    except ValueError as error:
        raise refused[0] if refused else error from None


def is_unfinished(text: str) -> bool:
    """Whether a text is JSON that lacks its end."""
    text = text.strip()
    if not text.startswith(("{", "[")):
        return False
    try:
        return find(text).is_open
    except NotJSON:
        return False


def _valid(
    values: Iterable[Any], type_: Any, field: Field, validate: Callable[[Any], Any], refused: list[ValueError]
) -> Iterator[Any]:  # fmt: skip
    """Those of the type; why others are not is added to `refused`."""
    for value in values:
        try:
            valid = validate(fitted(value, type_, field))
        except ValueError as error:
            refused.append(error)
        else:
            yield valid


def _bracketed(text: str, kinds: Sequence[Kind]) -> list[Any]:
    """What stands in brackets in a text and in no others; where some of it is proper JSON, only that."""
    shapes = (list,) * any(kind.is_list for kind in kinds) + (dict,) * any(
        kind.is_object or kind.is_custom for kind in kinds
    )
    found: list[Found] = []
    place = 0
    while shapes and (start := _BRACKET.search(text, place)):
        try:
            value = find(text, start.start())
        except NotJSON:  # what is inside would be a part that passes for the whole
            return []
        if value.is_open or goes_on(text, value.end):
            return []
        found.append(value)
        place = value.end
    fitting = [each for each in found if isinstance(each.value, shapes)]
    return [each.value for each in fitting if each.is_json] or [each.value for each in fitting]


def _bulleted(text: str) -> list[str]:
    """The items of a text all of whose lines have bullets, or numbers in order; none of another text."""
    lines = [line.strip() for line in text.splitlines() if line.strip()]
    bullets = [_BULLET.match(line) for line in lines]
    numbers = [bullet[1] for bullet in bullets if bullet]
    in_order = [str(number) for number in range(1, len(lines) + 1)]
    if len(numbers) < len(lines) or not (numbers == in_order or set(numbers) == {None}):
        return []
    return [line[bullet.end() :] for line, bullet in zip(lines, bullets, strict=True) if bullet]
