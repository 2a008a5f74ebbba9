"""`Trajectory`: the steps of an agent, laid out as the fields of a prompt; `Illustrated` where there are pictures."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

from nbdspy.types.parts import TypeBase


class Trajectory(str, TypeBase):
    """What an agent has thought, done and seen, in the layout of the adapter that shows it.

    It is a text, and does whatever a text does.

    Example:
        >>> Trajectory("[[ ## thought_0 ## ]]\\nI must look it up.").splitlines()[0]
        '[[ ## thought_0 ## ]]'
    """

    __slots__ = ()

    only_text: ClassVar[bool] = True
    verbatim: ClassVar[bool] = True
    laid_out: ClassVar[bool] = True

    def __new__(cls, text: str = "") -> Self:
        return super().__new__(cls, text)

    def as_plain(self) -> Any:
        """The plain text."""
        return str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_after_validator_function(cls, core_schema.str_schema())


class Illustrated(TypeBase):
    """A trajectory as content parts, with pictures and sounds where a tool returned them.

    Args:
        parts: The parts: texts, and what is between them.
        text: The same for prompts that can hold nothing but text.

    Example:
        >>> Illustrated([{"type": "text", "text": "Seen: "}, {"type": "image_url"}], "Seen: Image(image/png, 8 B)")
        Illustrated('Seen: Image(image/png, 8 B)')
    """

    laid_out: ClassVar[bool] = True

    def __init__(self, parts: Sequence[Mapping[str, Any]], text: str) -> None:
        self.parts = list(parts)
        self.text = text

    def format(self) -> list[Mapping[str, Any]]:
        """The parts."""
        return self.parts

    def as_plain(self) -> Any:
        """The text."""
        return self.text

    def __repr__(self) -> str:
        return f"Illustrated({self.text!r})"
