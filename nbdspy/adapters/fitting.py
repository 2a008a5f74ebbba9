"""Values of JSON's types on their way into a type: what models often spell in another way is put right, at any depth.

Pydantic does the reading; but it takes a name in other case for no name at all, and so a default for the value.
"""

from __future__ import annotations

import contextlib
import dataclasses
from collections.abc import Mapping, Sequence
from collections.abc import Set as AnySet
from typing import Any, get_args, get_origin, get_type_hints, is_typeddict

from nbdspy.adapters.lenient import load
from nbdspy.adapters.scalars import DAYS_AND_TIMES, is_nothing, is_single, read_day, read_single
from nbdspy.adapters.spelling import folded
from nbdspy.adapters.wording import base_type, has_fields, options_of
from nbdspy.signatures import Field
from nbdspy.types import is_custom

LISTS = (list, tuple, set, frozenset, Sequence, AnySet)
OBJECTS = (dict, Mapping)


def kind_of(type_: Any) -> Any:
    """The class behind a type: `list` of `list[int]`."""
    type_ = base_type(type_)
    return get_origin(type_) or type_


def is_list(type_: Any) -> bool:
    """Whether it is a list, a tuple or a set."""
    return kind_of(type_) in LISTS


def is_object(type_: Any) -> bool:
    """Whether its values are JSON objects."""
    return kind_of(type_) in OBJECTS or has_fields(kind_of(type_))


def is_text(type_: Any) -> bool:
    """Whether any text is such a value."""
    return str in map(base_type, options_of(base_type(type_)))


def item_type(type_: Any, place: int = 0) -> Any:
    """The type of what is inside of a list at a place, or of a dictionary's values."""
    arguments = get_args(base_type(type_))
    if not arguments:
        return Any
    if kind_of(type_) is tuple and arguments[-1] is not Ellipsis:
        return arguments[place] if place < len(arguments) else Any
    return arguments[-1] if kind_of(type_) in OBJECTS else arguments[0]


def parts_of(type_: Any) -> dict[str, Any]:
    """The types of a class's fields, under the names that a reply has for them."""
    kind = kind_of(type_)
    if hasattr(kind, "model_fields"):
        config = kind.model_config
        by_name = config.get("populate_by_name") or config.get("validate_by_name")
        named = {name: field.annotation for name, field in kind.model_fields.items() if by_name or not field.alias}
        return named | {field.alias: field.annotation for field in kind.model_fields.values() if field.alias}
    types = get_type_hints(kind)
    if dataclasses.is_dataclass(kind):
        return {field.name: types[field.name] for field in dataclasses.fields(kind)}
    return types if is_typeddict(kind) else {}


def fitted(value: Any, type_: Any, field: Field) -> Any:
    """The value, as near to the type as its spelling tells; pydantic says whether it is one.

    Raises:
        ValueError: When pydantic would take it for something that it is not.
    """
    type_ = base_type(type_)
    options = [option for option in map(base_type, options_of(type_)) if option is not type(None)]
    says_nothing = isinstance(value, str) and str not in options and is_nothing(value, may_be_text=False)
    if type(None) in options_of(type_) and (value is None or says_nothing):
        return None
    if len(options) > 1:
        shaped = [option for option in options if isinstance(value, dict) and is_object(option)]
        return fitted(value, shaped[0], field) if len(shaped) == 1 else value
    type_ = options[0] if options else type_
    if is_custom(type_):
        return value
    if is_list(type_) or is_object(type_):
        return _fitted_parts(_loaded(value), type_, field)
    return _fitted_single(value, type_, field)


def has_strays(value: Any, type_: Any) -> bool:
    """Whether an object inside has members that its class has not."""
    type_ = base_type(type_)
    options = [option for option in map(base_type, options_of(type_)) if option is not type(None)]
    kind = options[0] if len(options) == 1 else type_
    if isinstance(value, list):
        return any(has_strays(item, item_type(kind, place)) for place, item in enumerate(value))
    if not isinstance(value, dict) or not is_object(kind):
        return False
    if kind_of(kind) in OBJECTS:
        return any(has_strays(item, item_type(kind)) for item in value.values())
    parts = {folded(name): part for name, part in parts_of(kind).items()}
    members = {folded(str(key)): item for key, item in value.items()}
    return any(key not in parts or has_strays(item, parts[key]) for key, item in members.items())


def _fitted_parts(value: Any, type_: Any, field: Field) -> Any:
    if isinstance(value, list) and is_list(type_):
        return [fitted(item, item_type(type_, place), field) for place, item in enumerate(value)]
    if not isinstance(value, dict) or not is_object(type_):
        return value
    if kind_of(type_) in OBJECTS:
        return {key: fitted(item, item_type(type_), field) for key, item in value.items()}
    parts = parts_of(type_)
    spelled = {folded(name): name for name in parts}
    made: dict[Any, Any] = {}
    for key, item in value.items():
        name = spelled.get(folded(str(key)), key)
        name = key if key in parts or name in value else name
        item = fitted(item, parts.get(name, Any), field)
        if made.setdefault(name, item) != item:
            raise ValueError(f"two values for {name}")
    return made


def _fitted_single(value: Any, type_: Any, field: Field) -> Any:
    if isinstance(value, bool) and type_ in (int, float):
        raise ValueError("a truth is no number")
    if isinstance(value, int | float) and type_ in DAYS_AND_TIMES:
        raise ValueError("a number is no day")
    if type_ is str and isinstance(value, int) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not is_single(type_):
        return value
    if type_ in DAYS_AND_TIMES:
        return read_day(value, field)
    with contextlib.suppress(ValueError):  # then pydantic says what is wrong
        return read_single(value, type_, field)
    return value


def _loaded(value: Any) -> Any:
    """A list or an object that a text spells; any other value as it is."""
    if not isinstance(value, str):
        return value
    try:
        return load(value)
    except ValueError:
        return value
