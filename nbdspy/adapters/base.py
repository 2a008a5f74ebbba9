"""What every adapter does: render once what does not change, put the turns in order, read the reply."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbdspy.adapters.values import read_value, write_value
from nbdspy.data import Example
from nbdspy.errors import ParseError
from nbdspy.models import Shape
from nbdspy.signatures import Field, SignatureType

Demo = Mapping[str, Any] | Example
_STILL = (str, int, float, bool, type(None))  # values that cannot change under a rendered text


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
                values[name] = field.default
            elif _may_be_none(field):
                values[name] = None
            else:
                raise _missing(field, text, found)
        return values

    def skeleton(self, signature: SignatureType) -> _Skeleton:
        """What is rendered once for a signature; shared by all calls."""
        skeleton = self._skeletons.get(signature)
        if skeleton is None:
            skeleton = self._skeletons[signature] = _Skeleton(self.head(signature), self.shape(signature))
        return skeleton

    def head(self, signature: SignatureType) -> str:
        """The text before the demos."""
        raise NotImplementedError


class _Skeleton:
    """The parts of a prompt that do not depend on the inputs.

    A demo's text is kept until the demo changes: it is compared with what it was by its values, which for texts and
    numbers is a comparison of a few pointers. A demo that holds anything else is rendered anew each time.
    """

    __slots__ = ("_demos", "head", "shape")

    def __init__(self, head: str, shape: Shape | None) -> None:
        self.head = head
        self.shape = shape
        self._demos: dict[int, tuple[Mapping[str, Any], Any]] = {}

    def demos(self, demos: Sequence[Demo], render: Callable[[Mapping[str, Any]], Any]) -> list[Any]:
        """Each demo rendered, from memory where it has not changed."""
        rendered = []
        for demo in demos:
            values = demo.__dict__ if isinstance(demo, Example) else demo
            known = self._demos.get(id(demo))
            if known is None or known[0] != values:
                known = (dict(values), render(values))
                if all(isinstance(value, _STILL) for value in values.values()):
                    if len(self._demos) > 4096:
                        self._demos.clear()
                    self._demos[id(demo)] = known
            rendered.append(known[1])
        return rendered


def in_order(signature: SignatureType, demos: Sequence[Demo]) -> Sequence[Demo]:
    """Incomplete demos first, then complete ones; a demo without an input and an output is left out (as the peer)."""
    complete, incomplete = [], []
    for demo in demos:
        if all(demo.get(name) is not None for name in signature.fields):
            complete.append(demo)
        elif _shows(demo, signature.input_fields) and _shows(demo, signature.output_fields):
            incomplete.append(demo)
    return incomplete + complete if incomplete else complete


def written(fields: Mapping[str, Field], values: Mapping[str, Any]) -> list[tuple[Field, str]]:
    """The given values of some fields as text, in the fields' order; fields without a value are left out."""
    return [(field, write_value(values[name], field)) for name, field in fields.items() if values.get(name) is not None]


def _shows(demo: Demo, fields: Mapping[str, Field]) -> bool:
    return any(demo.get(name) is not None for name in fields)


def _may_be_none(field: Field) -> bool:
    return type(None) in getattr(field.type, "__args__", ())


def _missing(field: Field, text: str, found: Mapping[str, str]) -> ParseError:
    said = " ".join(text.split())
    shown = f"the reply is: {said[:200]}{'…' if len(said) > 200 else ''}" if said else "the reply is empty"
    has = f"found only {', '.join(found)}" if found else "found no field"
    return ParseError(f"The reply has no value for {field.name!r} ({has}); {shown}", reply=text, field=field.name)
