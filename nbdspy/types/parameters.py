"""What a function takes, as JSON schemas and types, read from its signature; and checking what it is given."""

from __future__ import annotations

import functools
import inspect
import re
import typing
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

import pydantic
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue

from nbdspy.errors import UsageError

_REFERENCE = re.compile(r"#/(?:\$defs|definitions)/([^/]+)")  # the second is that of older schemas


@dataclass(frozen=True, slots=True, kw_only=True)
class Parameters:
    """The parameters of a function: their types and defaults in order, and how Python wants them passed."""

    types: Mapping[str, Any]
    defaults: Mapping[str, Any]
    positional: tuple[str, ...] = ()
    takes_any: bool = False


def parameters_of(function: Callable[..., Any]) -> Parameters:
    """What a function takes; one whose signature Python does not know takes anything.

    Parameters without a hint have the type Any; `*args` cannot be given by name and is left out.
    """
    try:
        signature = inspect.signature(function)
    except (TypeError, ValueError):  # some functions written in C
        return Parameters(types={}, defaults={}, takes_any=True)
    hints = _hints(function)
    kinds = inspect.Parameter
    named = [
        item for item in signature.parameters.values() if item.kind not in (kinds.VAR_POSITIONAL, kinds.VAR_KEYWORD)
    ]
    return Parameters(
        types={item.name: hints.get(item.name, _annotated(item)) for item in named},
        defaults={item.name: item.default for item in named if item.default is not kinds.empty},
        positional=tuple(item.name for item in named if item.kind is kinds.POSITIONAL_ONLY),
        takes_any=any(item.kind is kinds.VAR_KEYWORD for item in signature.parameters.values()),
    )


def schemas_of(
    readers: Mapping[str, pydantic.TypeAdapter[Any]], defaults: Mapping[str, Any]
) -> tuple[dict[str, JsonSchemaValue], dict[str, JsonSchemaValue]]:
    """The JSON schema of each parameter, and the definitions of types that hold themselves, which they refer to."""
    schemas: dict[str, JsonSchemaValue] = {}
    kept: dict[str, JsonSchemaValue] = {}
    for name, reader in readers.items():
        schema = _schema(reader)
        definitions = schema.pop("$defs", {})
        schemas[name] = inlined(schema, definitions, kept, ())
        if defaults.get(name) is not None:  # of None the schema says enough
            schemas[name] |= _default(defaults[name])
    return schemas, kept


def reader_of(type_: Any) -> pydantic.TypeAdapter[Any]:
    """What checks a value against a type, or makes one of it; a class that pydantic does not know checks for itself.

    Raises:
        UsageError: When a type is written in a way that pydantic cannot read.
    """
    try:
        reader = pydantic.TypeAdapter(type_)
        reader.rebuild()  # which says, now and not at the first call, that a name inside is not known
        return reader
    except pydantic.errors.PydanticSchemaGenerationError:
        return pydantic.TypeAdapter(type_, config=pydantic.ConfigDict(arbitrary_types_allowed=True))
    except (pydantic.errors.PydanticUserError, pydantic.errors.PydanticUndefinedAnnotation) as error:
        said = str(error).partition("\n")[0]
        raise UsageError(f"No value can be checked against {type_!r}: {said}") from error


class _Untitled(GenerateJsonSchema):
    """Without the titles that only repeat the names of fields."""

    def field_title_should_be_set(self, schema: Any) -> bool:
        return False


def _schema(reader: pydantic.TypeAdapter[Any]) -> JsonSchemaValue:
    try:
        return reader.json_schema(schema_generator=_Untitled)
    except pydantic.errors.PydanticInvalidForJsonSchema:  # what no JSON spells: a function, a class of the user's
        return {}


def _default(value: Any) -> JsonSchemaValue:
    """The default, where it can be told in JSON."""
    try:
        return {"default": pydantic.TypeAdapter(Any).dump_python(value, mode="json")}
    except ValueError:  # pydantic's error for what no JSON spells
        return {}


def inlined(
    schema: Any, definitions: Mapping[str, Any], kept: dict[str, JsonSchemaValue], around: Sequence[str]
) -> Any:
    """The schema with what it refers to written out in place; a type that holds itself stays a reference."""
    if isinstance(schema, list):
        return [inlined(item, definitions, kept, around) for item in schema]
    if not isinstance(schema, dict):
        return schema
    name = reference_of(schema, definitions)
    if name is None:
        return {key: inlined(item, definitions, kept, around) for key, item in schema.items()}
    if name in around:
        if name not in kept:
            kept[name] = {}  # so that the next round does not come here again
            kept[name] = inlined(definitions[name], definitions, kept, [name])
        return {**schema, "$ref": f"#/$defs/{name}"}
    rest = {key: item for key, item in schema.items() if key != "$ref"}
    return {**inlined(definitions[name], definitions, kept, [*around, name]), **rest}


def reference_of(schema: Mapping[str, Any], definitions: Mapping[str, Any]) -> str | None:
    """The definition that a schema refers to, if it does."""
    reference = schema.get("$ref")
    match = _REFERENCE.fullmatch(reference) if isinstance(reference, str) else None
    return match[1] if match is not None and isinstance(definitions.get(match[1]), dict) else None


def in_words(schema: Any) -> str:
    """A JSON schema in a few words.

    Example:
        >>> in_words({"type": "array", "items": {"enum": ["red", "green"]}})
        'array of one of red/green'
    """
    match schema:
        case {"enum": [*choices]}:
            return "one of " + "/".join(map(str, choices))
        case {"const": value}:
            return str(value)
        case {"anyOf": [*kinds]} | {"oneOf": [*kinds]}:
            return " or ".join(map(in_words, kinds))
        case {"type": "array", "items": {**items}} if items:
            return f"array of {in_words(items)}"
        case {"type": [*kinds]}:
            return " or ".join(map(str, kinds))
        case {"type": kind}:
            return str(kind)
    return "any value"


def _annotated(parameter: inspect.Parameter) -> Any:
    """The type that a signature of the function's own has; a text is a hint that could not be resolved."""
    annotation = parameter.annotation
    return Any if annotation is parameter.empty or isinstance(annotation, str) else annotation


def _hints(function: Callable[..., Any]) -> Mapping[str, Any]:
    """The resolved hints of a function, a method, a partial or an object that can be called."""
    while isinstance(function, functools.partial):
        function = function.func
    written: Any = function
    if inspect.isclass(function):
        written = function.__init__
    elif not inspect.isroutine(function):
        written = type(function).__call__
    try:
        return typing.get_type_hints(inspect.unwrap(written), include_extras=True)
    except (NameError, TypeError):  # a name that is only known where it was written
        return {}
