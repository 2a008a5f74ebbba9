"""A program from a cell: assignments become its parts, `def forward(...)` its flow."""

from __future__ import annotations

import ast
import hashlib
import inspect
import linecache
import sys
from collections.abc import Mapping
from typing import Any

from nbdspy.errors import Place, UsageError
from nbdspy.modules.module import Module

MAKE = "__nbdspy_make__"  # the function that the compiled cell defines, for a moment, in the user's namespace


def module(text: str, *, name: str = "Program", scope: dict[str, Any] | None = None) -> Module:
    """A program from its text.

    The text is the user's own Python. Names that are assigned become parts (`answer = ChainOfThought(...)`), functions
    become methods, and both are used by their bare names or through `self`. Names of nbdspy need no import.

    Args:
        text: The assignments and at least `def forward(...)`.
        name: The program's class is called so.
        scope: The namespace that the code sees and keeps seeing; by default the caller's globals.

    Raises:
        UsageError: For a syntax error or a statement that is no part of a program; points at the place.

    Example:
        >>> program = module('''
        ... answer = ChainOfThought("question -> answer")
        ...
        ... def forward(question):
        ...     return answer(question=question)
        ... ''', name="Ask")
        >>> program
        Ask(
          answer.predict: question -> reasoning, answer
        )
    """
    scope = sys._getframe(1).f_globals if scope is None else scope
    filename = f"<{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    try:
        body = ast.parse(text, filename=filename).body
    except SyntaxError as error:
        raise _at(name, text, error.lineno or 1, error.offset or 1, error.msg or "cannot be read") from error
    tree = _class_tree(name, body, text, scope)
    exec(compile(tree, filename, "exec"), scope)
    make, given = scope.pop(MAKE), _given_names()
    program_class = make(*(given[argument] for argument in inspect.signature(make).parameters))
    program_class.__source__ = text
    program_class.__module__ = scope.get("__name__", "__main__")
    program: Module = program_class()
    return program


def _class_tree(name: str, body: list[ast.stmt], text: str, scope: Mapping[str, Any]) -> ast.Module:
    """The imports, and `def make(Module, ...): class NAME(Module): ...; return NAME`."""
    imports: list[ast.stmt] = []
    parts: list[ast.stmt] = []
    methods: list[ast.stmt] = []
    documentation: list[ast.stmt] = []
    names: set[str] = set()
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                methods.append(statement)
                names.add(statement.name)
            case ast.Assign(targets=targets) if all(isinstance(target, ast.Name) for target in targets):
                parts.append(statement)
                names.update(target.id for target in targets if isinstance(target, ast.Name))
            case ast.AnnAssign(target=ast.Name(id=assigned)):
                parts.append(statement)
                names.add(assigned)
            case ast.Import() | ast.ImportFrom():
                imports.append(statement)
            case ast.Expr(value=ast.Constant(value=str())) if statement is body[0]:
                documentation.append(statement)
            case _:
                raise _at(
                    name, text, statement.lineno, statement.col_offset + 1,
                    "is no part of a program; assign parts (`answer = Predict(...)`) and define functions.",
                )  # fmt: skip
    if not any(
        isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef) and method.name == "forward" for method in methods
    ):
        raise UsageError(f"{name} has no forward.", hint="Add `def forward(...)`: it says how the parts work together.")
    init = _function("__init__", ["self"], parts or [ast.Pass()])
    own = _Own(names)
    init = own.visit(init)
    made = [own.visit(_with_self(method)) for method in methods]
    program_class = ast.ClassDef(
        name=name,
        bases=[ast.Name("Module", ast.Load())],
        keywords=[],
        body=[*documentation, init, *made],
        decorator_list=[],
    )
    given = _given_names()
    used = {node.id for node in ast.walk(program_class) if isinstance(node, ast.Name)}
    wanted = sorted({"Module"} | {word for word in used if word in given and word not in scope})
    make = _function(MAKE, wanted, [program_class, ast.Return(ast.Name(name, ast.Load()))])
    return ast.fix_missing_locations(ast.Module(body=[*imports, make], type_ignores=[]))


class _Own(ast.NodeTransformer):
    """Turns bare names of parts and methods into attributes of `self`, but for a function's own variables."""

    def __init__(self, names: set[str]) -> None:
        self.names = names

    def visit_FunctionDef(self, node: ast.FunctionDef) -> ast.AST:
        return self._scoped(node, node.name == "__init__")

    def visit_AsyncFunctionDef(self, node: ast.AsyncFunctionDef) -> ast.AST:
        return self._scoped(node, False)

    def visit_AnnAssign(self, node: ast.AnnAssign) -> ast.AST:
        node.simple = 0  # its target turns from a name into an attribute
        return self.generic_visit(node)

    def visit_Lambda(self, node: ast.Lambda) -> ast.AST:
        return _Own(self.names - _parameters(node.args)).generic_visit(node)

    def visit_Name(self, node: ast.Name) -> ast.AST:
        if node.id not in self.names:
            return node
        return ast.copy_location(ast.Attribute(ast.Name("self", ast.Load()), node.id, node.ctx), node)

    def _scoped(self, node: ast.FunctionDef | ast.AsyncFunctionDef, is_init: bool) -> ast.AST:
        local = set() if is_init else _parameters(node.args) | {
            inner.id for inner in ast.walk(node) if isinstance(inner, ast.Name) and isinstance(inner.ctx, ast.Store)
        }  # fmt: skip
        return _Own(self.names - local).generic_visit(node)


def _parameters(arguments: ast.arguments) -> set[str]:
    every = [*arguments.posonlyargs, *arguments.args, *arguments.kwonlyargs, arguments.vararg, arguments.kwarg]
    return {argument.arg for argument in every if argument is not None}


def _with_self(method: ast.stmt) -> ast.stmt:
    assert isinstance(method, ast.FunctionDef | ast.AsyncFunctionDef)
    positional = [*method.args.posonlyargs, *method.args.args]
    if not positional or positional[0].arg != "self":
        where = method.args.posonlyargs if method.args.posonlyargs else method.args.args
        where.insert(0, ast.arg("self"))
    return method


def _function(name: str, arguments: list[str], body: list[ast.stmt]) -> ast.FunctionDef:
    return ast.FunctionDef(
        name=name,
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(argument) for argument in arguments],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=body,
        decorator_list=[],
    )


def _given_names() -> dict[str, Any]:
    """The names of this floor and below that a cell may use without importing them."""
    from nbdspy import data, modules, signatures

    return {name: getattr(room, name) for room in (data, signatures, modules) for name in room.__all__}


def _at(name: str, text: str, line: int, column: int, message: str) -> UsageError:
    lines = text.splitlines() or [""]
    shown = lines[min(line, len(lines)) - 1]
    return UsageError(message, place=Place(source=name, line=line, column=column, text=shown))
