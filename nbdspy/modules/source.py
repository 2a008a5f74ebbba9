"""A program from a cell: assignments become its parts, `def forward(...)` its flow; or its class, as in Python."""

from __future__ import annotations

import ast
import builtins
import hashlib
import inspect
import linecache
import sys
from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from nbdspy.errors import UsageError, unknown_name
from nbdspy.modules.cell_trees import BASE, FLOWS, MAKE, class_tree, mistake, place_in, whole_tree
from nbdspy.modules.module import Module


def module(text: str, *, name: str = "Program", scope: dict[str, Any] | None = None) -> Module:
    """A program from its text.

    The text is the user's own Python. Names that are assigned become parts (`answer = ChainOfThought(...)`), functions
    become methods, and both are used by their bare names or through `self`. An `__init__` may add to the parts. Classes
    stand beside the program, in the namespace, as imports do; functions and constants that they, decorators or defaults
    use are made before the program is. A text without a `forward` of its own runs as it stands, and the program is the
    class in it that is called like it, else the last class that is a Module. Names of nbdspy need no import.

    Args:
        text: The assignments and at least `def forward(...)`; or classes.
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
    made = module_class(text, name=name, scope=scope)
    _check_bare(made, name, text)
    try:
        return made()
    except NameError as error:
        raise _unknown(error, name, text, scope) or error from error


def module_class(text: str, *, name: str, scope: dict[str, Any]) -> type[Module]:
    """The class of a program from its text, by the rules of `module`."""
    filename = _filename(name, text)
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    try:
        body = ast.parse(text, filename=filename).body
        compile(text, filename, "exec", dont_inherit=True)  # a `return` outside of a function parses
    except SyntaxError as error:
        place = place_in(name, text, error.lineno or 1, error.offset or 1)
        raise UsageError(f"Python cannot read this: {error.msg}.", place=place) from error
    given = given_names()
    flows = any(isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and part.name in FLOWS for part in body)
    classes = any(isinstance(part, ast.ClassDef) for part in body)
    tree = (whole_tree if classes and not flows else class_tree)(name, body, text, scope.keys(), given.keys())
    exec(compile(tree, filename, "exec", dont_inherit=True), scope)
    make = scope.pop(MAKE)
    try:
        found, defined = make(*(given[argument] for argument in inspect.signature(make).parameters))
    except NameError as error:
        raise _unknown(error, name, text, scope) or error from error
    program_class: Any = _chosen(found, name)
    program_class.__source__ = text
    program_class.__defines__ = {**defined, **{word: scope[word] for word in defined if word in scope}}
    program_class.__module__ = scope.get("__name__", "__main__")
    _named(program_class)
    made: type[Module] = program_class
    return made


def given_names() -> dict[str, Any]:
    """What a cell may use without importing it, by name: what this floor and those below make public."""
    from nbdspy import data, modules, signatures

    names = {name: getattr(room, name) for room in (data, signatures, modules) for name in room.__all__}
    return {**names, BASE: Module}


def _filename(name: str, text: str) -> str:
    return f"<{name}-{hashlib.sha256(text.encode()).hexdigest()[:8]}>"


def _unknown(error: NameError, name: str, text: str, scope: Mapping[str, Any]) -> UsageError | None:
    """What to say of a misspelt name in a cell."""
    known = [word for word in (*given_names(), *scope, *vars(builtins)) if not word.startswith("_")]
    return unknown_name(error, text, filename=_filename(name, text), source=name, known=known)


def _chosen(classes: Sequence[type], name: str) -> type[Module]:
    """The program's class among those that a text defines."""
    programs = [made for made in classes if isinstance(made, type) and issubclass(made, Module)]
    if not programs:
        raise UsageError(
            f"{name} has no forward.", hint="Add `def forward(...)`, or a class that is made from Module and has one."
        )
    return next((made for made in programs if made.__name__ == name), programs[-1])


def _check_bare(made: type[Module], name: str, text: str) -> None:
    """A program is made here, by nothing but its class."""
    try:
        inspect.signature(made).bind()
    except TypeError as error:
        nodes = ast.walk(ast.parse(text))
        own = next((node for node in nodes if isinstance(node, ast.ClassDef) and node.name == made.__name__), None)
        for node in ast.walk(own or ast.parse(text)):
            if isinstance(node, ast.FunctionDef) and node.name == "__init__":
                said = f"{made.__name__} is made without arguments here, and this asks for some: {error}."
                raise mistake(name, text, node, f"{said} Give them defaults.") from error
        raise


def _named(program_class: type[Module]) -> None:
    """Messages about its functions call them `NAME.forward`, whatever they were made in."""
    program_class.__qualname__ = program_class.__name__
    for function in _functions(vars(program_class)):
        function.__qualname__ = f"{program_class.__name__}.{function.__name__}"


def _functions(parts: Mapping[str, Any]) -> Iterator[Any]:
    for part in parts.values():
        match part:
            case staticmethod() | classmethod():
                yield part.__func__
            case property() if part.fget is not None:
                yield part.fget
            case _ if inspect.isfunction(part):
                yield part
