"""What code hands in by `SUBMIT(...)`, read as the outputs of a signature."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbdspy.adapters.values import read_object
from nbdspy.adapters.wording import describe_type
from nbdspy.errors import CodeExecutionError, ParseError
from nbdspy.render import short
from nbdspy.signatures import Field


def read_submitted(output: Any, fields: Mapping[str, Field]) -> dict[str, Any]:
    """The outputs by name, each of its type.

    Args:
        output: Values by name; or in the fields' order; or the only one itself.
        fields: The outputs.

    Raises:
        CodeExecutionError: When one is missing, unknown or of another type; says all that is wrong.

    Example:
        >>> from nbdspy.signatures import OutputField, Signature, InputField
        >>> read_submitted(["Bern", "7"], Signature("question -> city, hours: int").output_fields)
        {'city': 'Bern', 'hours': 7}
    """
    given = _by_name(output, fields)
    problems = [f"{name} is missing" for name, field in fields.items() if name not in given and field.required]
    problems += [f"there is no output {name!r}" for name in given if name not in fields]
    values = {name: field.default for name, field in fields.items() if not field.required}
    for name in filter(given.__contains__, fields):
        try:
            values[name] = _read(given[name], fields[name])
        except ValueError:
            wanted = describe_type(fields[name].type)
            problems.append(f"{name} should be {wanted}, not {short(repr(given[name]))} ({type(given[name]).__name__})")
    if problems:
        form = ", ".join(f"{name}=…" for name in fields)
        raise CodeExecutionError(f"SUBMIT was not taken: {'; '.join(problems)}.", hint=f"Write SUBMIT({form}).")
    return {name: values[name] for name in fields}


def _by_name(output: Any, fields: Mapping[str, Field]) -> Mapping[str, Any]:
    if isinstance(output, Mapping) and set(output) == {"output"} - fields.keys():
        output = output["output"]  # of an interpreter that was not told the outputs' names
    first, *others = fields
    if isinstance(output, Mapping) and (others or first in output):
        named: Mapping[str, Any] = output
        while isinstance(inner := named.get(first), Mapping) and inner.keys() == fields.keys():
            named = inner  # SUBMIT({"answer": 42})
        return named
    if others and isinstance(output, list | tuple) and len(output) == len(fields):
        return dict(zip(fields, output, strict=True))
    return {} if others else {first: output}


def _read(value: Any, field: Field) -> Any:
    if value is None and not field.may_be_none:
        raise ParseError("None is no value.")
    return read_object(value, field)
