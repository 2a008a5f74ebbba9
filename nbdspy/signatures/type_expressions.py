"""Types from text: a type expression's syntax tree is walked against the names in scope, never evaluated."""

from __future__ import annotations

import ast
import enum
import importlib
import re
import typing
from collections.abc import Mapping
from dataclasses import dataclass
from types import EllipsisType, ModuleType
from typing import Annotated, Any, Final, Literal, Optional, Union, get_origin

from nbdspy.errors import SignatureError, UsageError, did_you_mean, nearest
from nbdspy.signatures.pieces import Piece
from nbdspy.signatures.scanning import string_end
from nbdspy.types import is_custom

BUILTINS: Final[Mapping[str, Any]] = {
    type_.__name__: type_
    for type_ in (str, int, float, bool, bytes, list, dict, tuple, set, frozenset, complex, object)
}
TYPING: Final[Mapping[str, Any]] = {
    name: getattr(typing, name)
    for name in ("Any", "Literal", "Optional", "Union", "Annotated", "List", "Dict", "Tuple", "Set", "FrozenSet")
}
ELSEWHERE: Final[Mapping[str, str]] = {
    "date": "datetime", "datetime": "datetime", "time": "datetime", "timedelta": "datetime",
    "Decimal": "decimal", "UUID": "uuid",
    **dict.fromkeys(
        ("Audio", "Citations", "Code", "Document", "File", "History", "Image", "Reasoning", "Tool", "ToolCallResults",
         "ToolCalls"),
        "nbdspy.types",
    ),
}  # fmt: skip
"""Types of the standard library and of ours by the module that has them; imported when one is named."""

WAYS_OUT: Final = "Define it before, or write one of Python's own, like str, int or Literal['a', 'b']."
"""What to do about a type that nobody knows, when none is called nearly so."""

SAME_IN_PYTHON: Final[Mapping[str, str]] = {
    "string": "str", "text": "str", "integer": "int", "number": "float", "double": "float", "boolean": "bool",
    "array": "list", "json": "dict", "enum": "Literal",
}  # fmt: skip
"""What a type is called elsewhere, and what it is in Python."""

_KNOWN: Final[Mapping[str, Any]] = {**BUILTINS, **TYPING}
_MODULES: Final = frozenset({"typing", *ELSEWHERE.values()})
_FORMS: Final = (Literal, Optional, Union, Annotated)
_TYPE_CLASSES: Final = (type, typing.NewType, getattr(typing, "TypeAliasType", type))
_ARGUMENTS: Final[Mapping[Any, int]] = {list: 1, set: 1, frozenset: 1, dict: 2}
_ABSENT: Final = object()
_MADE_OF: Final = "a type is made of names, brackets and `|`."


def read_type(piece: Piece, scope: Mapping[str, Any]) -> Any:
    """The type that a piece of text names.

    Builtins, `typing`, dates, Decimal and our own types are always known; `scope` adds the user's own names.

    Raises:
        SignatureError: When a name is unknown, or the text is more than names, brackets and `|`; points at it.
    """
    text = piece.text
    if text in BUILTINS and text not in scope:
        return BUILTINS[text]  # most types of most signatures, without a parser
    try:
        tree = ast.parse(text, mode="eval")
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last two: brackets without end
        raise _not_a_type(piece) from error
    found = _Reader(piece, scope).type(tree.body)
    return type(None) if found is None else found


def is_type(value: Any) -> bool:
    """Whether a value can stand where a type is expected."""
    return isinstance(value, _TYPE_CLASSES) or get_origin(value) is not None or _is_form(value) or value is Any


