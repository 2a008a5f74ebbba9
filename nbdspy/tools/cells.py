"""A tool from a cell: the cell runs as it stands, and its function is what a model may call."""

from __future__ import annotations

import ast
import builtins
import hashlib
import linecache
import sys
from typing import Any, Final

from nbdspy.errors import Place, UsageError, unknown_name
from nbdspy.types import Tool

_ABSENT: Final = object()


def tool(text: str, *, name: str = "tool", scope: dict[str, Any] | None = None) -> Tool:
    """A tool from its text.

    The text is the user's own Python, and runs like any cell: what it imports and defines stays in `scope`. The tool is
    the function of its name, or else the only function whose name begins with no underscore.

    Args:
        text: At least one `def` or `async def`.
        name: What models call the tool.
        scope: The namespace that the code sees and keeps seeing; by default the caller's globals.

    Raises:
        UsageError: For a syntax error, for which it points at the place, or when no function or several could be meant.
            What the text raises itself comes through.

    Example:
        >>> add = tool('''
        ... def add(a: int, b: int = 1) -> int:
        ...     "Add two numbers."
        ...     return a + b
        ... ''', name="add")
        >>> add, add(2)
        (Tool(add(a, b)), 3)
    """
    scope = sys._getframe(1).f_globals if scope is None else scope
    filename = f"<{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)  # for tracebacks, saving
    try:
        tree = ast.parse(text, filename)
        code = compile(tree, filename, "exec", dont_inherit=True)
    except (SyntaxError, ValueError) as error:  # the second for a NUL
        raise UsageError(f"Python cannot read this: {error.args[0]}.", place=_place(name, text, error)) from error
    chosen = _chosen(tree, name)
    before = scope.get(chosen, _ABSENT)
    try:
        exec(code, scope)
    except NameError as error:
        known = [word for word in (*scope, *vars(builtins)) if not word.startswith("_")]
        raise unknown_name(error, text, filename=filename, source=name, known=known) or error from error
    function = scope[chosen]
    if chosen == name:  # the name is the tool's, for whoever asked for it to bind
        del scope[name]
        scope.update({} if before is _ABSENT else {name: before})
    return Tool(function, name=name)


def _chosen(tree: ast.Module, name: str) -> str:
    """The name of the function that is meant."""
    functions = {node.name: node for node in tree.body if isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef)}
    if name in functions:
        return name
    public = [found for found in functions if not found.startswith("_")] or list(functions)
    if not public:
        raise UsageError("The text defines no function.", hint=f"Write `def {name}(...)`: it is what the tool does.")
    if len(public) > 1:
        raise UsageError(
            f"{' and '.join(public)} could each be the tool.",
            hint=f"Call the one that is meant {name}, or the tool {' or '.join(public)}; helpers may begin with _.",
        )
    return public[0]


def _place(name: str, text: str, error: SyntaxError | ValueError) -> Place:
    lines = text.splitlines() or [""]
    line = min(getattr(error, "lineno", None) or 1, len(lines))
    return Place(source=name, line=line, column=getattr(error, "offset", None) or 1, text=lines[line - 1])
