"""GBNF for output fields: what a model that can be held to a grammar may write."""

from __future__ import annotations

import json
from typing import Any, get_origin

from nbdspy.adapters.values import literal_choices
from nbdspy.signatures import Field

LINE = "[^\\n]+"
JSON_RULES = r"""
json ::= object | array | string | number | "true" | "false" | "null"
object ::= "{" space (string space ":" space json (space "," space string space ":" space json)*)? space "}"
array ::= "[" space (json (space "," space json)*)? space "]"
string ::= "\"" ([^"\\\x00-\x1f] | "\\" (["\\/bfnrt] | "u" [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F] [0-9a-fA-F]))* "\""
number ::= "-"? ("0" | [1-9] [0-9]*) ("." [0-9]+)? ([eE] [-+]? [0-9]+)?
space ::= " "?
""".strip()


def quoted(text: str) -> str:
    """A text as a GBNF literal."""
    return json.dumps(text, ensure_ascii=False)


def value_rule(field: Field, *, text: str = LINE) -> str:
    """The GBNF of one field's value; `text` is what a string may be."""
    type_ = field.type
    choices = literal_choices(type_)
    if choices:
        return "(" + " | ".join(quoted(choice) for choice in choices) + ")"
    if type_ is int:
        return '"-"? [0-9] [0-9]*'
    if type_ is float:
        return '"-"? [0-9]+ ("." [0-9]+)?'
    origin = get_origin(type_) or type_
    if isinstance(origin, type) and issubclass(origin, list | tuple | set | frozenset):
        return "array"
    if isinstance(origin, type) and (issubclass(origin, dict) or _is_model(origin)):
        return "object"
    return text


def grammar(root: str) -> str:
    """A whole grammar from its root rule, with the JSON rules when the root uses them."""
    needs_json = any(word in root.split() for word in ("array", "object", "json"))
    return f"root ::= {root}\n{JSON_RULES}\n" if needs_json else f"root ::= {root}\n"


def _is_model(type_: Any) -> bool:
    return hasattr(type_, "model_json_schema")
