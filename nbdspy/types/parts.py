"""Content parts inside of values: which types can hold them, and taking them out; needs no pydantic."""

from __future__ import annotations

import dataclasses
import functools
import typing
from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any, ClassVar, TypeGuard, get_args, get_origin, is_typeddict

from nbdspy.data import Example

Part = Mapping[str, Any]  # {"type": "text", "text": …}, {"type": "image_url", …}, as OpenAI's API takes them

_OPEN = (Any, object, list, dict, tuple, typing.List, typing.Dict, typing.Tuple, Sequence, Mapping)  # noqa: UP006
_PLAIN = (str, int, float, bool, bytes, type(None))


class TypeBase:
    """What every `Type` is, for those who must ask without loading pydantic."""

    only_text: ClassVar[bool] = False
    """Whether `format` never returns content parts."""

    verbatim: ClassVar[bool] = False
    """Whether a reply's text is the value as it stands, never the JSON of one."""

    laid_out: ClassVar[bool] = False
    """Whether a value's text is fields as an adapter laid them out, which another layout around it leaves as it is."""

    made_of: ClassVar[Mapping[str, str]] = {}
    """How Python makes a value of a "text", a "data URI" or "bytes", `{}` for these; told to who gave them instead."""

    @classmethod
    def description(cls) -> str:
        """What a model is told about values of this type; by default nothing."""
        return ""

    def as_plain(self) -> Any:
        """The value in JSON's types, for texts and for people."""
        raise NotImplementedError


@functools.lru_cache(maxsize=1024)
def has_parts(type_: Any) -> bool:
    """Whether values of a type can hold content parts, at any depth; what says nothing of its values can.

    Example:
        >>> from nbdspy.types import Type
        >>> has_parts(list[Type]), has_parts(dict[str, list[int]])
        (True, False)
    """
    return any(
        not inner.only_text if is_custom(inner) else any(inner is open_ for open_ in _OPEN)
        for inner in _walk(type_, ())
    )


@functools.lru_cache(maxsize=1024)
def custom_types(type_: Any) -> tuple[type[TypeBase], ...]:
    """The subclasses of `Type` that a type names, at any depth, each once.

    Example:
        >>> from nbdspy.types import Tool
        >>> custom_types(list[Tool] | None)
        (<class 'nbdspy.types.tool.Tool'>,)
    """
    return tuple(dict.fromkeys(filter(is_custom, _walk(type_, ()))))


def is_custom(type_: Any) -> TypeGuard[type[TypeBase]]:
    """Whether it is a `Type`, or another class that says itself how a prompt shows it."""
    return isinstance(type_, type) and issubclass(type_, TypeBase)


def swap(value: Any, callback: Callable[[list[dict[str, Any]]], str]) -> Any:
    """The value with every part-holding `Type` in it replaced by a text.

    Looks into lists, tuples, dicts, examples, pydantic models and dataclasses; of the latter, one that holds parts
    becomes a dict.
    What holds none is returned as it is, so `swap(value, …) is value` says that nothing was found.

    Args:
        value: Any value.
        callback: Called with the content parts of each find, in reading order; its answer is the text in their place.

    Example:
        >>> from nbdspy.types import Type
        >>> class Sketch(Type):
        ...     url: str
        ...
        ...     def format(self):
        ...         return [{"type": "image_url", "image_url": {"url": self.url}}]
        >>> swap({"before": Sketch(url="https://a.example/1.png"), "note": "red"}, lambda parts: "(see below)")
        {'before': '(see below)', 'note': 'red'}
    """
    return _swapped(value, callback, ())


def _swapped(value: Any, callback: Callable[[list[dict[str, Any]]], str], around: tuple[int, ...]) -> Any:
    if isinstance(value, _PLAIN) or id(value) in around:  # the latter holds itself
        return value
    if is_custom(type(value)):
        formatted = value if value.only_text else value.format()
        return callback(formatted) if isinstance(formatted, list) else value
    around = (*around, id(value))
    if isinstance(value, list | tuple):
        items = [_swapped(item, callback, around) for item in value]
        return value if all(map(_same, items, value)) else items
    values = value if isinstance(value, dict) else _fields_of(value)
    swapped = {key: _swapped(item, callback, around) for key, item in values.items()}
    return value if all(map(_same, swapped.values(), values.values())) else swapped


def _same(one: Any, other: Any) -> bool:
    return one is other


def _fields_of(value: Any) -> Mapping[str, Any]:
    """The named values of an example, or of a model or a dataclass that can hold parts; nothing for any other value."""
    if isinstance(value, Example):
        return vars(value)
    type_: Any = type(value)
    if hasattr(type_, "model_fields"):
        names = list(type_.model_fields)
    elif dataclasses.is_dataclass(type_):
        names = [field.name for field in dataclasses.fields(type_)]
    else:
        return {}
    return {name: getattr(value, name) for name in names} if has_parts(type_) else {}


def _walk(type_: Any, around: tuple[Any, ...]) -> Iterator[Any]:
    """A type and all those that it is made of; one that holds itself is met once."""
    if any(type_ is outer for outer in around):
        return
    yield type_
    if not is_custom(type_):  # one of those says itself what it holds
        for inner in _inner_types(type_):
            yield from _walk(inner, (*around, type_))


def _inner_types(type_: Any) -> Sequence[Any]:
    """The types that a type is made of."""
    if hasattr(type_, "__supertype__"):  # NewType
        return [type_.__supertype__]
    if hasattr(type_, "__value__"):  # `type Name = …`
        return [type_.__value__]
    origin = get_origin(type_) or type_
    inner = [argument for argument in get_args(type_) if not isinstance(argument, _PLAIN)]
    if hasattr(origin, "model_fields"):
        return [*inner, *(field.annotation for field in origin.model_fields.values())]
    if dataclasses.is_dataclass(origin) or is_typeddict(origin):
        try:
            return [*inner, *typing.get_type_hints(origin).values()]
        except NameError:  # a name that is only known where the class was written
            return [Any]
    return inner
