"""Assertions that were not reached: a branch may leave one out, an empty loop and a function without a call may not."""

from __future__ import annotations

import ast
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from typing import Final

_LOOPS: Final = (ast.For, ast.AsyncFor, ast.While)
_FUNCTIONS: Final = (ast.FunctionDef, ast.AsyncFunctionDef)
_BRANCHES: Final = (ast.If, ast.Try, ast.TryStar, ast.Match, ast.With, ast.AsyncWith)
"""What stands in a `try` or a `with` may be left out by an error that is caught there."""


@dataclass(frozen=True, slots=True, eq=False)
class Gate:
    """A statement around an assertion, which decides whether it is reached.

    `complaint` is what to say when the statement itself was reached and the assertion never; empty where that is fine.
    """

    node: ast.stmt
    complaint: str


def gates(tree: ast.Module) -> Mapping[ast.Assert, Sequence[Gate]]:
    """The gates of each assertion, from the innermost to the outermost."""
    found: dict[ast.Assert, Sequence[Gate]] = {}

    def enter(node: ast.AST, around: Sequence[Gate]) -> None:
        if isinstance(node, ast.Assert):
            found[node] = around
            return
        for field, value in ast.iter_fields(node):
            inner = _through(node, field, around)
            for child in value if isinstance(value, list) else [value]:
                if isinstance(child, ast.AST):
                    enter(child, inner)

    enter(tree, ())
    return found


def complaint(around: Sequence[Gate], reached: Collection[ast.stmt]) -> str:
    """Why an assertion that was not reached should have been; empty where a branch left it out.

    Args:
        around: Its gates.
        reached: The gates' statements that were reached themselves.
    """
    return next((gate.complaint for gate in around if gate.node in reached), "")


def _through(node: ast.AST, field: str, around: Sequence[Gate]) -> Sequence[Gate]:
    if isinstance(node, _LOOPS) and field == "body":
        return (Gate(node, f"never asked: did the loop in line {node.lineno} have nothing to go through?"), *around)
    if isinstance(node, _FUNCTIONS) and field == "body":
        return (Gate(node, f"never asked: was {node.name}, defined in line {node.lineno}, not called?"), *around)
    if isinstance(node, (*_LOOPS, *_BRANCHES)):
        return (Gate(node, ""), *around)
    return around
