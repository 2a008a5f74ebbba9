"""`Reasoning`: what a model thought before it answered."""

from __future__ import annotations

from typing import Any, ClassVar, Self

from nbdspy.types.parts import TypeBase


class Reasoning(str, TypeBase):
    """The thoughts before an answer: the model's own where its provider tells them, else written as a field.

    It is a text, and does whatever a text does.

    Example:
        >>> thought = Reasoning("Six sevens.")
        >>> thought.content, thought.upper(), thought == "Six sevens."
        ('Six sevens.', 'SIX SEVENS.', True)
    """

    __slots__ = ()

    only_text: ClassVar[bool] = True
    verbatim: ClassVar[bool] = True

    def __new__(cls, content: str = "") -> Self:
        return super().__new__(cls, content)

    @property
    def content(self) -> str:
        """The plain text."""
        return str(self)

    def as_plain(self) -> Any:
        """The plain text."""
        return str(self)

    @classmethod
    def __get_pydantic_core_schema__(cls, source: Any, handler: Any) -> Any:
        from pydantic_core import core_schema

        return core_schema.no_info_before_validator_function(
            cls._plain,
            core_schema.no_info_after_validator_function(cls, core_schema.str_schema()),
        )

    @classmethod
    def _plain(cls, value: Any) -> Any:
        """DSPy's files may have it as `{"content": …}`."""
        return value["content"] if isinstance(value, dict) and set(value) == {"content"} else value
