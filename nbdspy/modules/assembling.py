"""`assemble`: an object put together from its parts, as saved programs write it."""

from __future__ import annotations

from typing import Any, Final, TypeVar

T = TypeVar("T")

PROGRAM: Final = "__program__"  # what a saved program's source calls the program that it makes


def assemble(made: type[T], /, **attributes: Any) -> T:
    """An object of a class with these attributes; its `__init__`, which set them once, does not run again.

    Example:
        >>> from nbdspy.modules import ChainOfThought, Predict
        >>> assemble(ChainOfThought, predict=Predict("question -> reasoning, answer"))
        ChainOfThought(
          predict: question -> reasoning, answer
        )
    """
    assembled = object.__new__(made)
    vars(assembled).update(attributes)
    return assembled
