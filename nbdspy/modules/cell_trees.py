"""The syntax trees of cells that define a program: what of a cell's body stands in its class, and what beside it."""

from __future__ import annotations

import ast
import copy
from collections.abc import Collection, Iterable, Sequence
from typing import Final

from nbdspy.errors import Place, UsageError, nearest
from nbdspy.modules.bare_names import ThroughSelf, bound
from nbdspy.modules.free_names import free_names
from nbdspy.modules.module import Module

MAKE: Final = "__nbdspy_make__"  # the function that a compiled cell defines, for a moment, in the user's namespace
BASE: Final = "__nbdspy_module__"  # what its class inherits from; a user's own Module stays theirs
FLOWS: Final = ("forward", "aforward")

Method = ast.FunctionDef | ast.AsyncFunctionDef
Part = ast.Assign | ast.AnnAssign


def class_tree(
    name: str, body: Sequence[ast.stmt], text: str, known: Collection[str], given: Collection[str]
) -> ast.Module:
    """A cell of parts and functions: `def make(Predict, ...): class NAME(Module): ...; return [NAME], {...}`.

    Args:
        name: Of the program.
        body: The cell's statements; they are changed.
        text: The cell's text, for messages.
        known: The names that are in the namespace already.
        given: The names that need no import.
    """
    cell = _Cell(name, text, body)
    if all(method.name not in FLOWS for method in cell.methods):
        raise _without_flow(cell)
    before = _made_before(cell)
    beside = [_unhinted(copy.deepcopy(statement)) for statement in before]  # constants stay parts as well
    own = bound([*cell.parts, *(method for method in cell.methods if method not in before)])
    through_self = ThroughSelf(own)
    init = _function("__init__", ["self"], []) if cell.init is None else _reaching(cell.init, through_self)
    init.body = [*(through_self.visit(part) for part in cell.parts), *init.body] or [ast.Pass()]
    methods = [_reaching(_with_self(method), through_self) for method in cell.methods if method not in before]
    program_class = ast.ClassDef(
        name=name,
        bases=[ast.Name(BASE, ast.Load())],
        keywords=[],
        body=[*cell.documentation, init, *methods],
        decorator_list=[],
    )
    outside = [statement.name for statement in cell.classes]
    made = [*_declared(outside), *beside, program_class, _returned([name], outside)]
    return _tree(cell.imports, made, known, given)


def _without_flow(cell: _Cell) -> UsageError:
    """What to say of a cell without a `forward`, or with something that was meant as one."""
    for method in cell.methods:
        if (meant := nearest(method.name, FLOWS)) is not None:
            said = f"{cell.name} has no forward. Did you mean {meant}, and wrote {method.name}?"
            return mistake(cell.name, cell.text, method, said)
    return UsageError(
        f"{cell.name} has no forward.", hint="Add `def forward(...)`: it says how the parts work together."
    )


def whole_tree(
    name: str, body: Sequence[ast.stmt], text: str, known: Collection[str], given: Collection[str]
) -> ast.Module:
    """A cell of classes, which runs as it stands: what it binds is the namespace's, but the class called like it."""
    imports = [part for part in body if isinstance(part, ast.Import | ast.ImportFrom)]
    rest = [_unhinted(part) for part in body if part not in imports]
    classes = [part.name for part in rest if isinstance(part, ast.ClassDef)]
    outside = sorted(bound(rest) - ({name} & set(classes)))
    return _tree(imports, [*_declared(outside), *rest, _returned(classes, outside)], known, given)


def mistake(name: str, text: str, node: ast.stmt | ast.expr, message: str) -> UsageError:
    """The error that points at a node of a cell."""
    return UsageError(message, place=place_in(name, text, node.lineno, node.col_offset + 1))


def place_in(name: str, text: str, line: int, column: int) -> Place:
    """A place in a cell's text."""
    lines = text.splitlines() or [""]
    return Place(source=name, line=line, column=column, text=lines[min(line, len(lines)) - 1])


