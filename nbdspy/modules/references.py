r"""`{{name}}` in a text: variables by name, attribute and constant index; nothing is ever called."""

from __future__ import annotations

import ast
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbdspy import render
from nbdspy.errors import Place, UsageError, did_you_mean

_REFERENCE = re.compile(r"\\\{\{|\{\{(?P<path>(?:(?!\}\}).)*)\}\}")


@dataclass(frozen=True, slots=True)
class Found:
    """The value of a reference, which may be None."""

    value: Any


class References:
    r"""Replaces references by what they stand for.

    Example:
        >>> References({"row": {"name": "Ada"}}).replace(r"{{row['name']}} wrote \{{this}} and {that}.")
        'Ada wrote {{this}} and {that}.'
    """

    def __init__(self, scope: Mapping[str, Any]) -> None:
        self._scope = scope

    def replace(self, text: str, line: int = 1) -> str:
        """The text with every reference replaced; what was put in is not looked at again.

        Args:
            text: What the user wrote.
            line: The number of its first line, for errors.

        Raises:
            UsageError: When a reference is no name, attribute or constant index, or stands for nothing.
        """

        def value(match: re.Match[str]) -> str:
            if match["path"] is None:
                return "{{"
            return render.plain(self._value(match, text, line))

        return _REFERENCE.sub(value, text)

    def alone(self, text: str, line: int = 1) -> Found | None:
        """The value itself, when a single reference is all there is."""
        match = _REFERENCE.fullmatch(text.strip())
        return Found(self._value(match, text.strip(), line)) if match and match["path"] is not None else None

    def _value(self, match: re.Match[str], text: str, line: int) -> Any:
        before = text[: match.start()]
        column = match.start() - (before.rfind("\n") + 1)
        shown = text.splitlines()[before.count("\n")]
        place = Place("the inputs", line + before.count("\n"), column + 1, shown, width=len(match[0]))
        try:
            tree = ast.parse(match["path"].strip(), mode="eval").body
        except SyntaxError:
            raise _unreadable(place) from None
        return self._find(tree, place)

    def _find(self, tree: ast.expr, place: Place) -> Any:
        match tree:
            case ast.Name(id=name):
                if name not in self._scope:
                    near = did_you_mean(name, (known for known in self._scope if not known.startswith("_")))
                    raise UsageError(f"There is no variable {name!r}.", hint=near, place=place)
                return self._scope[name]
            case ast.Attribute(value=owner, attr=attribute):
                value = self._find(owner, place)
                try:
                    return getattr(value, attribute)
                except AttributeError as error:
                    raise UsageError(f"It has no {attribute!r}: {error}", place=place) from error
            case ast.Subscript(value=owner, slice=ast.Constant(value=index)):
                value = self._find(owner, place)
                try:
                    return value[index]
                except (LookupError, TypeError) as error:
                    raise UsageError(f"It has no [{index!r}]: {error}", place=place) from error
            case ast.Subscript(value=owner, slice=ast.UnaryOp(op=ast.USub(), operand=ast.Constant(value=int(index)))):
                return self._find(ast.Subscript(owner, ast.Constant(-index), ast.Load()), place)
        raise _unreadable(place)


def _unreadable(place: Place) -> UsageError:
    return UsageError(
        "Only a name, its attributes and constant indices can stand here.",
        hint=r"Compute it in a cell before; a text that starts with {{ is written \{{.",
        place=place,
    )
