"""Assertions that note what they saw: each value is made once, in its order, and kept until it is known to matter."""

from __future__ import annotations

import ast
from collections.abc import Iterator, Sequence
from typing import Any

RECORDER = "__nbdspy_check__"
"""The name by which the text reaches what takes notes."""

_TEMPLATE = f"""
try:
    if TEST:
        {RECORDER}.held(NUMBER)
    else:
        {RECORDER}.failed(NUMBER, MESSAGE)
except Exception:
    {RECORDER}.raised(NUMBER)
"""

_SHOWN = (ast.Name, ast.Attribute, ast.Call, ast.Subscript)
_APART = (ast.Lambda, ast.ListComp, ast.SetComp, ast.DictComp, ast.GeneratorExp)
"""Their insides are asked many times or never, and belong to no one value."""


def assertions(tree: ast.AST) -> list[ast.Assert]:
    """Every assertion, in the order of the text."""
    found = [node for node in ast.walk(tree) if isinstance(node, ast.Assert)]
    return sorted(found, key=lambda node: (node.lineno, node.col_offset))


def watched(tree: ast.Module, known: list[ast.Assert], gates: Sequence[ast.stmt], text: str) -> ast.Module:
    """The same text with assertions that tell the recorder, by their place among the known ones, and go on.

    So does each of the gates before it begins.
    """
    made: ast.Module = ast.fix_missing_locations(_Watch(known, gates, text).visit(tree))
    return made


def source(node: ast.AST, text: str) -> str:
    """A node as it was written, in one line."""
    written = ast.get_source_segment(text, node) or ast.unparse(node)
    return " ".join(line.strip() for line in written.splitlines())


def sides(test: ast.expr) -> Iterator[ast.expr]:
    """What an assertion is about: both sides of a comparison, what a function is asked of, each part of an `and`."""
    match test:
        case ast.Compare(left=left, comparators=others):
            yield from (left, *others)
        case ast.BoolOp(values=parts):
            for part in parts:
                yield from sides(part)
        case ast.UnaryOp(op=ast.Not(), operand=operand):
            yield from sides(operand)
        case ast.Call(args=arguments, keywords=keywords):
            yield from (*arguments, *(keyword.value for keyword in keywords))
        case _:
            yield test


class _Watch(ast.NodeTransformer):
    def __init__(self, known: list[ast.Assert], gates: Sequence[ast.stmt], text: str) -> None:
        self._numbers = {id(node): number for number, node in enumerate(known)}
        self._gates = {id(node): number for number, node in enumerate(gates)}
        self._text = text

    def visit(self, node: ast.AST) -> Any:
        made = super().visit(node)
        if id(node) not in self._gates:
            return made
        (came,) = ast.parse(f"{RECORDER}.came({self._gates[id(node)]})").body
        for inner in ast.walk(came):
            if hasattr(inner, "lineno"):
                ast.copy_location(inner, node)
        return [came, made]

    def visit_Assert(self, node: ast.Assert) -> ast.stmt:
        number = self._numbers[id(node)]
        about = {id(side) for side in sides(node.test)}
        test = _Note(number, about, self._text).noted(node.test)
        message = node.msg or ast.Constant(None)
        (made,) = ast.parse(_TEMPLATE).body
        for inner in ast.walk(made):  # what goes wrong in it went wrong in the assertion
            if hasattr(inner, "lineno"):
                ast.copy_location(inner, node)
        return _Fill(TEST=test, NUMBER=ast.Constant(number), MESSAGE=message).visit(made)  # type: ignore[no-any-return]


class _Note(ast.NodeTransformer):
    """Has every value that may explain something pass the recorder."""

    def __init__(self, number: int, about: set[int], text: str) -> None:
        self._number = number
        self._about = about
        self._text = text

    def noted(self, test: ast.expr) -> Any:
        """The whole; that it is false is no news, unless there is nothing else to it."""
        return self.visit(test) if id(test) in self._about else self._inside(test)

    def visit(self, node: ast.AST) -> Any:
        if not isinstance(node, ast.expr) or isinstance(node, ast.Starred):
            return self.generic_visit(node)
        is_about = id(node) in self._about
        is_shown = is_about or (isinstance(node, _SHOWN) and isinstance(getattr(node, "ctx", ast.Load()), ast.Load))
        written = source(node, self._text)
        inner = node if isinstance(node, _APART) else self._inside(node)
        if not is_shown:
            return inner
        arguments: list[ast.expr] = [ast.Constant(self._number), ast.Constant(written), inner]
        call = ast.Call(
            ast.Attribute(ast.Name(RECORDER, ast.Load()), "about" if is_about else "saw", ast.Load()), arguments, []
        )
        return ast.copy_location(call, node)

    def _inside(self, node: ast.expr) -> ast.expr:
        """The node with its parts noted; a function that is called is no news, and neither is a module."""
        if isinstance(node, ast.Call):
            if isinstance(node.func, ast.Attribute):
                node.func.value = self.visit(node.func.value)
            node.args = [self.visit(argument) for argument in node.args]
            node.keywords = [self.visit(keyword) for keyword in node.keywords]
            return node
        return self.generic_visit(node)  # type: ignore[return-value]


class _Fill(ast.NodeTransformer):
    def __init__(self, **parts: ast.expr) -> None:
        self._parts = parts

    def visit_Name(self, node: ast.Name) -> ast.expr:
        return self._parts.get(node.id, node)
