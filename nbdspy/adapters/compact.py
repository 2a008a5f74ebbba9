"""The compact layout: JSON replies under a schema that reads like a type declaration, in the manner of BAML."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from nbdspy.adapters.json_object import JSONAdapter
from nbdspy.adapters.wording import base_type, describe_type, has_fields, literal_choices, options_of
from nbdspy.signatures import Field, SignatureType

_WORDS: Mapping[Any, str] = {str: "string", int: "int", float: "float", bool: "bool", type(None): "null", Any: "any"}
_STEP = "  "


class BAMLAdapter(JSONAdapter):
    """For nested outputs: a JSON schema takes several times the tokens, and small models read it worse.

    Example:
        >>> import pydantic
        >>> from nbdspy.signatures import Signature
        >>> class Person(pydantic.BaseModel):
        ...     name: str = pydantic.Field(description="as written")
        ...     age: int | None
        >>> signature = Signature("text -> people: list[Person]", custom_types={"Person": Person})
        >>> print(BAMLAdapter().format_field_structure(signature))
        Inputs have this structure, with the values in the places of the braces:
        <BLANKLINE>
        [[ ## text ## ]]
        {text}
        <BLANKLINE>
        Outputs are one JSON object of this structure:
        <BLANKLINE>
        {
          people: [
            {
              name: string,  // as written
              age: int or null,
            }
          ],
        }
    """

    name = "baml"

    def format_field_description(self, signature: SignatureType) -> str:
        sides = {"given": signature.input_fields, "write": signature.output_fields}
        told = {"given": "You are given these input fields:", "write": "You write these output fields:"}
        return "\n\n".join(
            "\n".join([told[side], *(_line(number, field) for number, field in enumerate(fields.values(), 1))])
            for side, fields in sides.items()
            if fields
        )

    def format_field_structure(self, signature: SignatureType) -> str:
        inputs = [f"[[ ## {name} ## ]]\n{{{name}}}" for name in signature.input_fields]
        outputs = [f"{_STEP}{name}: {_spelled(field.type, _STEP)}," for name, field in signature.output_fields.items()]
        given = ["Inputs have this structure, with the values in the places of the braces:", *inputs]
        wanted = ["Outputs are one JSON object of this structure:", "\n".join(["{", *outputs, "}"])]
        return "\n\n".join([*given, *(wanted if outputs else [])])


def _line(number: int, field: Field) -> str:
    constraints = "".join(f"; {name.replace('_', ' ')} {value}" for name, value in field.constraints.items())
    described = f": {field.description}" if field.description else ""
    return f"{number}. `{field.name}` ({describe_type(field.type)}{constraints}){described}"


def _spelled(type_: Any, margin: str, inside: tuple[Any, ...] = ()) -> str:
    """A type as a declaration; a class that holds itself is named where it comes again."""
    type_ = base_type(type_)
    options = options_of(type_)
    if len(options) > 1:
        return " or ".join(_spelled(option, margin, inside) for option in options)
    if type_ is not bool and (choices := literal_choices(type_)):
        return " or ".join(f'"{choice}"' for choice in choices)
    origin, arguments = get_origin(type_) or type_, get_args(type_)
    if origin in _WORDS:
        return _WORDS[origin]
    if isinstance(origin, type) and issubclass(origin, list | tuple | set | frozenset):
        item = _spelled(arguments[0] if arguments else Any, margin + _STEP, inside)
        return f"[\n{margin}{_STEP}{item}\n{margin}]" if "\n" in item else f"{item}[]"
    if isinstance(origin, type) and issubclass(origin, dict):
        key, value = arguments or (str, Any)
        return f"map<{_spelled(key, margin, inside)}, {_spelled(value, margin, inside)}>"
    if has_fields(origin) and origin not in inside:
        return _object(origin, margin, (*inside, origin))
    return describe_type(type_)


def _object(type_: Any, margin: str, inside: tuple[Any, ...]) -> str:
    lines = []
    for name, part, description in _parts(type_):
        comment = f"  // {' '.join(description.split())}" if description else ""
        lines.append(f"{margin}{_STEP}{name}: {_spelled(part, margin + _STEP, inside)},{comment}")
    return "\n".join(["{", *lines, f"{margin}}}"])


def _parts(type_: Any) -> list[tuple[str, Any, str]]:
    """Name, type and description of each field of a pydantic model, a dataclass or a TypedDict."""
    if hasattr(type_, "model_fields"):
        return [
            (field.alias or name, field.annotation, field.description or "")
            for name, field in type_.model_fields.items()
        ]
    types = get_type_hints(type_)
    if dataclasses.is_dataclass(type_):
        return [(field.name, types[field.name], "") for field in dataclasses.fields(type_)]
    assert is_typeddict(type_)
    return [(name, part, "") for name, part in types.items()]
