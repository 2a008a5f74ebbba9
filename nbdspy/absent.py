"""A name of DSPy's that a class of ours does not have: whoever reads it is told why, and what to use."""

from __future__ import annotations

from typing import Any, NoReturn


class Absent:
    """Stands where DSPy's class has something; `hasattr` says that it is not there.

    Example:
        >>> class Lamp:
        ...     dim = Absent("is left out: it flickers. Use a smaller lamp.")
        >>> Lamp().dim
        Traceback (most recent call last):
        AttributeError: Lamp.dim is left out: it flickers. Use a smaller lamp.
    """

    def __init__(self, why: str) -> None:
        self.why = why

    def __set_name__(self, owner: type, name: str) -> None:
        self.name = name

    def __get__(self, instance: Any, owner: type) -> NoReturn:
        raise AttributeError(f"{owner.__name__}.{self.name} {self.why}")
