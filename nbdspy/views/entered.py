"""What people typed and programs answered, as texts of a card: keys hidden, long ones cut."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbdspy.views import cut, safe

MOST_NAMES = 4
"""Columns of inputs in a table."""


def joined(values: Mapping[str, Any]) -> str:
    """Several values in one cell."""
    if len(values) == 1:
        return cut.cell(next(iter(values.values())))
    return "; ".join(f"{name}: {safe.short(value, 60)}" for name, value in values.items()) or "–"


def whole(value: Any, limit: int = 2_000) -> cut.Cut:
    """A value as it is read, with what was cut said."""
    return cut.cut(safe.plain(value) or "(empty)", limit)
