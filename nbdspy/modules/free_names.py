"""The names that a piece of Python takes from outside."""

from __future__ import annotations

import ast
import re
import symtable
from dataclasses import dataclass

_FUTURE = "from __future__ import annotations\n"


@dataclass(frozen=True, slots=True)
class FreeNames:
    """What some statements need: `now` when they run, `later` when their functions are called.

    `hints` are those of annotations that stay text, and of signatures that are written as texts; who reads them may
    need them.
    """

    now: frozenset[str]
    later: frozenset[str]
    hints: frozenset[str]


def free_names(text: str, *, hints_are_text: bool = False) -> FreeNames:
    """The names that statements use and do not bind themselves.

    Args:
        text: Whole statements.
        hints_are_text: Whether they stand below `from __future__ import annotations`.

    Example:
        >>> found = free_names("@logged\\ndef clean(text, n=LIMIT):\\n    return strip(text)[:n] + clean(text)")
        >>> sorted(found.now), sorted(found.later)
        (['LIMIT', 'logged'], ['strip'])
    """
    top = symtable.symtable(_FUTURE + text if hints_are_text else text, "source", "exec")
    own = {symbol.get_name() for symbol in top.get_symbols() if symbol.is_assigned() or symbol.is_imported()}
    now: set[str] = set()
    later: set[str] = set()
    _collect(top, now, later)
    hints = _in_signatures(text) | (_hints(text) if hints_are_text else set())
    return FreeNames(
        now=frozenset(now - own), later=frozenset(later - own - now), hints=frozenset(hints - own - now - later)
    )


def _collect(table: symtable.SymbolTable, names: set[str], in_functions: set[str]) -> None:
    names.update(
        symbol.get_name()
        for symbol in table.get_symbols()
        if symbol.is_referenced() and symbol.is_global() and symbol.get_name() != "__class__"  # which super() means
    )
    for inner in table.get_children():
        runs_at_once = inner.get_type() != "function" or inner.get_name() in ("listcomp", "setcomp", "dictcomp")
        _collect(inner, names if runs_at_once else in_functions, in_functions)


def _hints(text: str) -> set[str]:
    """The names inside of annotations, also those written as a text."""
    found: set[str] = set()
    for node in ast.walk(ast.parse(text)):
        match node:
            case ast.arg(annotation=ast.expr() as hint) | ast.AnnAssign(annotation=hint):
                found |= _names(hint)
            case ast.FunctionDef(returns=ast.expr() as hint) | ast.AsyncFunctionDef(returns=ast.expr() as hint):
                found |= _names(hint)
    return found


def _in_signatures(text: str) -> set[str]:
    """The words of every text with an arrow, some of which may be types: `"photo: Photo -> caption"`."""
    texts = [
        node.value
        for node in ast.walk(ast.parse(text))
        if isinstance(node, ast.Constant) and isinstance(node.value, str) and "->" in node.value
    ]
    return {word for written in texts for word in re.findall(r"\b[^\W\d]\w*", written)}


def _names(hint: ast.expr) -> set[str]:
    return {node.id for node in ast.walk(hint) if isinstance(node, ast.Name)}
