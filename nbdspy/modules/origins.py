"""Where classes and functions come from: the text they were typed as, in a file, a cell or `%%module`."""

from __future__ import annotations
import __future__

import ast
import inspect
import linecache
import sys
import sysconfig
import types
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path
from textwrap import dedent
from typing import Any

from nbdspy.errors import SavedStateError
from nbdspy.modules.bare_names import bound

Function = types.FunctionType
Node = ast.FunctionDef | ast.AsyncFunctionDef | ast.ClassDef | ast.Assign


@dataclass(frozen=True, slots=True)
class Origin:
    """The text of a definition, the name that it binds, and the names that it sees.

    `is_cell` says that it is the text of a `%%module` cell, and `defines` what else that binds; `hints_are_text` that
    its annotations are not evaluated.
    """

    name: str
    text: str
    scope: Mapping[str, Any] = field(repr=False)
    is_cell: bool = False
    defines: Mapping[str, Any] = field(default_factory=dict, repr=False)
    hints_are_text: bool = False


def is_installed(module: str) -> bool:
    """Whether a module comes with Python, with an installed package or with nbdspy, and not from the user.

    Example:
        >>> is_installed("json"), is_installed("nbdspy.modules"), is_installed("__main__")
        (True, True, False)
    """
    top = module.partition(".")[0]
    if top in ("nbdspy", "builtins", "__main__"):
        return top != "__main__"
    file = getattr(sys.modules.get(module), "__file__", None)
    if file is None:
        return top in (*sys.stdlib_module_names, *sys.builtin_module_names)
    places = {Path(sysconfig.get_path(name)).resolve() for name in ("stdlib", "platstdlib", "purelib", "platlib")}
    return any(place in Path(file).resolve().parents for place in places)


def is_definition(value: Any) -> bool:
    """Whether it is a class, a function or a module, which a text names and does not spell."""
    if isinstance(value, types.BuiltinFunctionType):
        return value.__self__ is None or isinstance(value.__self__, types.ModuleType)
    wrapped = callable(value) and isinstance(getattr(value, "__wrapped__", None), types.FunctionType)
    return wrapped or isinstance(value, type | types.FunctionType | types.ModuleType)


def origin_of(thing: Any) -> Origin:
    """The text that a class or a function was typed as, its decorators with it.

    Raises:
        SavedStateError: When there is none, or it is not what runs any more.
    """
    return _class(thing) if isinstance(thing, type) else _function(inspect.unwrap(thing))


def _function(inner: Function) -> Origin:
    code = inner.__code__
    lines = _lines(code.co_filename, inner.__globals__)
    found = [
        node for node in _definitions(lines) if _begins(node) == code.co_firstlineno and _is_of(node, inner.__name__)
    ]
    if len(found) == 1:
        return Origin(
            _name(found[0]), _text(lines, found[0]), _seen_by(inner), hints_are_text=_hints_are_text(inner)
        )  # fmt: skip
    if inner.__name__ == "<lambda>":
        raise SavedStateError(
            "it is a lambda, whose source cannot be told from the line it stands in.",
            hint="Write it as `def`, or alone in its line as `name = lambda ...`.",
        )
    raise SavedStateError(
        f"the source of {inner.__qualname__} is not known, or has changed since it was run.",
        hint="Run its cell, or import its module, again.",
    )


def _class(made: type) -> Origin:
    functions = [function for function in _functions(made) if function.__qualname__.startswith(f"{made.__qualname__}.")]
    scope: dict[str, Any] = dict(vars(sys.modules[made.__module__])) if made.__module__ in sys.modules else {}
    for function in functions:
        scope |= _seen_by(function)
    if "__source__" in vars(made):
        defines = vars(made).get("__defines__", {})
        return Origin(made.__name__, vars(made)["__source__"], scope, is_cell=True, defines=defines)
    for function in functions:
        file = function.__code__.co_filename
        lines = _lines(file, function.__globals__)
        for node in _definitions(lines):
            if isinstance(node, ast.ClassDef) and node.name == made.__name__ and _spans(node, function):
                _check_unchanged(made, node, file)
                return Origin(made.__name__, _text(lines, node), scope, hints_are_text=_hints_are_text(function))
    return Origin(made.__name__, _text_without_functions(made), scope)


