"""`Trajectory`: the steps of an agent, laid out as the fields of a prompt."""

from __future__ import annotations

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
