"""Values of ours in the files of saved programs, as DSPy has them: a text, or content parts between marks."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any, Final

from nbdspy.runtime import whole_import
from nbdspy.types.parts import custom_types
from nbdspy.types.type import Type, loaded

_BEGIN: Final = "<<CUSTOM-TYPE-START-IDENTIFIER>>"
_END: Final = "<<CUSTOM-TYPE-END-IDENTIFIER>>"


def saved(value: Type) -> Any:
    """The value as DSPy's files hold it, in JSON's types.

    Example:
        >>> from nbdspy.types import Image
        >>> saved(Image("https://a.example/cat.png"))[:54]
        '<<CUSTOM-TYPE-START-IDENTIFIER>>[{"type": "image_url",'
    """
    formatted = value.format()
    return value.as_plain() if isinstance(formatted, str) else f"{_BEGIN}{json.dumps(formatted)}{_END}"


def revived(value: Any, type_: Any) -> Any:
    """What a file held for a field of this type, as the type again; what does not fit stays as it is.

    Opens no file and fetches nothing, whatever the file of the program says.
    """
    if not custom_types(type_):
        return value
    whole_import("pydantic.type_adapter")
    import pydantic

    try:
        return pydantic.TypeAdapter(type_).validate_python(value)
    except (ValueError, pydantic.errors.PydanticUserError):  # the latter: a type that pydantic does not know
        return value


def unmarked(value: Any) -> Any:
    """What a text holds between the marks; anything else as it is."""
    if isinstance(value, str) and value.startswith(_BEGIN) and value.endswith(_END):
        return loaded(value.removeprefix(_BEGIN).removesuffix(_END))
    return value


def part_of(value: Any, kind: str) -> Any:
    """What a single content part of a kind holds, given as the part, in a list, or as DSPy's files have it.

    Anything else is returned as it is.
    """
    value = unmarked(value)
    if isinstance(value, list) and len(value) == 1:
        value = value[0]
    is_part = isinstance(value, Mapping) and value.get("type") == kind
    return value.get(kind, value) if is_part else value
