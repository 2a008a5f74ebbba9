"""Single values out of the text that a model wrote for them: choices, truths, numbers, days, and nothing."""

from __future__ import annotations

import ast
import math
import re
import unicodedata
from collections.abc import Mapping
from typing import Any

from nbdspy.adapters.kinds import DAYS_AND_TIMES, Kind
from nbdspy.adapters.spelling import bare, folded
from nbdspy.signatures import Field

_NOTHING = frozenset({"", "none", "null", "n/a"})
_NO_VALUE = _NOTHING | {"na", "nil", "undefined", "not applicable"}  # what a text may well be, but no number
_OF_TYPE = re.compile(r"(?:Literal|str)\[(.*)\]", re.DOTALL)
_WORD = re.compile(r"\w+")
_SIGNS = str.maketrans("−＋－．，٫٬'\u00a0\u2009", "-+-.,.,’\u202f\u202f")
_DIGITS = r"[+-]?(?:[1-9]\d{0,2}(?P<mark>[,’_\u202f])\d{3}(?:(?P=mark)\d{3})*|\d+)"
_NUMBER = re.compile(rf"(?P<whole>{_DIGITS})(?P<fraction>\.\d*)?(?P<power>[eE][+-]?\d+)?|[+-]?\.\d+(?:[eE][+-]?\d+)?")
_WITH_COMMA = re.compile(r"(?P<whole>[+-]?(?:\d+|[1-9]\d{0,2}(?:[.’\u202f]\d{3})+)),(?P<fraction>\d+)")
_PLAIN = re.compile(r"-?(?:0|[1-9][0-9]{0,300})")
_UNIT = re.compile(r"(.*\d)\s*([^\W\d_]+)")
_NO_NUMBER = re.compile(r"[+-]?(?:nan|inf|infinity)", re.IGNORECASE)


def is_nothing(text: str, *, may_be_text: bool) -> bool:
    """Whether a text says that there is no value; where the value may be a text, fewer words do."""
    return bare(text).casefold() in (_NOTHING if may_be_text else _NO_VALUE)


def read_single(text: str, kind: Kind, field: Field) -> Any:
    """The value of a type that has no parts; of one that pydantic must know, the text for it.

    Raises:
        ValueError: When the text is none.
    """
    if kind.choices:
        return choose(text, kind.choices, field)
    if kind.type in (int, float):
        return read_number(text, kind.type, field)
    if kind.type is bytes:
        return _bytes(text)
    return read_day(text, field) if kind.type in DAYS_AND_TIMES else bare(text)


def choose(text: str, choices: Mapping[str, Any], field: Field) -> Any:
    """The choice that a text names: as it is spelled, else in the only spelling that is like it.

    Raises:
        ValueError: When it names none, or might name two.
    """
    if text in choices:
        return choices[text]
    if of_type := _OF_TYPE.fullmatch(text):
        text = of_type[1]
    text = _without_label(text, field)
    for spelling in (text, bare(text)):
        if spelling in choices:
            return choices[spelling]
    for like in (str.casefold, folded):
        same = [choice for spelling, choice in choices.items() if like(bare(spelling)) == like(bare(text)) != ""]
        if same:
            return _only(same, text)
    first, _, remark = text.partition("\n")
    if not remark.strip() or not bare(first):
        raise ValueError(text)
    chosen = choose(first, choices, field)
    said = {word.casefold() for word in _WORD.findall(remark)}
    for spelling, choice in choices.items():  # a remark that names another choice may take the first back
        if choice is not chosen and said & {word.casefold() for word in _WORD.findall(spelling)}:
            raise ValueError(text)
    return chosen


def read_number(text: str, type_: type[int] | type[float], field: Field) -> int | float:
    """The number that a text is.

    Digits of every script are read, thousands in groups, and a unit that the field's name has (`minutes`). What may be
    another number elsewhere, such as 1,234 for a fraction and 1.234 for a whole number, is none.

    Raises:
        ValueError: When it is none, or might be two.
    """
    if _PLAIN.fullmatch(text):
        return type_(text)
    text = _without_label(text, field)
    first, _, remark = text.partition("\n")
    if remark.strip() and not any(letter.isdigit() for letter in remark):
        text = first
    text = _plain(bare(text))
    if (with_unit := _UNIT.fullmatch(text)) and _names(field, with_unit[2]):
        text = with_unit[1]
    if type_ is float and _NO_NUMBER.fullmatch(text):
        return float(text)
    if number := _NUMBER.fullmatch(text):
        return _float(number) if type_ is float else _int(number)
    if type_ is float and (number := _WITH_COMMA.fullmatch(text)):
        return float(f"{_ungrouped(number['whole'])}.{number['fraction']}")
    raise ValueError(text)


def read_day(text: str, field: Field) -> str:
    """The text of a day or a time, in ASCII's digits.

    Raises:
        ValueError: When it is a bare number, which pydantic would take for seconds since 1970.
    """
    text = _plain(bare(_without_label(text, field)))
    if re.fullmatch(r"[+-]?[\d.]+", text):
        raise ValueError(text)
    return text


def _plain(text: str) -> str:
    """Digits and signs of every script as ASCII's."""
    if text.isascii():
        return text.replace("'", "’")
    signs = text.translate(_SIGNS)
    return "".join(str(unicodedata.decimal(sign)) if sign.isdecimal() else sign for sign in signs)


def _bytes(text: str) -> Any:
    """Bytes as Python writes them; pydantic reads any other text."""
    try:
        value = ast.literal_eval(text)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):  # all that its documentation names
        return text
    return value if isinstance(value, bytes) else text


def _without_label(text: str, field: Field) -> str:
    """The text without the field's own name before it, or "Answer:"."""
    label, colon, rest = text.partition(":")
    if colon and folded(bare(label)) in (folded(field.name), "answer") and rest.strip():
        return rest.strip()
    return text


def _only(choices: list[Any], text: str) -> Any:
    if any(choice is not choices[0] for choice in choices):
        raise ValueError(text)
    return choices[0]


def _names(field: Field, unit: str) -> bool:
    words = {word.rstrip("s") for word in folded(field.name).split()}
    return unit.casefold().rstrip("s") in words


def _ungrouped(whole: str) -> str:
    return re.sub(r"[^\d+-]", "", whole)


def _int(number: re.Match[str]) -> int:
    fraction = number["fraction"] or ""
    is_unclear = len(fraction) == 4 and not number["mark"] and 0 < len(number["whole"].lstrip("+-0")) < 4
    if not number["whole"] or number["power"] or fraction.strip(".0") or is_unclear:
        raise ValueError(number[0])
    return int(_ungrouped(number["whole"]))


def _float(number: re.Match[str]) -> float:
    if not number["whole"]:
        return float(number[0])
    is_unclear = number["mark"] == "," and number["whole"].count(",") == 1 and not number["fraction"]
    if is_unclear:
        raise ValueError(number[0])
    value = float(_ungrouped(number["whole"]) + (number["fraction"] or "") + (number["power"] or ""))
    if math.isinf(value):
        raise ValueError(number[0])
    return value
