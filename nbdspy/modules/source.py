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
from nbdspy.modules.bare_names import ThroughSelf, bound
from nbdspy.modules.module import Module

MAKE = "__nbdspy_make__"  # the function that the compiled cell defines, for a moment, in the user's namespace
BASE = "__nbdspy_module__"  # what its class inherits from; a user's own Module stays theirs


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
    return module_class(text, name=name, scope=sys._getframe(1).f_globals if scope is None else scope)()


def module_class(text: str, *, name: str, scope: dict[str, Any]) -> type[Module]:
    """The class of a program from its text, by the rules of `module`."""
    filename = f"<{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    try:
        body = ast.parse(text, filename=filename).body
    except SyntaxError as error:
        place = _place(name, text, error.lineno or 1, error.offset or 1)
        raise UsageError(f"Python cannot read this: {error.msg}.", place=place) from error
    tree = _class_tree(name, body, text, scope)
    exec(compile(tree, filename, "exec", dont_inherit=True), scope)
    make, given = scope.pop(MAKE), given_names()
    program_class: Any = make(*(given[argument] for argument in inspect.signature(make).parameters))
    program_class.__source__ = text
    program_class.__module__ = scope.get("__name__", "__main__")
    _named(program_class, name)
    made: type[Module] = program_class
    return made


def _class_tree(name: str, body: list[ast.stmt], text: str, scope: Mapping[str, Any]) -> ast.Module:
    """The imports, and `def make(Module, ...): class NAME(Module): ...; return NAME`."""
    imports: list[ast.stmt] = []
    parts: list[ast.stmt] = []
    methods: list[ast.FunctionDef | ast.AsyncFunctionDef] = []
    documentation: list[ast.stmt] = []
    for statement in body:
        match statement:
            case ast.FunctionDef() | ast.AsyncFunctionDef() if statement.name != "__init__":
                methods.append(statement)
            case ast.Assign(targets=targets) if all(isinstance(target, ast.Name) for target in targets):
                parts.append(statement)
            case ast.AnnAssign(target=ast.Name(), value=ast.expr()):
                parts.append(statement)
            case ast.Import() | ast.ImportFrom():
                imports.append(statement)
            case ast.Expr(value=ast.Constant(value=str())) if statement is body[0]:
                documentation.append(statement)
            case _:
                raise _at(
                    name, text, statement,
                    "is no part of a program; assign parts (`answer = Predict(...)`) and define functions.",
                )  # fmt: skip
    if all(method.name != "forward" for method in methods):
        raise UsageError(f"{name} has no forward.", hint="Add `def forward(...)`: it says how the parts work together.")
    own = bound([*parts, *methods])
    for statement in parts:
        _check_part(name, text, statement)
    for method in methods:
        _check_heading(name, text, method, own)
    through_self = ThroughSelf(own)
    init = _function("__init__", ["self"], [through_self.visit(part) for part in parts] or [ast.Pass()])
    program_class = ast.ClassDef(
        name=name,
        bases=[ast.Name(BASE, ast.Load())],
        keywords=[],
        body=[*documentation, init, *(through_self.visit(_with_self(method)) for method in methods)],
        decorator_list=[],
    )
    known = scope.keys() | bound(imports)
    used = {node.id for node in ast.walk(program_class) if isinstance(node, ast.Name)}
    given = sorted(word for word in used & given_names().keys() if word not in known)
    make = _function(MAKE, given, [program_class, ast.Return(ast.Name(name, ast.Load()))])
    return ast.fix_missing_locations(ast.Module(body=[*imports, make], type_ignores=[]))


def _check_part(name: str, text: str, part: ast.stmt) -> None:
    """A part must not hide what every program can do."""
    for word in sorted(bound([part])):
        if hasattr(Module, word) or word == "forward":
            raise _at(name, text, part, f"Every program has a `{word}` of its own; name the part otherwise.")


def _check_heading(name: str, text: str, method: ast.FunctionDef | ast.AsyncFunctionDef, own: set[str]) -> None:
    """Defaults and decorators are made with the class, before there is a program that has parts."""
    for heading in (*method.args.defaults, *method.args.kw_defaults, *method.decorator_list):
        for node in ast.walk(heading) if heading is not None else ():
            if isinstance(node, ast.Name) and node.id in own:
                raise _at(name, text, node, f"`{node.id}` is a part, which is known only inside of the function.")


def _with_self(method: ast.FunctionDef | ast.AsyncFunctionDef) -> ast.stmt:
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


def given_names() -> dict[str, Any]:
    """What a cell may use without importing it, by name: what this floor and those below make public."""
    from nbdspy import data, modules, signatures

    names = {name: getattr(room, name) for room in (data, signatures, modules) for name in room.__all__}
    return {**names, BASE: Module}


def _named(program_class: type[Module], name: str) -> None:
    """Messages about its functions call them `NAME.forward`, whatever they were made in."""
    program_class.__qualname__ = name
    for made in vars(program_class).values():
        if inspect.isfunction(made):
            made.__qualname__ = f"{name}.{made.__name__}"


def _at(name: str, text: str, node: ast.stmt | ast.expr, message: str) -> UsageError:
    return UsageError(message, place=_place(name, text, node.lineno, node.col_offset + 1))


def _place(name: str, text: str, line: int, column: int) -> Place:
    lines = text.splitlines() or [""]
    return Place(source=name, line=line, column=column, text=lines[min(line, len(lines)) - 1])
