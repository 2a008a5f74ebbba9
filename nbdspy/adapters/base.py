"""What every adapter does: render once what does not change, put the turns in order, read the reply."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any, TypeVar, cast

from nbdspy import render
from nbdspy.adapters.values import check_readable, read_value, write_value
from nbdspy.adapters.wording import describe_type, options_of
from nbdspy.data import Example
from nbdspy.errors import ParseError
from nbdspy.models import Shape
from nbdspy.signatures import Field, SignatureType

Demo = Mapping[str, Any] | Example
T = TypeVar("T")
KEPT = 256  # rendered sets of demos per signature
_STILL = frozenset({str, int, float, bool, type(None)})  # values that cannot change under a rendered text


class Adapter:
    """How a signature becomes a prompt and a reply becomes values.

    Subclasses say what stands before the demos (`head`), how a demo and the current inputs read, and how to take a
    reply apart (`split`). Nothing here asks a model or reads a setting.
    """

    name = "adapter"

    def __init__(self) -> None:
        self._skeletons: weakref.WeakKeyDictionary[SignatureType, _Skeleton] = weakref.WeakKeyDictionary()

    def ask(self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The values of a request: `messages`, or `prompt` with its `stop`, and its `shape`."""
        raise NotImplementedError

    def shape(self, signature: SignatureType) -> Shape | None:
        """What the reply's text must look like, for models that can be held to it."""
        return None

    def split(self, signature: SignatureType, text: str) -> Mapping[str, str]:
        """The text that a reply holds for each output it mentions."""
        raise NotImplementedError

    def parse(self, signature: SignatureType, text: str) -> dict[str, Any]:
        """The outputs' values, typed, in the signature's order.

        Raises:
            ParseError: When an output without a default is missing or has a value of another type.
        """
        found = self.split(signature, text)
        values: dict[str, Any] = {}
        for name, field in signature.output_fields.items():
            if name in found:
                try:
                    values[name] = read_value(found[name], field)
                except ParseError as error:
                    error.reply = text
                    raise
            elif not field.required:
                values[name] = copy.deepcopy(field.default)  # a list that the user may change
            elif type(None) in options_of(field.type):
                values[name] = None
            else:
                raise _missing(field, text, found)
        return values

    def skeleton(self, signature: SignatureType) -> _Skeleton:
        """What is rendered once for a signature; shared by all calls.

        Raises:
            SignatureError: When an output has a type that no reply can be read as.
        """
        skeleton = self._skeletons.get(signature)
        if skeleton is None:
            for field in signature.output_fields.values():
                check_readable(field)
            skeleton = self._skeletons[signature] = _Skeleton(
                self.head(signature), self.tail(signature), self.shape(signature)
            )
        return skeleton

    def head(self, signature: SignatureType) -> str:
        """The text before the demos."""
        raise NotImplementedError

    def tail(self, signature: SignatureType) -> str:
        """The text after the inputs."""
        return ""


class _Skeleton:
    """The parts of a prompt that do not depend on the inputs.

    A rendered set of demos is kept under the identities of its values, which are texts and numbers that cannot change;
    so a demo that is edited, in place or not, is rendered anew. Sets that hold anything else are so each time.
    """

    __slots__ = ("_known", "head", "shape", "tail")

    def __init__(self, head: str, tail: str, shape: Shape | None) -> None:
        self.head = head
        self.tail = tail
        self.shape = shape
        self._known: dict[tuple[int, ...], tuple[list[Mapping[str, Any]], Any]] = {}

    def demos(self, demos: Sequence[Demo], write: Callable[[Sequence[Mapping[str, Any]]], T]) -> T:
        """The demos rendered together, from memory where none has changed."""
        values = [demo.__dict__ if isinstance(demo, Example) else demo for demo in demos]
        key = tuple([id(value) for demo in values for value in demo.values()])
        known = self._known.get(key)
        if known is not None and known[0] == values:
            return cast(T, known[1])
        rendered = write(values)
        if all(type(value) in _STILL for demo in values for value in demo.values()):
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = ([dict(demo) for demo in values], rendered)  # which keeps the values, so the identities
        return rendered


def in_order(signature: SignatureType, demos: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Incomplete demos first, then complete ones; a demo without an input and an output is left out (as the peer)."""
    complete, incomplete = [], []
    for demo in demos:
        if all(demo.get(name) is not None for name in signature.fields):
            complete.append(demo)
        elif _shows(demo, signature.input_fields) and _shows(demo, signature.output_fields):
            incomplete.append(demo)
    return incomplete + complete


def written(fields: Mapping[str, Field], values: Mapping[str, Any]) -> list[tuple[Field, str]]:
    """The given values of some fields as text, in the fields' order; fields without a value are left out."""
    return [(field, write_value(values[name], field)) for name, field in fields.items() if values.get(name) is not None]


def _shows(demo: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    return any(demo.get(name) is not None for name in fields)


def _missing(field: Field, text: str, found: Mapping[str, str]) -> ParseError:
    has = f"found only {', '.join(found)}" if found else "found no field"
    shown = f"the reply is: {render.short(text, 200)}" if text.strip() else "the reply is empty"
    return ParseError(
        f"The reply has no value for {field.name!r} ({has}); {shown}",
        reply=text, field=field.name, expected=describe_type(field.type),
    )  # fmt: skip
