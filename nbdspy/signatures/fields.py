"""The fields of a signature."""

from __future__ import annotations

import keyword
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal

Role = Literal["input", "output"]


class _Missing:
    """Tells a default of None from no default."""

    def __repr__(self) -> str:
        return "MISSING"


MISSING: Final = _Missing()

RESERVED: Final = frozenset({"self", "signature", "demos", "config", "lm", "completions", "augmented"})
"""Names with a meaning of their own where fields are passed by keyword or read as attributes."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named value that goes into a model call or comes out of it.

    `constraints` are pydantic's (`ge`, `max_length`, `pattern` …) and are checked when the value is read.
    """

    role: Role
    name: str = ""
    type: Any = str
    description: str = ""
    default: Any = MISSING
    constraints: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}))

    @property
    def is_input(self) -> bool:
        """Whether the value goes in."""
        return self.role == "input"

    @property
    def required(self) -> bool:
        """Whether the field has no default."""
        return self.default is MISSING

    @property
    def title(self) -> str:
        """The name as people write it: `search_query` is "Search query"."""
        words = self.name.replace("_", " ").strip()
        return words[:1].upper() + words[1:]


def InputField(desc: str = "", *, default: Any = MISSING, **constraints: Any) -> Any:
    """Declare an input in a signature class."""
    return Field(role="input", description=desc, default=default, constraints=MappingProxyType(constraints))


def OutputField(desc: str = "", *, default: Any = MISSING, **constraints: Any) -> Any:
    """Declare an output in a signature class."""
    return Field(role="output", description=desc, default=default, constraints=MappingProxyType(constraints))


def name_problem(name: str) -> str | None:
    """Why a text cannot be a field's name, or None when it can."""
    if not name.isidentifier():
        return f"{name!r} is not a name."
    if keyword.iskeyword(name):
        return f"{name!r} is a word of Python."
    if name.startswith("_"):
        return f"{name!r} starts with an underscore."
    if name in RESERVED:
        return f"{name!r} is reserved."
    return None
