"""Signatures and types back to the text that reads as them."""

from __future__ import annotations

import types
from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal, Union, get_args, get_origin

from nbdspy.errors import SignatureError
from nbdspy.signatures.fields import Field
from nbdspy.signatures.signature import SignatureType, own_instructions
from nbdspy.signatures.text import read_text

_ANY_FIELDS: Final = "question\n->\nanswer"


def to_text(signature: SignatureType) -> str:
    """A signature as the body of a `%%signature` cell.

    What a field line cannot hold (constraints, a description of several lines) makes it a Python class.
    `read_text` makes an equal signature of it, if the user's own types are in its scope and the defaults are literals.

    Example:
        >>> print(to_text(read_text('question, mood: Literal["dry", "warm"] = "dry" -> answer')))
        question: str
        mood: Literal["dry", "warm"] = "dry"
        ->
        answer: str
    """
    instructions = own_instructions(signature)
    if not all(map(_fits_a_line, signature.fields.values())) or not _fits_above(instructions):
        return _class_statement(signature, instructions)
    sides = f"{_lines(signature.input_fields)}\n->\n{_lines(signature.output_fields)}"
    return f"{instructions}\n\n{sides}" if instructions else sides


def spell_type(type_: Any) -> str:
    """A type as a signature's text has it: `list[str]`, `Literal["a", "b"]`, `str | None`, a class by its name."""
    if type_ is None or type_ is types.NoneType:
        return "None"
    if type_ is ...:
        return "..."
    if isinstance(type_, list):  # the parameters of a Callable
        return f"[{', '.join(map(spell_type, type_))}]"
    origin, arguments = get_origin(type_), get_args(type_)
    if origin is Literal:
        return f"Literal[{', '.join(map(_spell_choice, arguments))}]"
    if origin in (Union, types.UnionType):
        return " | ".join(map(spell_type, arguments))
    if origin is Annotated:
        return f"Annotated[{', '.join([spell_type(arguments[0]), *map(_spell_choice, arguments[1:])])}]"
    if origin is not None:
        name = getattr(type_, "_name", None) or origin.__name__  # typing.List[str] is not equal to list[str]
        inside = ", ".join(map(spell_type, arguments)) or "()"
        return f"{name}[{inside}]" if arguments or origin is tuple else str(name)
    return str(getattr(type_, "__name__", type_))


def _lines(fields: Mapping[str, Field]) -> str:
    """The fields of one side with their descriptions in one column."""
    declared = [
        f"{field.name}: {spell_type(field.type)}" + ("" if field.required else f" = {_spell_value(field.default)}")
        for field in fields.values()
    ]
    width = max(
        (len(line) for line, field in zip(declared, fields.values(), strict=True) if field.description), default=0
    )
    return "\n".join(
        f"{line:<{width}}  # {field.description}" if field.description else line
        for line, field in zip(declared, fields.values(), strict=True)
    )


def _class_statement(signature: SignatureType, instructions: str) -> str:
    body = [*_docstring(instructions), ""] if instructions else []
    for field in signature.fields.values():
        options = {"desc": field.description} if field.description else {}
        options |= {} if field.required else {"default": field.default}
        written = ", ".join(f"{key}={_spell_value(value)}" for key, value in {**options, **field.constraints}.items())
        called = "InputField" if field.is_input else "OutputField"
        body.append(f"{field.name}: {spell_type(field.type)} = {called}({written})")
    return "\n".join([f"class {signature.__name__}(Signature):", *(line and f"    {line}" for line in body)])


def _docstring(instructions: str) -> list[str]:
    """The lines of a docstring; several begin on a line of their own, or cleaning would take their indentation."""
    lines = instructions.split("\n")
    whole = instructions if len(lines) == 1 else f"\n{instructions}\n"
    quotable = '"""' not in whole and "\\" not in whole and not whole.startswith('"') and not whole.endswith('"')
    if not quotable or not all(map(str.isprintable, lines)):
        return [_spell_value(whole)]
    return f'"""{whole}"""'.split("\n")


def _fits_a_line(field: Field) -> bool:
    description = field.description
    return not field.constraints and description == description.strip() and len(description.splitlines()) <= 1


def _fits_above(instructions: str) -> bool:
    """Whether an instruction reads back as itself above a cell's fields, which one that holds a line `->` does not."""
    try:
        return not instructions or read_text(f"{instructions}\n\n{_ANY_FIELDS}").instructions == instructions
    except SignatureError:
        return False


def _spell_value(value: Any) -> str:
    """A literal, with the double quotes that people write."""
    if isinstance(value, str) and '"' not in value and "'" not in value:
        return f'"{repr(value)[1:-1]}"'
    return repr(value)


def _spell_choice(value: Any) -> str:
    """A choice of a Literal; an enum's member goes by its class."""
    return f"{type(value).__name__}.{value.name}" if hasattr(value, "_name_") else _spell_value(value)