class _Cell:
    """The statements of a cell by what they are for.

    Raises:
        UsageError: For one that is for nothing; points at it.
    """

    def __init__(self, name: str, text: str, body: Sequence[ast.stmt]) -> None:
        self.name = name
        self.text = text
        self.imports: list[ast.stmt] = []
        self.parts: list[ast.stmt] = []
        self.methods: list[Method] = []
        self.classes: list[ast.ClassDef] = []
        self.documentation: list[ast.stmt] = []
        self.init: ast.FunctionDef | None = None
        for statement in body:
            self._sort(statement, is_first=statement is body[0])
        self.body = list(body)

    def _sort(self, statement: ast.stmt, *, is_first: bool) -> None:
        match statement:
            case ast.FunctionDef(name="__init__"):
                self.init = statement
                self._check_init(statement)
            case ast.FunctionDef() | ast.AsyncFunctionDef():
                self.methods.append(statement)
            case ast.ClassDef():
                if statement.name == self.name:
                    raise self.mistake(statement, "is what the program is called; name the class otherwise.")
                self.classes.append(statement)
            case ast.Assign(targets=targets) if all(map(self._is_part, targets)):
                self._check_part(statement)
                self.parts.append(statement)
            case ast.AnnAssign(target=ast.Name(), value=ast.expr()):
                self._check_part(statement)
                self.parts.append(statement)
            case ast.Import() | ast.ImportFrom():
                self.imports.append(statement)
            case ast.Expr(value=ast.Constant(value=str())) if is_first:
                self.documentation.append(statement)
            case _:
                raise self.mistake(
                    statement, "is no part of a program; assign parts (`answer = Predict(...)`) and define functions."
                )

    def mistake(self, node: ast.stmt | ast.expr, message: str) -> UsageError:
        return mistake(self.name, self.text, node, message)

    def _is_part(self, target: ast.expr) -> bool:
        """A name, several names, or something of an earlier part."""
        match target:
            case ast.Name():
                return True
            case ast.Tuple(elts=targets) | ast.List(elts=targets):
                return all(map(self._is_part, targets))
            case ast.Starred(value=value):
                return self._is_part(value)
            case ast.Attribute(value=owner) | ast.Subscript(value=owner):
                while isinstance(owner, ast.Attribute | ast.Subscript):
                    owner = owner.value
                return isinstance(owner, ast.Name) and owner.id in bound(self.parts)
        return False

    def _check_part(self, part: ast.stmt) -> None:
        """A part must not hide what every program can do."""
        for word in sorted(bound([part])):
            if word in FLOWS:
                raise self.mistake(part, f"is no part but the flow; write it as `def {word}(...)`.")
            if hasattr(Module, word):
                raise self.mistake(part, f"Every program has a `{word}` of its own; name the part otherwise.")

    def _check_init(self, init: ast.FunctionDef) -> None:
        positional = [*init.args.posonlyargs, *init.args.args]
        if not positional or positional[0].arg != "self":
            raise self.mistake(init, "An `__init__` needs `self` to put parts on.")


def _made_before(cell: _Cell) -> list[ast.stmt]:
    """What is made before the program's class is, in the cell's order: classes, and what they and headings use.

    Decorators and defaults are evaluated with the class, before there is a program that has parts; a function that they
    use is no method, and of the parts only constants can be known to them.
    """
    functions = {method.name: method for method in cell.methods if method.name not in FLOWS}
    constants = {
        target.id: part
        for part in cell.parts
        if isinstance(part, Part) and part.value is not None and _is_literal(part.value)
        for target in (part.targets if isinstance(part, ast.Assign) else [part.target])
        if isinstance(target, ast.Name)
    }
    own = bound([*cell.parts, *cell.methods])
    found: list[ast.stmt] = list(cell.classes)
    left: list[ast.stmt | ast.expr] = [*cell.classes, *_headings(cell)]
    while left:
        user = left.pop()
        used = free_names(ast.unparse(user))
        for word in sorted((used.now | used.later) & own):
            made = functions.get(word) or constants.get(word)
            if made is None:
                place = next(node for node in ast.walk(user) if isinstance(node, ast.Name) and node.id == word)
                raise cell.mistake(place, f"`{word}` is a part, which is known only inside of the program's functions.")
            if made not in found:
                found.append(made)
                left.append(made)
    return [statement for statement in cell.body if statement in found]


