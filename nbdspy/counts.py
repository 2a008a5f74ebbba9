"""Numbers that users give as arguments, checked where they are given."""

from __future__ import annotations

from numbers import Integral, Real
from typing import Any

from nbdspy.errors import UsageError
from nbdspy.render import short


def checked_count(name: str, value: Any, *, least: int = 1, unit: str = "") -> int:
    """A whole number as Python's own; numpy's are taken, too, and no bool.

    Args:
        name: The argument's.
        value: What was given for it.
        least: The smallest that makes sense.
        unit: What it counts.

    Raises:
        UsageError: When it is none, or too small.

    Example:
        >>> checked_count("max_iters", 3)
        3
    """
    if isinstance(value, Integral) and not isinstance(value, bool) and int(value) >= least:
        return int(value)
    of = f" of {unit}" if unit else ""
    raise UsageError(f"{name} cannot be {short(repr(value))}.", hint=f"Give a whole number{of}, at least {least}.")


def checked_amount(name: str, value: Any, *, above: float | None = None, least: float | None = None) -> float:
    """A number as it is, whole or not, and neither NaN nor a bool.

    Raises:
        UsageError: When it is none, not above or less than what makes sense.

    Example:
        >>> checked_amount("timeout", 0.5, above=0)
        0.5
    """
    is_one = isinstance(value, Real) and not isinstance(value, bool) and value == value
    if is_one and (above is None or value > above) and (least is None or value >= least):
        return value  # type: ignore[no-any-return]
    bound = f", more than {above:g}" if above is not None else f", at least {least:g}" if least is not None else ""
    raise UsageError(f"{name} cannot be {short(repr(value))}.", hint=f"Give a number{bound}.")
