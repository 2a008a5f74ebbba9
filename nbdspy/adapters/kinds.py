"""What reading needs to know of a type, worked out once: its options, its parts, its choices."""

from __future__ import annotations

import dataclasses
import datetime
import functools
from collections.abc import Mapping, Sequence
from collections.abc import Set as AnySet
from decimal import Decimal
from typing import Any, Literal, get_args, get_origin, get_type_hints, is_typeddict

from nbdspy.adapters.spelling import Names
from nbdspy.adapters.wording import base_type, has_fields, is_enum, options_of
from nbdspy.types import is_custom

DAYS_AND_TIMES = (datetime.date, datetime.datetime, datetime.time, datetime.timedelta)
_LISTS = (list, tuple, set, frozenset, Sequence, AnySet)
_DICTIONARIES = (dict, Mapping)
_TRUTHS: Mapping[str, bool] = {
    "True": True, "yes": True, "y": True, "t": True, "on": True, "1": True,
    "False": False, "no": False, "n": False, "f": False, "off": False, "0": False,
}  # fmt: skip


@dataclasses.dataclass(frozen=True)
class Kind:
    """A type without what `Annotated`, `NewType` and None add to it; of a union of others, the facts about itself."""

    type: Any
    options: tuple[Any, ...]
    may_be_none: bool

    @functools.cached_property
    def origin(self) -> Any:
        """The class behind it: `list` of `list[int]`."""
        return get_origin(self.type) or self.type

    @functools.cached_property
    def is_union(self) -> bool:
        """Whether it is one of several others."""
        return len(self.options) > 1

    @functools.cached_property
    def has_text(self) -> bool:
        """Whether any text is such a value."""
        return str in self.options

    @functools.cached_property
    def takes_texts(self) -> bool:
        """Whether a text in quotes is such a value, whatever it says."""
        return self.has_text or self.type in (Any, object)

    @functools.cached_property
    def is_list(self) -> bool:
        """Whether it is a list, a tuple or a set."""
        return self.origin in _LISTS

    @functools.cached_property
    def is_dictionary(self) -> bool:
        """Whether its values are objects with any keys."""
        return self.origin in _DICTIONARIES

    @functools.cached_property
    def is_object(self) -> bool:
        """Whether its values are JSON objects."""
        return not self.is_custom and (self.is_dictionary or has_fields(self.origin))

    @functools.cached_property
    def is_custom(self) -> bool:
        """Whether it is a `Type` of ours or of a user."""
        return is_custom(self.type)

    @functools.cached_property
    def is_verbatim(self) -> bool:
        """Whether any text is a value, as it stands."""
        return self.is_custom and bool(self.type.verbatim)

    @functools.cached_property
    def is_single(self) -> bool:
        """Whether its values have no parts, and are read or made ready by us."""
        return bool(self.choices) or self.type in (int, float, bytes, Decimal, *DAYS_AND_TIMES)

    @functools.cached_property
    def is_ours(self) -> bool:
        """Whether pydantic has nothing to add to what is read."""
        return bool(self.choices) or self.type in (int, float)

    @functools.cached_property
    def choices(self) -> Mapping[str, Any]:
        """What a text may be, and the value that it is, of a Literal, an Enum or a bool."""
        if self.origin is Literal:
            return {str(choice): choice for choice in get_args(self.type)}
        if is_enum(self.type):
            return {**self.type.__members__, **{str(member.value): member for member in self.type}}
        return _TRUTHS if self.type is bool else {}

    @functools.cached_property
    def parts(self) -> Mapping[str, Any]:
        """The types of a class's fields, under the names that a reply has for them."""
        if hasattr(self.origin, "model_fields"):
            config = self.origin.model_config
            by_name = config.get("populate_by_name") or config.get("validate_by_name")
            fields: Mapping[str, Any] = self.origin.model_fields
            named = {name: field.annotation for name, field in fields.items() if by_name or not field.alias}
            return named | {field.alias: field.annotation for field in fields.values() if field.alias}
        try:
            types = get_type_hints(self.origin)
        except NameError:  # pydantic finds such a name, or says that there is none
            return {}
        if dataclasses.is_dataclass(self.origin):
            return {field.name: types[field.name] for field in dataclasses.fields(self.origin)}
        return types if is_typeddict(self.origin) else {}

    @functools.cached_property
    def names(self) -> Names:
        """The names of the parts, in every spelling."""
        return Names(self.parts)

    def item(self, place: int = 0) -> Any:
        """The type of what is inside of a list at a place, or of a dictionary's values."""
        arguments = get_args(self.type)
        if not arguments:
            return Any
        if self.origin is tuple and arguments[-1] is not Ellipsis:
            return arguments[place] if place < len(arguments) else Any
        return arguments[-1] if self.is_dictionary else arguments[0]


@functools.lru_cache(maxsize=1024)
def kind_of(type_: Any) -> Kind:
    """What is known of a type."""
    whole = base_type(type_)
    options = tuple(base_type(option) for option in options_of(whole))
    others = tuple(option for option in options if option is not type(None))
    return Kind(others[0] if len(others) == 1 else whole, others, len(others) < len(options))