def _headings(cell: _Cell) -> Iterable[ast.expr]:
    for method in [*cell.methods, *([cell.init] if cell.init is not None else [])]:
        defaults = [*method.args.defaults, *method.args.kw_defaults]
        yield from (heading for heading in (*defaults, *method.decorator_list) if heading is not None)


def _is_literal(value: ast.expr) -> bool:
    try:
        ast.literal_eval(value)
    except (ValueError, TypeError, SyntaxError, MemoryError, RecursionError):
        return False
    return True


def _unhinted(statement: ast.stmt) -> ast.stmt:
    """A statement that may stand beside a `global` of its name, which an annotated one may not."""
    if not isinstance(statement, ast.AnnAssign):
        return statement
    plain = ast.Pass() if statement.value is None else ast.Assign([statement.target], statement.value)
    return ast.copy_location(plain, statement)


def _reaching(method: Method, through_self: ThroughSelf) -> Method:
    """A method that reaches parts in its body; its defaults and decorators, which are made before, stay as they are."""
    arguments, decorators = method.args, method.decorator_list
    defaults, named_defaults = arguments.defaults, arguments.kw_defaults
    arguments.defaults, arguments.kw_defaults, method.decorator_list = [], [], []
    through_self.visit(method)
    arguments.defaults, arguments.kw_defaults, method.decorator_list = defaults, named_defaults, decorators
    return method


def _with_self(method: Method) -> Method:
    """A method; `self` is added where it is neither there nor out of place."""
    decorators = {ast.unparse(decorator) for decorator in method.decorator_list}
    positional = [*method.args.posonlyargs, *method.args.args]
    if not decorators & {"staticmethod", "classmethod"} and (not positional or positional[0].arg != "self"):
        where = method.args.posonlyargs if method.args.posonlyargs else method.args.args
        where.insert(0, ast.arg("self"))
    return method


def _tree(
    imports: Sequence[ast.stmt], body: Sequence[ast.stmt], known: Collection[str], given: Collection[str]
) -> ast.Module:
    """The imports, and the function that makes the rest, which gets the names it uses and nobody else binds."""
    theirs = {*known, *bound(imports), *bound(body)}
    declared = {word for part in body if isinstance(part, ast.Global) for word in part.names}
    used = {node.id for part in body for node in ast.walk(part) if isinstance(node, ast.Name)}
    make = _function(MAKE, sorted((used & set(given)) - theirs - declared), body)
    return ast.fix_missing_locations(ast.Module(body=[*imports, make], type_ignores=[]))


def _declared(names: Sequence[str]) -> list[ast.stmt]:
    return [ast.Global(list(names))] if names else []


def _returned(classes: Sequence[str], names: Sequence[str]) -> ast.stmt:
    """`return [classes], {"name": name, ...}`."""
    listed = ast.List([ast.Name(word, ast.Load()) for word in classes], ast.Load())
    named = ast.Dict([ast.Constant(word) for word in names], [ast.Name(word, ast.Load()) for word in names])
    return ast.Return(ast.Tuple([listed, named], ast.Load()))


def _function(name: str, arguments: Sequence[str], body: Sequence[ast.stmt]) -> ast.FunctionDef:
    return ast.FunctionDef(
        name=name,
        args=ast.arguments(
            posonlyargs=[],
            args=[ast.arg(argument) for argument in arguments],
            kwonlyargs=[],
            kw_defaults=[],
            defaults=[],
        ),
        body=list(body),
        decorator_list=[],
    )
