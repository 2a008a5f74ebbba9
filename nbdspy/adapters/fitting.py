"""Values of JSON's types on their way into a type: what models often spell in another way is put right, at any depth.

Pydantic does the reading; but it takes a name in other case for no name at all, and so a default for the value.
"""

from __future__ import annotations

import contextlib
from decimal import Decimal
from typing import Any

from nbdspy.adapters.kinds import DAYS_AND_TIMES, Kind, kind_of
from nbdspy.adapters.lenient import Fraction, load
from nbdspy.adapters.scalars import is_nothing, read_day, read_single
from nbdspy.signatures import Field


def fitted(value: Any, type_: Any, field: Field) -> Any:
    """The value, as near to the type as its spelling tells; pydantic says whether it is one.

    Raises:
        ValueError: When pydantic would take it for something that it is not.
    """
    kind = kind_of(type_)
    if kind.may_be_none:
        says_nothing = isinstance(value, str) and not kind.has_text and is_nothing(value, may_be_text=False)
        if value is None or says_nothing:
            return None
    if kind.is_union:
        shaped = [option for option in kind.options if isinstance(value, dict) and kind_of(option).is_object]
        return fitted(value, shaped[0], field) if len(shaped) == 1 else _plain(value, kind)
    if kind.is_list or kind.is_object:
        return _fitted_parts(_loaded(value), kind, field)
    return _fitted_single(value, kind, field)


def has_strays(value: Any, type_: Any) -> bool:
    """Whether an object inside has members that its class has not."""
    kind = kind_of(type_)
    if isinstance(value, list):
        return any(has_strays(item, kind.item(place)) for place, item in enumerate(value))
    if not isinstance(value, dict) or not kind.is_object:
        return False
    if kind.is_dictionary:
        return any(has_strays(item, kind.item()) for item in value.values())
    members = [(kind.names.find(str(key)), item) for key, item in value.items()]
    return any(name is None or has_strays(item, kind.parts[name]) for name, item in members)


def _fitted_parts(value: Any, kind: Kind, field: Field) -> Any:
    if isinstance(value, list) and kind.is_list:
        return [fitted(item, kind.item(place), field) for place, item in enumerate(value)]
    if not isinstance(value, dict) or not kind.is_object:
        return _plain(value, kind)
    if kind.is_dictionary:
        return {key: fitted(item, kind.item(), field) for key, item in value.items()}
    made: dict[Any, Any] = {}
    for key, item in value.items():
        name = kind.names.find(str(key)) or key
        name = key if name in value else name
        item = fitted(item, kind.parts.get(name, Any), field)
        if made.setdefault(name, item) != item:
            raise ValueError(f"two values for {name}")
    return made


def _fitted_single(value: Any, kind: Kind, field: Field) -> Any:
    if isinstance(value, bool) and kind.type in (int, float):
        raise ValueError("a truth is no number")
    if isinstance(value, int | float) and kind.type in DAYS_AND_TIMES:
        raise ValueError("a number is no day")
    if kind.type is str and isinstance(value, int | Fraction) and not isinstance(value, bool):
        return str(value)
    if not isinstance(value, str) or not kind.is_single:
        return _plain(value, kind)
    if kind.type in DAYS_AND_TIMES:
        return read_day(value, field)
    with contextlib.suppress(ValueError):  # then pydantic says what is wrong
        return read_single(value, kind, field)
    return value


def _plain(value: Any, kind: Kind) -> Any:
    """The value with fractions as numbers of the type, or as floats where it has none."""
    if isinstance(value, Fraction):
        return Decimal(value.spelling) if Decimal in kind.options and float not in kind.options else float(value)
    if isinstance(value, list):
        return [_plain(item, kind) for item in value]
    return {key: _plain(item, kind) for key, item in value.items()} if isinstance(value, dict) else value


def _loaded(value: Any) -> Any:
    """A list or an object that a text spells; any other value as it is."""
    if not isinstance(value, str):
        return value
    try:
        return load(value)
    except ValueError:
        return value
