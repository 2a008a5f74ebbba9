"""The fields of a signature."""

from __future__ import annotations

import keyword
import re
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any, Final, Literal, get_args

from nbdspy.errors import SignatureError, did_you_mean

Role = Literal["input", "output"]


class _Missing:
    """Tells a default of None from no default."""

    def __repr__(self) -> str:
        return "MISSING"

    def __reduce__(self) -> str:
        return "MISSING"  # a copy is the same object, or `is MISSING` would fail on it


MISSING: Final = _Missing()

RESERVED: Final = frozenset({"self", "signature", "demos", "config", "lm", "completions", "augmented"})
"""Names with a meaning of their own where fields are passed by keyword or read as attributes."""

CONSTRAINTS: Final = frozenset(
    {"gt", "ge", "lt", "le", "multiple_of", "allow_inf_nan", "min_length", "max_length", "pattern", "strict",
     "max_digits", "decimal_places"}
)  # fmt: skip
"""What pydantic can check of a value, besides its type."""

OPTIONS: Final = ("desc", "description", "default", *sorted(CONSTRAINTS))
"""What can be said of a field where it is declared."""

WITHOUT_EFFECT: Final = frozenset({"prefix", "format", "parser"})
"""Options of old DSPy tutorials that no prompt shows."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Field:
    """One named value that goes into a model call or comes out of it.

    `constraints` are pydantic's (`ge`, `max_length`, `pattern` …) and are checked when the value is read.
    """

    role: Role
    name: str = ""
    type: Any = str
    description: str = ""
    default: Any = field(default=MISSING, hash=False)
    constraints: Mapping[str, Any] = field(default_factory=lambda: MappingProxyType({}), hash=False)

    @property
    def is_input(self) -> bool:
        """Whether the value goes in."""
        return self.role == "input"

    @property
    def may_be_none(self) -> bool:
        """Whether None is a value of its type."""
        return self.type in (Any, None) or type(None) in get_args(self.type)

    @property
    def required(self) -> bool:
        """Whether the field has no default."""
        return self.default is MISSING

    @property
    def title(self) -> str:
        """The name as people write it: `search_query` is "Search query"."""
        words = self.name.replace("_", " ").strip()
        return words[:1].upper() + words[1:]

    @property
    def desc(self) -> str:
        """The description as DSPy has it: `${name}` where nobody wrote one."""
        return self.description or f"${{{self.name}}}"

    @property
    def prefix(self) -> str:
        """The name as DSPy writes it into files: `search_query2` is "Search Query 2:"."""
        words = re.findall(r"[A-Z]+(?![a-z])|[A-Z]?[^\WA-Z\d_]+|\d+", self.name)
        return " ".join(word if word.isupper() else word.capitalize() for word in words) + ":"

    @property
    def annotation(self) -> Any:
        """The type under pydantic's name, by which code for DSPy reads it."""
        return self.type

    @property
    def json_schema_extra(self) -> dict[str, Any]:
        """What code for DSPy reads there."""
        return {"__dspy_field_type": self.role, "prefix": self.prefix, "desc": self.desc}

    def is_required(self) -> bool:
        """`required` under pydantic's name."""
        return self.required

    def __deepcopy__(self, memo: object) -> Field:
        return self  # immutable, and its constraints cannot be copied


def InputField(desc: str = "", *, default: Any = MISSING, **constraints: Any) -> Any:
    """Declare an input in a signature class."""
    return _declared("input", desc, default, constraints)


def OutputField(desc: str = "", *, default: Any = MISSING, **constraints: Any) -> Any:
    """Declare an output in a signature class."""
    return _declared("output", desc, default, constraints)


def checked(constraints: Mapping[str, Any]) -> Mapping[str, Any]:
    """The constraints, frozen.

    Raises:
        SignatureError: When pydantic knows none of that name.
    """
    for name in constraints:
        if name not in CONSTRAINTS:
            raise SignatureError(f"a field has no option {name!r}.", hint=did_you_mean(name, OPTIONS))
    return MappingProxyType(dict(constraints))


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


def _declared(role: Role, desc: str, default: Any, options: dict[str, Any]) -> Field:
    for name in WITHOUT_EFFECT & options.keys():
        warnings.warn(f"{name}={options.pop(name)!r} has no effect on a field; use desc.", stacklevel=3)
    description = options.pop("description", desc)  # pydantic's word for it
    return Field(role=role, description=description, default=default, constraints=checked(options))
