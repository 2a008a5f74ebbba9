"""`Type`: the class to subclass for values that know themselves how a prompt shows them."""

from __future__ import annotations

from typing import Any

import pydantic

from nbdspy.types.parts import TypeBase


class Type(pydantic.BaseModel, TypeBase):
    """A pydantic model that says how a prompt shows it, and how a model's text becomes one.

    Subclasses define `format`, which returns a text or a list of content parts as OpenAI's API takes them. They may
    define the class method `description`, which models are told, and read texts with pydantic's own validators
    (`@pydantic.model_validator(mode="before")`).

    Example:
        >>> class Money(Type):
        ...     amount: float
        ...     currency: str
        ...
        ...     def format(self):
        ...         return f"{self.amount:.2f} {self.currency}"
        ...
        ...     @classmethod
        ...     def description(cls):
        ...         return "an amount with its currency"
        >>> Money(amount=3, currency="EUR").format()
        '3.00 EUR'
    """

    def format(self) -> str | list[dict[str, Any]]:
        """The value for a prompt: a text, or content parts."""
        raise NotImplementedError(f"{type(self).__name__} must define format().")
