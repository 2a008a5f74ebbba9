"""A plain text to a program's inputs: the body of a `%%predict` cell."""

from __future__ import annotations

import inspect
import re
import sys
from collections.abc import Callable, Mapping
from typing import Any

from nbdspy import render
from nbdspy.adapters.values import read_value
from nbdspy.errors import ParseError, Place, UsageError, did_you_mean
from nbdspy.modules.module import Module, as_program
from nbdspy.modules.references import References
from nbdspy.signatures import Field, SignatureType


def read_inputs(program: Any, text: str, *, scope: Mapping[str, Any] | None = None) -> dict[str, Any]:
    r"""The inputs that a text holds.

    With one input the whole text is its value. With several, a line that starts with an input's name and a colon opens
    it, and everything up to the next is its value. `{{name}}` is replaced by a variable, once; `\{{` is not.

    Args:
        program: A signature or a program.
        text: What the user wrote.
        scope: The variables for `{{name}}`; by default the caller's.

    Raises:
        UsageError: When an input is missing, given twice, or not of its type; points at the line.

    Example:
        >>> topic = "time zones"
        >>> read_inputs("question, limit: int -> answer", "question: Why {{topic}}?\nlimit: 3")
        {'question': 'Why time zones?', 'limit': 3}
    """
    caller = sys._getframe(1)
    references = References({**caller.f_globals, **caller.f_locals} if scope is None else scope)
    fields = input_fields(as_program(program))
    if len(fields) == 1:
        (name,) = fields
        pieces = {name: (1, text)}
    else:
        pieces = _split(text, fields)
    _check_whole(pieces, fields)
    return {name: _value(piece, line, fields[name], references) for name, (line, piece) in pieces.items()}


def input_fields(program: Module) -> Mapping[str, Field]:
    """What a program takes: its signature's inputs, where it has one, or the parameters of its `forward`.

    One that asks others in its place says so by `takes_inputs_of`.
    """
    program = getattr(program, "takes_inputs_of", program)
    signature = getattr(program, "signature", None)
    if isinstance(signature, SignatureType):
        return signature.input_fields
    named = _parameters(program)
    if not named:  # forward(**inputs): the first predictor says what they are
        predictors = program.predictors()
        return predictors[0].signature.input_fields if predictors else {}
    return {each.name: _parameter_field(each) for each in named}


def call_signature(program: Module) -> inspect.Signature | None:
    """What a program takes, as Python says it of a function; None where that is not known."""
    program = getattr(program, "takes_inputs_of", program)
    if named := [] if hasattr(program, "signature") else _parameters(program):
        return inspect.Signature([each.replace(kind=each.KEYWORD_ONLY) for each in named])
    fields = [
        inspect.Parameter(
            name, inspect.Parameter.KEYWORD_ONLY, annotation=field.type,
            default=inspect.Parameter.empty if field.required else field.default,
        )
        for name, field in input_fields(program).items()
    ]  # fmt: skip
    return inspect.Signature(fields) if fields else None


def _parameters(program: Module) -> list[inspect.Parameter]:
    """The named parameters of a program's flow; of one in steps, those of the steps, unless a predictor takes more."""
    flows = (getattr(program, name, None) for name in ("forward", "aforward", "steps"))
    for flow in filter(None, flows):
        parameters = _signature(flow).parameters.values()
        named = [each for each in parameters if each.kind in (each.POSITIONAL_OR_KEYWORD, each.KEYWORD_ONLY)]
        goes_on = any(each.kind is each.VAR_KEYWORD for each in parameters) and program.predictors()
        if named and not (flow.__name__ == "steps" and goes_on):
            return named
    return []


def _signature(flow: Callable[..., Any]) -> inspect.Signature:
    try:
        return inspect.signature(flow, eval_str=True)
    except NameError:  # a hint whose name is only known where it was written
        return inspect.signature(flow)


def _parameter_field(parameter: inspect.Parameter) -> Field:
    annotated = parameter.annotation
    known = annotated is not parameter.empty and not isinstance(annotated, str)
    field = Field(role="input", name=parameter.name, type=annotated if known else str)
    if parameter.default is parameter.empty:
        return field
    return Field(role="input", name=parameter.name, type=field.type, default=parameter.default)


def _split(text: str, fields: Mapping[str, Field]) -> dict[str, tuple[int, str]]:
    """Each field's text with the line it starts in."""
    opening = re.compile(rf"({'|'.join(map(re.escape, fields))})\s*:[ \t]?(.*)", re.DOTALL)
    pieces: dict[str, tuple[int, str]] = {}
    name: str | None = None
    for number, line in enumerate(text.splitlines(keepends=True), start=1):
        opened = opening.match(line)
        if opened:
            name = opened[1]
            if name in pieces:
                raise UsageError(
                    f"{name!r} is given twice.",
                    hint="A line of text that looks like a field is indented by a space.",
                    place=_place(number, line, len(name)),
                )
            pieces[name] = (number, opened[2])
        elif name is not None:
            first, before = pieces[name]
            pieces[name] = (first, before + line)
        elif line.strip():
            word = line.split(":")[0].strip()
            raise UsageError(
                "This line belongs to no input.",
                hint=did_you_mean(word, fields) or f"Begin with `{next(iter(fields), '')}:`.",
                place=_place(number, line, len(word)),
            )
    return pieces


def _check_whole(pieces: Mapping[str, Any], fields: Mapping[str, Field]) -> None:
    missing = [name for name, field in fields.items() if field.required and name not in pieces]
    if missing:
        raise UsageError(f"The input {missing[0]!r} is missing.", hint=f"Add a line `{missing[0]}: …`.")


def _value(piece: str, line: int, field: Field, references: References) -> Any:
    piece = piece.strip("\r\n") if field.type is str else piece.strip()
    alone = references.alone(piece, line)
    if alone is not None and (field.type is not str or isinstance(alone.value, list | tuple)):
        return alone.value
    text = references.replace(piece, line)
    if field.type is str:
        return text.rstrip()
    try:
        return read_value(text, field)
    except ParseError as error:
        raise UsageError(
            f"The input {field.name!r} should be {error.expected}.",
            place=_place(line, text, len(text.splitlines()[0]) if text else 1),
        ) from error


def _place(number: int, line: str, width: int) -> Place:
    text = line.splitlines()[0] if line else ""
    return Place("the inputs", number, 1, render.short(text, 100), width=min(width, 100))
