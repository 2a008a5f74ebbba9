"""GBNF for output fields: what a model that can be held to a grammar may write."""

from __future__ import annotations

import dataclasses
import json
import re
from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal, get_args, get_origin

from nbdspy import render
from nbdspy.adapters.kinds import Kind, kind_of
from nbdspy.adapters.wording import is_enum
from nbdspy.signatures import Field

LINE = "[^\\n]+"
INTEGER = '"-"? ("0" | [1-9] [0-9]*)'
JSON_RULES = r"""
json ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" space (string space ":" space json (space "," space string space ":" space json)*)? space "}"
array ::= "[" space (json (space "," space json)*)? space "]"
string ::= "\"" ([^"\\\x00-\x1f] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F]))* "\""
number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
space ::= " "?
""".strip()

_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
_ESCAPES = str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\n": "\\n"} | {chr(code): f"\\x{code:02x}" for code in (*range(32), 127) if code != 10}
)


@dataclasses.dataclass(frozen=True, slots=True)
class Spelling:
    """How the values that are one word or text are written; lists and objects are JSON either way."""

    text: str
    any: str
    word: Callable[[Any], str]


_SCALARS: Mapping[Any, str] = {int: INTEGER, float: "number"}
_JSON = Spelling("string", "json", lambda value: json.dumps(value, ensure_ascii=False, default=render.written))


def quoted(text: str) -> str:
    """A text as a GBNF literal."""
    return f'"{text.translate(_ESCAPES)}"'


def value_rule(field: Field, *, text: str = LINE) -> str:
    """The GBNF of one field's value as it stands in a layout of texts; `text` is what a string may be."""
    return _rule(field.type, Spelling(text, text, str), ())


def json_rule(field: Field) -> str:
    """The GBNF of one field's value as JSON."""
    return _rule(field.type, _JSON, ())


def grammar(root: str) -> str:
    """A whole grammar from its root rule, with the JSON rules when the root may use them."""
    needs_json = re.search(r"\b(array|object|string|number|json|space)\b", _LITERAL.sub("", root))
    return f"root ::= {root}\n{JSON_RULES}\n" if needs_json else f"root ::= {root}\n"


def _rule(type_: Any, spelling: Spelling, within: tuple[Any, ...]) -> str:
    """The rule of a type; `within` are the classes that it is a part of, for those that hold themselves."""
    kind = kind_of(type_)
    options = kind.options if kind.is_union else ()
    rules = [_rule(option, spelling, within) for option in options] or [_one(kind, spelling, within)]
    return _either([*rules, *([quoted(spelling.word(None))] if kind.may_be_none else [])])


def _one(kind: Kind, spelling: Spelling, within: tuple[Any, ...]) -> str:
    if kind.type is type(None):
        return quoted(spelling.word(None))
    if kind.type in _SCALARS:
        return _SCALARS[kind.type]
    if choices := _choices(kind.type):
        return _either(quoted(spelling.word(choice)) for choice in choices)
    if kind.type is str or kind.is_verbatim:
        return spelling.text
    if kind.is_list:
        return _list(kind, within)
    return _object(kind, within) or spelling.any


def _choices(type_: Any) -> tuple[Any, ...]:
    if is_enum(type_):
        return tuple(member.value for member in type_)
    return (True, False) if type_ is bool else get_args(type_) if get_origin(type_) is Literal else ()


def _list(kind: Kind, within: tuple[Any, ...]) -> str:
    parts = get_args(kind.type)
    if kind.origin is tuple and parts and parts[-1] is not Ellipsis:
        return _enclosed("[]", ' "," space '.join(_rule(part, _JSON, within) for part in parts))
    return _many("[]", _rule(parts[0], _JSON, within)) if parts else "array"


def _object(kind: Kind, within: tuple[Any, ...]) -> str | None:
    """An object, as far as its type says what is in it; None for what is none, or may be written in another way."""
    if kind.is_custom:
        return "object" if "JSON object" in kind.type.description() else None
    if kind.is_dictionary:
        return _many("{}", f'string ":" space {_rule(kind.item(), _JSON, within)}')
    if not kind.is_object or getattr(kind.origin, "__pydantic_root_model__", False):
        return None
    has_other_names = any(field.alias for field in getattr(kind.origin, "model_fields", {}).values())
    if kind.origin in within or has_other_names or not kind.parts:
        return "object"
    pairs = (
        f'{quoted(json.dumps(name, ensure_ascii=False))} ":" space {_rule(part, _JSON, (*within, kind.origin))}'
        for name, part in kind.parts.items()
    )
    return _enclosed("{}", ' "," space '.join(pairs))


def _either(rules: Iterable[str]) -> str:
    different = list(dict.fromkeys(rules))
    return different[0] if len(different) == 1 else f"({' | '.join(different)})"


def _many(brackets: str, item: str) -> str:
    return _enclosed(brackets, f'({item} ("," space {item})*)?')


def _enclosed(brackets: str, inside: str) -> str:
    return f"{quoted(brackets[0])} {inside} {quoted(brackets[1])}"