def _text_without_functions(made: type) -> str:
    """The text of a class that holds no function which would say where it stands."""
    file = getattr(sys.modules.get(made.__module__), "__file__", None)
    cells = [name for name, entry in linecache.cache.items() if len(entry) == 4 and entry[1] is None]
    texts = []
    for name in [file] if file else cells:
        lines = _lines(name, {})
        texts += [
            _text(lines, node)
            for node in _definitions(lines)
            if isinstance(node, ast.ClassDef) and node.name == made.__name__ and _fits(node, made)
        ]
    if len(set(texts)) == 1:
        return texts[0]
    if texts:
        raise SavedStateError(
            f"the class {made.__name__} is defined in several ways, and nothing says which one is in use.",
            hint="Give it another name in the cell that is right.",
        )
    raise SavedStateError(
        f"the source of the class {made.__name__} is not known.", hint="Define it in a cell or in a file."
    )


def _fits(node: ast.ClassDef, made: type) -> bool:
    """Whether a class statement binds and annotates what the class has."""
    has = {*dir(made), *(annotated := inspect.get_annotations(made)), *getattr(made, "__members__", {})}
    hinted = {
        part.target.id for part in node.body if isinstance(part, ast.AnnAssign) and isinstance(part.target, ast.Name)
    }
    return bound(node.body) <= has and hinted == set(annotated)


def _check_unchanged(made: type, node: ast.ClassDef, file: str) -> None:
    """Functions that were put on a class afterwards are in no source of it."""
    names = bound(node.body)
    plain = {
        part.name
        for part in node.body
        if isinstance(part, ast.FunctionDef | ast.AsyncFunctionDef) and not part.decorator_list
    }
    for name, own in vars(made).items():
        if not isinstance(own, Function) or (name in names and name not in plain):
            continue
        inner = inspect.unwrap(own)
        is_typed = bool(_lines(inner.__code__.co_filename, inner.__globals__))
        if is_typed and not (inner.__code__.co_filename == file and _spans(node, inner)):
            raise SavedStateError(
                f"{made.__name__}.{name} is not the one that the class was written with.",
                hint="Write it into the class, and run that again.",
            )


def _functions(made: type) -> Iterator[Function]:
    for value in vars(made).values():
        match value:
            case Function():
                yield inspect.unwrap(value)
            case classmethod() | staticmethod() if isinstance(value.__func__, Function):
                yield inspect.unwrap(value.__func__)
            case property(fget=Function() as getter):
                yield getter


def _seen_by(function: Function) -> dict[str, Any]:
    """The names that a function sees outside of itself: its module's, and those of the functions around it."""
    seen = dict(function.__globals__)
    for name, cell in zip(function.__code__.co_freevars, function.__closure__ or (), strict=True):
        try:
            seen[name] = cell.cell_contents
        except ValueError:  # nothing was assigned yet
            continue
    return seen


def _hints_are_text(function: Function) -> bool:
    return bool(function.__code__.co_flags & __future__.annotations.compiler_flag)


def _lines(file: str, scope: Mapping[str, Any]) -> list[str]:
    return linecache.getlines(file, dict(scope))


def _definitions(lines: list[str]) -> Iterator[Node]:
    """Every definition of a text, also those inside of others; a lambda where it is alone and has a name."""
    try:
        tree = ast.parse("".join(lines))
    except SyntaxError:  # a file that is being edited
        return
    for node in ast.walk(tree):
        match node:
            case ast.FunctionDef() | ast.AsyncFunctionDef() | ast.ClassDef():
                yield node
            case ast.Assign(targets=[ast.Name()], value=ast.Lambda() as value):
                if sum(isinstance(inner, ast.Lambda) for inner in ast.walk(value)) == 1:
                    yield node


def _is_of(node: Node, name: str) -> bool:
    return name == ("<lambda>" if isinstance(node, ast.Assign) else node.name)


def _name(node: Node) -> str:
    target = node.targets[0] if isinstance(node, ast.Assign) else node
    return target.id if isinstance(target, ast.Name) else getattr(target, "name", "")


def _begins(node: Node) -> int:
    decorators = [] if isinstance(node, ast.Assign) else node.decorator_list
    return min([node.lineno, *(decorator.lineno for decorator in decorators)])


def _spans(node: Node, function: Function) -> bool:
    return _begins(node) <= function.__code__.co_firstlineno <= (node.end_lineno or 0)


def _text(lines: list[str], node: Node) -> str:
    return dedent("".join(lines[_begins(node) - 1 : node.end_lineno])).rstrip() + "\n"
