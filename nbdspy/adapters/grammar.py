"""GBNF for output fields: what a model that can be held to a grammar may write."""

from __future__ import annotations

import json
import re
from typing import Any, get_origin

from nbdspy.adapters.wording import base_type, has_fields, literal_choices, options_of
from nbdspy.signatures import Field

LINE = "[^\\n]+"
_LITERAL = re.compile(r'"(?:[^"\\]|\\.)*"')
JSON_RULES = r"""
json ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" space (string space ":" space json (space "," space string space ":" space json)*)? space "}"
array ::= "[" space (json (space "," space json)*)? space "]"
string ::= "\"" ([^"\\\x00-\x1f] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F]))* "\""
number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
space ::= " "?
""".strip()


_ESCAPES = str.maketrans(
    {'"': '\\"', "\\": "\\\\", "\n": "\\n"} | {chr(code): f"\\x{code:02x}" for code in (*range(32), 127) if code != 10}
)


def quoted(text: str) -> str:
    """A text as a GBNF literal."""
    return f'"{text.translate(_ESCAPES)}"'


def value_rule(field: Field, *, text: str = LINE) -> str:
    """The GBNF of one field's value; `text` is what a string may be."""
    rules = [_rule(option, text) for option in options_of(base_type(field.type))]
    return rules[0] if len(rules) == 1 else f"({' | '.join(rules)})"


def json_rule(field: Field) -> str:
    """The GBNF of one field's value as JSON."""
    rules = [_json_rule(option) for option in options_of(base_type(field.type))]
    return rules[0] if len(rules) == 1 else f"({' | '.join(rules)})"


def grammar(root: str) -> str:
    """A whole grammar from its root rule, with the JSON rules when the root may use them."""
    needs_json = re.search(r"\b(array|object|string|number|json)\b", _LITERAL.sub("", root))
    return f"root ::= {root}\n{JSON_RULES}\n" if needs_json else f"root ::= {root}\n"


def _json_rule(type_: Any) -> str:
    type_ = base_type(type_)
    if type_ is bool:
        return '("true" | "false")'
    if choices := literal_choices(type_):
        return f"({' | '.join(quoted(json.dumps(choice, ensure_ascii=False)) for choice in choices)})"
    if type_ is type(None):
        return '"null"'
    plain = {str: "string", int: '"-"? [0-9]+', float: "number"}
    return plain.get(type_) or _rule(type_, "json")


def _rule(type_: Any, text: str) -> str:
    type_ = base_type(type_)
    choices = literal_choices(type_)
    if choices:
        return f"({' | '.join(map(quoted, choices))})"
    if type_ is int:
        return '"-"? [0-9]+'
    if type_ is float:
        return '"-"? [0-9]+ ("." [0-9]+)?'
    if type_ is type(None):
        return '"None"'
    origin = get_origin(type_) or type_
    if isinstance(origin, type) and issubclass(origin, list | tuple | set | frozenset):
        return "array"
    if isinstance(origin, type) and (issubclass(origin, dict) or has_fields(origin)):
        return "object"
    return text
