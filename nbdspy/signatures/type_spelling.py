"""Types and literals as the text that people write for them."""

from __future__ import annotations

import types
from typing import Annotated, Any, Literal, Union, get_args, get_origin


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


def spell_value(value: Any) -> str:
    """A literal, with the double quotes that people write."""
    if isinstance(value, str) and '"' not in value and "'" not in value:
        return f'"{repr(value)[1:-1]}"'
    return repr(value)


def _spell_choice(value: Any) -> str:
    """A choice of a Literal; an enum's member goes by its class."""
    return f"{type(value).__name__}.{value.name}" if hasattr(value, "_name_") else spell_value(value)
