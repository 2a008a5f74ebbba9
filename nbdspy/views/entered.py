"""What people typed and programs answered, as texts of a card: keys hidden, long ones cut."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nbdspy.views import cut, safe

MOST_NAMES = 4
"""Columns of inputs in a table."""


def cell(value: Any) -> str:
    """A value for a table."""
    return cut.cell(safe.plain(value))


def line(value: Any) -> str:
    """A value as a part of a line; keys are hidden before a cut could halve one."""
    return safe.short(value, 60)


def cells(values: Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """Some values for a table; one that is not there is a dash."""
    return [cell(values[name]) if name in values else "–" for name in names]


def joined(values: Mapping[str, Any]) -> str:
    """Several values in one cell."""
    if len(values) == 1:
        return cell(next(iter(values.values())))
    return "; ".join(f"{name}: {line(value)}" for name, value in values.items()) or "–"


def whole(value: Any, limit: int = 2_000) -> cut.Cut:
    """A value as it is read, with what was cut said."""
    return cut.cut(safe.plain(value) or "(empty)", limit)
