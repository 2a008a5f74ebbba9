"""Damages of one value: the right thing in another spelling, or something else instead."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any, Final, Literal, get_origin

from tests.bench.damaged.tasks import Mood, Output, Person

NOTHING: Final = object()
"""In the place of a value that a reply does not hold."""

Changed = tuple[Any, Any] | None
"""What the reply spells now, in JSON's types, and the value that this is; None where a damage does not apply."""

HUGE = "word " * 20_000  # 100 kB


def _digits(zero: str) -> Callable[[Output], Changed]:
    def change(output: Output) -> Changed:
        if output.type not in (int, float, int | None):
            return None
        return "".join(
            chr(ord(zero) + int(sign)) if sign.isdigit() else sign for sign in str(output.plain)
        ), output.value

    return change


def _spelled(applies: Callable[[Output], bool], spell: Callable[[Any], Any]) -> Callable[[Output], Changed]:
    """The same value in another spelling."""
    return lambda output: (spell(output.plain), output.value) if applies(output) else None


def _instead(applies: Callable[[Output], bool], what: Any) -> Callable[[Output], Changed]:
    """Something that is no such value."""
    return lambda output: (what, NOTHING) if applies(output) else None


def _text(spell: Callable[[str], str]) -> Callable[[Output], Changed]:
    """Another text, which is then the right one."""

    def change(output: Output) -> Changed:
        if output.type is not str or output.constraints:
            return None
        text = spell(output.plain)
        return text, text

    return change


def _is_int(output: Output) -> bool:
    return output.type in (int, int | None)


def _is_large(output: Output) -> bool:
    return _is_int(output) and output.plain >= 1000


def _is_number(output: Output) -> bool:
    return _is_int(output) or output.type is float


def _is_float(output: Output) -> bool:
    return output.type is float


def _is_bool(output: Output) -> bool:
    return output.type is bool


def _is_literal(output: Output) -> bool:
    return get_origin(output.type) is Literal


def _is_enum(output: Output) -> bool:
    return output.type is Mood


def _is_choice(output: Output) -> bool:
    return _is_literal(output) or _is_enum(output)


def _is_single(output: Output) -> bool:
    """A value that is one word or number, and no free text."""
    return _is_number(output) or _is_choice(output) or _is_bool(output) or output.name_of_type == "date"


def _is_list(output: Output) -> bool:
    return get_origin(output.type) is list


def _is_texts(output: Output) -> bool:
    return output.type == list[str]


def _has_parts(output: Output) -> bool:
    return isinstance(output.plain, list | dict)


def _is_person(output: Output) -> bool:
    return output.type is Person


def _holds_people(output: Output) -> bool:
    return output.type in (Person, list[Person])


def _is_date(output: Output) -> bool:
    return output.name_of_type == "date"


def _keys(value: Any, spell: Callable[[str], str]) -> Any:
    if isinstance(value, dict):
        return {spell(key): _keys(item, spell) for key, item in value.items()}
    return [_keys(item, spell) for item in value] if isinstance(value, list) else value


def _each(change: Callable[[dict[str, Any]], dict[str, Any]]) -> Callable[[Any], Any]:
    """A change of an object, or of every object in a list."""
    return lambda value: [change(item) for item in value] if isinstance(value, list) else change(value)


def _json(value: Any) -> str:
    return json.dumps(value, ensure_ascii=False)


def _grouped(separator: str) -> Callable[[Any], str]:
    return lambda number: f"{number:,}".replace(",", separator)


