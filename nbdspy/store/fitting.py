"""What a store can keep so that it comes back as it was."""

from __future__ import annotations

import math
from typing import Any, Final

_ATOMS: Final = (str, int, bool, type(None))


def fits_json(value: Any) -> bool:
    """Whether a value comes back from JSON as what it was.

    Example:
        >>> fits_json({"answer": ["42", 0.5, None]}), fits_json(("42",)), fits_json(float("nan"))
        (True, False, False)
    """
    if type(value) in _ATOMS:
        return True
    if type(value) is float:
        return math.isfinite(value)
    if type(value) is list:
        return all(map(fits_json, value))
    return type(value) is dict and all(type(name) is str and fits_json(part) for name, part in value.items())
