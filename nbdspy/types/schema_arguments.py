"""The arguments of a tool that says by a JSON schema what it takes, as tools of MCP servers and of LangChain do."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from typing import Annotated, Any

import jsonschema
import pydantic
import referencing

from nbdspy import render
from nbdspy.errors import UsageError
from nbdspy.types.parameters import inlined, reference_of

_KINDS: Mapping[str, Any] = {
    "string": str, "integer": int, "number": int | float, "boolean": bool, "array": list[Any],
    "object": dict[str, Any],
}  # fmt: skip
_MOST_PARTS = 20_000
_NOTHING_FETCHED: referencing.Registry[Any] = referencing.Registry()  # a schema that names a URL has us open none


@dataclass(frozen=True, slots=True, kw_only=True)
class SchemaArguments:
    """What a JSON schema of an object says: each argument's schema and type, and what goes with them.

    `definitions` are those of types that hold themselves, which the schemas refer to.
    """

    schemas: dict[str, Any]
    types: dict[str, Any]
    required: tuple[str, ...]
    definitions: dict[str, Any]
    takes_any: bool


def read_schema(schema: Mapping[str, Any], name: str) -> SchemaArguments:
    """The arguments that a tool's schema describes.

    Values are read leniently where the schema names one plain type ("3" is 3), made plain (a pydantic model becomes a
    dict), and then checked against the whole of their schema. Names that the schema does not list are only taken where
    it says `additionalProperties`, though JSON Schema would take any: a misspelt argument is to be noticed.

    Raises:
        UsageError: When it is no JSON schema of an object.
    """
    kind = jsonschema.validators.validator_for(schema, default=jsonschema.Draft202012Validator)
    try:
        kind.check_schema(schema)
        if schema.get("type", "object") != "object":
            raise jsonschema.SchemaError(f"it describes {schema['type']!r}, not an object")
    except jsonschema.SchemaError as error:
        raise UsageError(
            f"What {name} takes is not said in JSON Schema: {render.short(error.message)}",
            hint="Write Tool(function), with a function that calls it.",
        ) from error
    properties = schema.get("properties", {})
    definitions = {**schema.get("definitions", {}), **schema.get("$defs", {})}
    if _size(properties, definitions, {}, ()) > _MOST_PARTS:
        raise UsageError(f"What {name} takes is too much to tell a model: over {_MOST_PARTS:,} parts, written out.")
    whole = kind(schema, registry=_NOTHING_FETCHED)
    kept: dict[str, Any] = {}
    return SchemaArguments(
        schemas={argument: inlined(inner, definitions, kept, ()) for argument, inner in properties.items()},
        types={argument: _type(inner, whole.evolve(schema=inner)) for argument, inner in properties.items()},
        required=tuple(argument for argument in properties if argument in schema.get("required", ())),
        definitions=kept,
        takes_any=bool(schema.get("additionalProperties")),
    )


def _size(schema: Any, definitions: Mapping[str, Any], known: dict[str, int], around: Sequence[str]) -> int:
    """How many parts a schema has when what it refers to is written out; a few definitions can make that billions."""
    if isinstance(schema, list):
        return sum(_size(item, definitions, known, around) for item in schema)
    if not isinstance(schema, Mapping):
        return 1
    name = reference_of(schema, definitions)
    if name is None:
        return 1 + sum(_size(item, definitions, known, around) for item in schema.values())
    if name not in known and name not in around:
        known[name] = _size(definitions[name], definitions, known, [*around, name])
    return known.get(name, 1)


def _type(schema: Any, validator: Any) -> Any:
    """A type for pydantic that reads, makes plain and checks."""
    kind = schema.get("type") if isinstance(schema, Mapping) else None
    read = _KINDS.get(kind, Any) if isinstance(kind, str) else Any
    return Annotated[read, pydantic.BeforeValidator(_plain), pydantic.AfterValidator(_fits(validator))]


def _plain(value: Any) -> Any:
    """The value as JSON has it, for a tool that is not of this process."""
    return pydantic.TypeAdapter(Any).dump_python(value, mode="json")


def _fits(validator: Any) -> Callable[[Any], Any]:
    def check(value: Any) -> Any:
        try:
            error = jsonschema.exceptions.best_match(validator.iter_errors(value))
        except referencing.exceptions.Unresolvable as unknown:
            raise ValueError(f"its schema refers to {unknown.ref!r}, which is not in it") from unknown
        if error is not None:
            where = ".".join(map(str, error.absolute_path))
            raise ValueError(f"{where}: {render.short(error.message)}" if where else render.short(error.message))
        return value

    return check