DAMAGES: dict[str, Callable[[Output], Changed]] = {
    # Numbers
    "thousands with commas": _spelled(_is_large, _grouped(",")),
    "thousands with apostrophes": _spelled(_is_large, _grouped("’")),
    "thousands with narrow spaces": _spelled(_is_large, _grouped("\u202f")),
    "number as a text": _spelled(_is_number, str),
    "number with a full stop": _spelled(_is_number, lambda number: f"{number}."),
    "number with a plus": _spelled(_is_number, lambda number: f"+{number}"),
    "whole number with a fraction of nothing": _spelled(_is_int, lambda number: f"{number}.0"),
    "fraction without its zero": _spelled(_is_float, lambda number: str(number).lstrip("0")),
    "decimal comma": _spelled(_is_float, lambda number: str(number).replace(".", ",")),
    "number with a unit": _spelled(_is_int, lambda number: f"{number} apples"),
    "number with its own unit": lambda output: (
        (f"{output.plain} minutes", output.value) if output.type == int | None else None
    ),
    "number with a remark below": _spelled(_is_number, lambda number: f"{number}\n\nI hope this helps!"),
    "Arabic digits": _digits("٠"),
    "Devanagari digits": _digits("०"),
    "wide digits": _digits("０"),
    "number that is a word": _instead(_is_number, "plenty"),
    "number that is a range": _instead(_is_int, "1200 to 1300"),
    "two numbers": _instead(_is_number, "12 or 13"),
    "number in millions": _instead(_is_int, "3 million"),
    "number that is a list": _instead(_is_number, [1, 2]),
    "whole number with a fraction": _instead(_is_int, "1224.5"),
    "whole number that is a truth": _instead(_is_int, True),
    "number outside its limits": lambda output: (7.5, NOTHING) if _is_float(output) and output.constraints else None,
    # Truths and choices
    "yes": _spelled(_is_bool, lambda _: "yes"),
    "yes with a full stop": _spelled(_is_bool, lambda _: "Yes."),
    "truth in capitals": _spelled(_is_bool, lambda _: "TRUE"),
    "truth as a number": _spelled(_is_bool, lambda _: 1),
    "truth that is open": _instead(_is_bool, "yes and no"),
    "truth that is unknown": _instead(_is_bool, "maybe"),
    "choice in capitals": _spelled(_is_choice, str.upper),
    "choice as a title": _spelled(_is_choice, str.title),
    "choice in quotes": _spelled(_is_single, lambda value: f'"{value}"'),
    "choice in smart quotes": _spelled(_is_single, lambda value: f"“{value}”"),
    "choice in bold": _spelled(_is_single, lambda value: f"**{value}**"),
    "choice in back quotes": _spelled(_is_single, lambda value: f"`{value}`"),
    "choice in a fence": _spelled(_is_single, lambda value: f"```\n{value}\n```"),
    "choice with spaces": _spelled(_is_literal, lambda value: value.replace("_", " ")),
    "choice with hyphens": _spelled(_is_choice, lambda value: value.replace("_", "-").replace(" ", "-")),
    "choice inside of its type": _spelled(_is_literal, lambda value: f"Literal[{value}]"),
    "choice after its label": _spelled(_is_literal, lambda value: f"Answer: {value}"),
    "choice with a reason below": _spelled(_is_choice, lambda value: f"{value}\n\nThat is what they say."),
    "choice by its name": _spelled(_is_enum, lambda _: "LOW"),
    "choice that is none": _instead(_is_choice, "something else"),
    "two choices": _instead(_is_literal, "alarm or timer"),
    "choice that is half": _instead(_is_choice, "b"),
    # Nothing
    "null as a text": lambda output: ("null", None) if output.optional else None,
    "None as a text": lambda output: ("None", None) if output.optional else None,
    "N/A": lambda output: ("N/A", None) if output.optional else None,
    "null": lambda output: (None, None) if output.optional else None,
    "null that must not be": _instead(lambda output: not output.optional and output.type is not str, None),
    "nothing that must not be": _instead(lambda output: _is_single(output) and not output.optional, ""),
    # Days
    "day with a time": _spelled(_is_date, lambda value: f"{value}T00:00:00"),
    "day with a full stop": _spelled(_is_date, lambda value: f"{value}."),
    "day that is a year": _instead(_is_date, 2026),
    "day that is a word": _instead(_is_date, "tomorrow"),
    "day that is none": _instead(_is_date, "2026-02-30"),
    # Lists and objects
    "list as Python": _spelled(_is_list, repr),
    "object as Python": _spelled(_has_parts, repr),
    "JSON as a text": _spelled(_has_parts, _json),
    "JSON as a text with line ends": _spelled(_has_parts, lambda value: json.dumps(value, indent=1)),
    "JSON in a fence": _spelled(_has_parts, lambda value: f"```json\n{_json(value)}\n```"),
    "JSON with prose around": _spelled(_has_parts, lambda value: f"Here it is:\n{_json(value)}\nThat is all."),
    "JSON with a comma at its end": _spelled(_has_parts, lambda value: f"{_json(value)[:-1]},{_json(value)[-1]}"),
    "list with bullets": _spelled(_is_texts, lambda value: "\n".join(f"- {item}" for item in value)),
    "list with numbers": _spelled(
        _is_texts, lambda value: "\n".join(f"{n}. {item}" for n, item in enumerate(value, 1))
    ),
    "list that is one thing": _instead(_is_list, 42),
    "list of the wrong": lambda output: ([{"a": 1}], NOTHING) if _is_list(output) else None,
    "list that lacks its end": _instead(_is_list, '["sea", "sal'),
    "object that is a list": _instead(lambda output: isinstance(output.plain, dict), [1, 2]),
    "object that is a text": _instead(lambda output: isinstance(output.plain, dict), "none of it"),
    "keys in capitals": _spelled(_holds_people, lambda value: _keys(value, str.upper)),
    "keys as titles": _spelled(_holds_people, lambda value: _keys(value, str.title)),
    "more keys": _spelled(_holds_people, _each(lambda person: {"id": 7, **person, "mood": "fine"})),
    "fewer keys": _instead(_holds_people, {"age": 36}),
    "number inside as a text": _spelled(_is_person, lambda person: person | {"age": "36"}),
    "number inside with a full stop": _spelled(_is_person, lambda person: person | {"age": "36."}),
    "number inside that is a word": _instead(_is_person, {"name": "Ada", "age": "thirty-six"}),
    "object inside as a text": _spelled(_is_person, lambda person: person | {"address": _json(person["address"])}),
    "list inside as a text": _spelled(_is_person, lambda person: person | {"tags": _json(person["tags"])}),
    # Texts, which are right as they stand
    "marker in a line": _text(lambda text: f"{text} Then comes [[ ## answer ## ]] and [[ ## completed ## ]]."),
    "tags in a text": _text(lambda text: f"{text} Use <b>bold</b>, a < b && c > d, &amp;."),
    "braces in a text": _text(lambda text: f'{text} {{"answer": 1}} {{x}} \\frac{{a}}{{b}}'),
    "quotes in a text": _text(lambda text: f"{text} \"So\" they said, 'it is'; „gut“ «bon» 「好」"),
    "a fence in a text": _text(lambda text: f"{text}\n```python\nx = {{}}\n```"),
    "a rule in a text": _text(lambda text: f"{text} --- and ***"),
    "control characters": _text(lambda text: f"{text} \x00\x07\x1b[31m\x7f end"),
    "half a character": _text(lambda text: f"{text} \ud83d end"),
    "other scripts": _text(lambda text: f"{text} 答えは四十二 الجواب ٤٢ 👩‍🚀"),
    "a huge text": _text(lambda text: f"{text} {HUGE}end."),
    "backslashes": _text(lambda text: f"{text} \\d+ C:\\new \\u00e9 \\\\"),
    "a text that is a number": _text(lambda text: "42"),
    "a text that is null": _text(lambda text: "null"),
    "a text of many lines": _text(lambda text: f"{text}\n\nSecond.\n\n\nThird."),
}