@dataclass(frozen=True, slots=True)
class _Reader:
    piece: Piece
    scope: Mapping[str, Any]

    def type(self, node: ast.expr) -> Any:
        """A type; None stays None, as it does inside of brackets in Python."""
        found = self.form(node)
        if _is_form(found):
            name = self.text(node)
            choices = '["yes", "no"]' if found is Literal else "[str, int]" if found is Union else "[str]"
            raise self.error(node, f"{name} says nothing without brackets.", f"Write {name}{choices}, for example.")
        return found

    def form(self, node: ast.expr) -> Any:
        """A type, or a word like `Literal` that brackets make one of."""
        match node:
            case ast.Name():
                return self.name(node)
            case ast.Attribute():
                found = self.attribute(node)
                if not is_type(found):
                    raise self.error(node, f"{self.text(node)} is {_a(found)}, not a type.")
                return found
            case ast.Subscript():
                return self.subscript(node)
            case ast.BinOp(op=ast.BitOr()):
                return Union[self.type(node.left), self.type(node.right)]  # noqa: UP007 (`None | None` is no type)
            case ast.BoolOp(op=ast.Or()):
                for value in node.values:
                    self.type(value)
                raise self.error(node, _MADE_OF, f"Write {' | '.join(map(self.text, node.values))}.")
            case ast.Constant(value=None):
                return None
            case ast.Constant():
                text = self.text(node)
                raise self.error(node, f"{text} is a value, not a type.", f"A fixed choice is written Literal[{text}].")
            case ast.List(elts=[item]):
                raise self.error(node, "a list of types is not a type.", f"Write list[{self.text(item)}].")
            case ast.Tuple():
                raise self.error(node, "several types are not a type.", f"Write tuple[{self.text(node).strip('()')}].")
            case ast.Call():
                raise self.error(
                    node, "a type cannot call anything.", "Name the type in Python, and use its name here."
                )
            case _:
                raise self.error(node, _MADE_OF)

    def name(self, node: ast.Name) -> Any:
        """The type of a name: the user's own before ours, but a variable called `list` hides no type."""
        value = self.scope.get(node.id, _ABSENT)
        if value is not _ABSENT and is_type(value):
            return value
        if node.id in _KNOWN:
            return _KNOWN[node.id]
        if node.id in ELSEWHERE:
            return getattr(importlib.import_module(ELSEWHERE[node.id]), node.id)
        if value is not _ABSENT:
            raise self.error(node, f"{node.id} is {_a(value)}, not a type.")
        raise self.unknown(node, node.id)

    def attribute(self, node: ast.Attribute) -> Any:
        """What a dotted name stands for, looked up on modules and classes alone."""
        owner = self.owner(node.value)
        if not isinstance(owner, ModuleType | type):
            raise self.error(node.value, f"{self.text(node.value)} is {_a(owner)}, neither a module nor a class.")
        value = _ABSENT if node.attr.startswith("_") else getattr(owner, node.attr, _ABSENT)
        if value is _ABSENT:
            near = did_you_mean(node.attr, [name for name in dir(owner) if not name.startswith("_")])
            raise self.error(node, f"no type is called {self.text(node)}.", near or WAYS_OUT)
        return value

    def owner(self, node: ast.expr) -> Any:
        match node:
            case ast.Name(id=name) if name in _MODULES:  # before the scope, where `datetime` may be the class
                return importlib.import_module(name)
            case ast.Name(id=name) if name in self.scope:
                return self.scope[name]
            case ast.Name(id=name) if name in BUILTINS:
                return BUILTINS[name]
            case ast.Name(id=name):
                raise self.error(node, f"there is no {name} here.", f"Import {name} first.")
            case ast.Attribute():
                return self.attribute(node)
            case _:
                raise self.error(node, _MADE_OF)

    def subscript(self, node: ast.Subscript) -> Any:
        """A type with arguments in brackets."""
        base = self.form(node.value)
        arguments = node.slice.elts if isinstance(node.slice, ast.Tuple) else [node.slice]
        if base is Literal:
            if not arguments:
                raise self.error(node, "Literal has no choices.", 'Write Literal["yes", "no"], for example.')
            return Literal[tuple(self.choice(argument) for argument in arguments)]
        if base is Annotated:
            read: list[Any] = [self.type(arguments[0]), *map(self.note, arguments[1:])] if arguments else []
        else:
            read = [self.argument(argument, base) for argument in arguments]
        self.check_count(node, base, len(read))
        try:
            return base[read[0] if len(read) == 1 else tuple(read)]
        except (TypeError, UsageError) as error:  # the latter: ours, of Code[1]
            name, inside = self.text(node.value), self.text(node.slice)
            raise self.error(node, f"{name} cannot take {inside} in brackets.") from error

    def check_count(self, node: ast.Subscript, base: Any, count: int) -> None:
        """Python itself lets `dict[str]` pass, and gives an enum's brackets another meaning."""
        if isinstance(base, type) and not hasattr(base, "__class_getitem__") and not _is_form(base):
            name = self.text(node.value)
            raise self.error(node, f"{name} takes nothing in brackets.", f"Write {name}.")
        wanted = _ARGUMENTS.get(get_origin(base) or base, count)
        if count != wanted:
            name, words = self.text(node.value), "one type" if wanted == 1 else "two types"
            example = f"{name}[{', '.join(['str', 'int'][:wanted])}]"
            raise self.error(node, f"{name} takes {words}, not {count}.", f"Write {example}, for example.")

    def argument(self, node: ast.expr, base: Any) -> Any:
        if (
            isinstance(node, ast.Constant)
            and isinstance(node.value, EllipsisType)
            and (get_origin(base) or base) is tuple
        ):
            return ...
        if is_custom(base) and "__class_getitem__" in vars(base):  # Code["java"]
            return self.choice(node)
        return self.type(node)

    def choice(self, node: ast.expr) -> Any:
        """One choice of a Literal: a constant, an enum's member, or another Literal by its name."""
        match node:
            case ast.Constant(value=str() | bytes()):
                self.refuse_joined(node)
                return node.value
            case ast.Constant(value=int() | None):
                return node.value
            case ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int() as number)) if not isinstance(
                number, bool
            ):
                return -number
            case ast.Name(id=name):
                value = self.scope.get(name)
                if get_origin(value) is not Literal and not isinstance(value, enum.Enum):
                    raise self.error(node, f"{name} stands without quotes.", f'Write "{name}".')
                return value
            case ast.Attribute():
                value = self.attribute(node)
                if isinstance(value, enum.Enum) or get_origin(value) is Literal:
                    return value
        raise self.error(
            node, f"{self.text(node)} cannot be a choice.", "A choice is a text, a whole number, True, False or None."
        )

    def refuse_joined(self, node: ast.expr) -> None:
        """Python joins "a" "b" into one text, and a forgotten comma would go unseen."""
        piece = self.piece.of_node(node)
        end = string_end(piece)
        if end < piece.end:
            missing = piece.between(end, piece.end).strip()
            raise missing.error(f"a comma is missing before {missing.text}.")

    def note(self, node: ast.expr) -> Any:
        """What Annotated adds to a type: a literal or a name."""
        match node:
            case ast.Constant():
                return node.value
            case ast.Name(id=name) if name in self.scope:
                return self.scope[name]
            case ast.Attribute():
                return self.attribute(node)
        raise self.error(
            node, "a note on a type is a literal or a name.", "Name the whole type in Python, and use its name here."
        )

    def text(self, node: ast.expr) -> str:
        return self.piece.of_node(node).text

    def error(self, node: ast.expr, message: str, hint: str | None = None) -> SignatureError:
        return self.piece.of_node(node).error(message, hint)

    def unknown(self, node: ast.expr, name: str) -> SignatureError:
        if name.lower() in SAME_IN_PYTHON:
            return self.error(node, f"no type is called {name}.", f"Write {SAME_IN_PYTHON[name.lower()]}.")
        types_in_scope = [key for key in self.scope if not key.startswith("_") and is_type(self.scope[key])]
        known = [*TYPING, *types_in_scope, *ELSEWHERE, *BUILTINS]  # of `List` and `list` the last is suggested
        hint = did_you_mean(name, known)
        if hint is None and (meant := nearest(name, SAME_IN_PYTHON)):  # "sting" is nearer to string than to str
            hint = f"Write {SAME_IN_PYTHON[meant]}."
        return self.error(node, f"no type is called {name}.", hint or WAYS_OUT)


def _not_a_type(piece: Piece) -> SignatureError:
    if not piece.text:
        return piece.error("a type is missing here.", "Write str, for example.")
    two = re.fullmatch(r"(?P<type>.*?[\w\]])\s+(?P<rest>[^\W\d]\w*(\s+\w+)*)", piece.text, re.DOTALL)
    if two:
        rest = piece.between(piece.start + two.start("rest"), piece.end)
        return rest.error(
            f"{rest.text} stands after the type.", "Put a comma between fields, and # before a description."
        )
    return piece.error(f"{piece.text} is not a type.")


def _is_form(value: Any) -> bool:
    return any(value is form for form in _FORMS)  # by identity: a DataFrame in scope has its own idea of ==


def _a(value: Any) -> str:
    name = type(value).__name__
    return f"{'an' if name[0].lower() in 'aeiou' else 'a'} {name}"
