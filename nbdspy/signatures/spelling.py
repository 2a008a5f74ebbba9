"""Signatures back to the text that reads as them."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Final

from nbdspy.errors import SignatureError
from nbdspy.signatures.fields import Field
from nbdspy.signatures.signature import SignatureType, own_instructions
from nbdspy.signatures.text import read_text
from nbdspy.signatures.type_spelling import spell_type, spell_value

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


def _lines(fields: Mapping[str, Field]) -> str:
    """The fields of one side with their descriptions in one column."""
    declared = [
        f"{field.name}: {spell_type(field.type)}" + ("" if field.required else f" = {spell_value(field.default)}")
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
        written = ", ".join(f"{key}={spell_value(value)}" for key, value in {**options, **field.constraints}.items())
        called = "InputField" if field.is_input else "OutputField"
        body.append(f"{field.name}: {spell_type(field.type)} = {called}({written})")
    return "\n".join([f"class {signature.__name__}(Signature):", *(line and f"    {line}" for line in body)])


def _docstring(instructions: str) -> list[str]:
    """The lines of a docstring; several begin on a line of their own, or cleaning would take their indentation."""
    lines = instructions.split("\n")
    whole = instructions if len(lines) == 1 else f"\n{instructions}\n"
    quotable = '"""' not in whole and "\\" not in whole and not whole.startswith('"') and not whole.endswith('"')
    if not quotable or not all(map(str.isprintable, lines)):
        return [spell_value(whole)]
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
