"""JSON schemas of a signature's outputs, as providers that keep to them take them."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from typing import Annotated, Any

from nbdspy.runtime import whole_import
from nbdspy.signatures import SignatureType

_made: weakref.WeakKeyDictionary[SignatureType, Mapping[str, Any]] = weakref.WeakKeyDictionary()


def reply_schema(signature: SignatureType) -> Mapping[str, Any]:
    """The `response_format` of a request whose reply is the signature's outputs as one object, in their order."""
    if signature not in _made:
        _made[signature] = {
            "type": "json_schema",
            "json_schema": {"name": signature.__name__, "strict": True, "schema": _schema(signature)},
        }
    return _made[signature]


def _schema(signature: SignatureType) -> dict[str, Any]:
    whole_import("pydantic.type_adapter")
    import pydantic

    fields: dict[str, Any] = {
        name: (Annotated[field.type, pydantic.Field(description=field.description or None, **field.constraints)], ...)
        for name, field in signature.output_fields.items()
    }
    model = pydantic.create_model(signature.__name__, **fields)
    schema: dict[str, Any] = _strict(model.model_json_schema())
    return schema


def _strict(schema: Any) -> Any:
    """The schema as strict modes want it: every object closed and all its properties required."""
    if isinstance(schema, list):
        return [_strict(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    strict = {key: _strict(item) for key, item in schema.items() if key not in ("default", "title")}
    if isinstance(schema.get("properties"), dict):
        strict["properties"] = {name: _strict(item) for name, item in schema["properties"].items()}
        strict |= {"additionalProperties": False, "required": list(schema["properties"])}
    if "$ref" in strict:
        return {"$ref": strict["$ref"]}  # nothing may stand beside a reference
    return strict
