"""A signature as Python: a class statement, or a class's body after a paragraph of instruction; read, never run."""

from __future__ import annotations

import ast
import inspect
import re
from collections.abc import Mapping
from typing import Any

from nbdspy.errors import SignatureError, did_you_mean
from nbdspy.signatures.field_lists import Declaration, read_literal, read_name
from nbdspy.signatures.fields import OPTIONS, WITHOUT_EFFECT, Field, InputField, OutputField
from nbdspy.signatures.pieces import Piece
from nbdspy.signatures.type_expressions import read_type

_CLASS = re.compile(r"^[ \t]*class\s+\w+\s*\(", re.MULTILINE)
_DECLARATION = re.compile(r"\b(?:Input|Output)Field\s*\(")
_ARROW_LINE = re.compile(r"^\s*->\s*$", re.MULTILINE)
_DECLARES = {"InputField": InputField, "OutputField": OutputField}


def is_class(cell: Piece) -> bool:
    """Whether a text declares its fields as Python does."""
    if _CLASS.match(cell.text.lstrip()):
        return True
    python = _DECLARATION.search(cell.text) or _CLASS.search(cell.text)
    return python is not None and not _ARROW_LINE.search(cell.text)


def read_class(cell: Piece, scope: Mapping[str, Any]) -> tuple[str, list[Declaration]]:
    """The instruction and the fields of a class or of its body."""
    if _CLASS.search(cell.text):
        statements = _statements(cell)
        if len(statements) != 1 or not isinstance(statements[0], ast.ClassDef):
            others = (statement for statement in statements if not isinstance(statement, ast.ClassDef))
            stray = next(others, statements[-1])  # it may be a second class
            raise cell.of_node(stray).error(
                "only one class stands in a signature.", "Run the rest in a cell of Python."
            )
        _check_base(cell, statements[0])
        above, (instruction, declarations) = "", _read_body(cell, statements[0].body, scope)
    else:
        prose, body = _parted(cell)
        above, (instruction, declarations) = prose.text.strip(), _read_body(body, _statements(body), scope)
    _check_sides(cell, declarations)
    return above or instruction, declarations


def _parted(cell: Piece) -> tuple[Piece, Piece]:
    """The paragraphs above the fields, and the body; a docstring belongs to the body."""
    if cell.text.lstrip()[:1] in ("'", '"'):
        return cell.between(cell.start, cell.start), cell
    first = _DECLARATION.search(cell.text)
    assert first is not None
    body = above = cell.start
    for line in cell.lines():
        if line.start > cell.start + first.start():
            break
        if not line.text.strip():
            above, body = line.start, line.end + 1
    return cell.between(cell.start, above), cell.between(body, cell.end)


def _statements(piece: Piece) -> list[ast.stmt]:
    """The statements of a piece, whose nodes stand where the piece has them even when all of it is indented."""
    first = next(line.text for line in piece.lines() if line.text.strip())
    indented = first[0].isspace()
    try:
        tree = ast.parse("if True:\n" + piece.text if indented else piece.text)
    except (SyntaxError, ValueError, RecursionError, MemoryError) as error:  # the last two: brackets without end
        raise _not_python(piece, error, line_offset=int(indented)) from error
    if not indented:
        return tree.body
    ast.increment_lineno(tree, -1)
    assert isinstance(tree.body[0], ast.If)
    return tree.body[0].body


def _not_python(piece: Piece, error: Exception, *, line_offset: int) -> SignatureError:
    lines, reason, start = piece.lines(), str(error), piece.start
    if isinstance(error, SyntaxError):
        number = min(max((error.lineno or 1) - line_offset, 1), len(lines))
        start = min(lines[number - 1].start + max(0, (error.offset or 1) - 1), lines[number - 1].end)
        reason = error.msg
    is_prose = start <= lines[0].end and not _DECLARATION.search(lines[0].text) and not _CLASS.search(lines[0].text)
    hint = "Leave a blank line between the instruction and the fields." if is_prose else None
    return piece.between(start, piece.end).error(f"this is not Python: {reason}.", hint)


def _check_base(cell: Piece, statement: ast.ClassDef) -> None:
    match statement.bases:
        case [ast.Name(id="Signature") | ast.Attribute(attr="Signature")]:
            return
    raise cell.of_node(statement).error(
        f"{statement.name} must be a subclass of Signature and of nothing else.",
        "Run it in a cell of Python when it has another base.",
    )


def _check_sides(cell: Piece, declarations: list[Declaration]) -> None:
    roles = {field.role for _, field in declarations}
    for role, called in (("input", "InputField"), ("output", "OutputField")):
        if role not in roles:
            place = declarations[-1][0] if declarations else cell.strip()
            raise place.error(f"there is no {role} field.", f"Declare one with = {called}().")


def _read_body(piece: Piece, statements: list[ast.stmt], scope: Mapping[str, Any]) -> tuple[str, list[Declaration]]:
    instruction = ""
    match statements:
        case [ast.Expr(value=ast.Constant(value=str() as text)), *rest]:
            instruction, statements = inspect.cleandoc(text), rest
    return instruction, [_read_statement(piece, statement, scope) for statement in statements]


def _read_statement(piece: Piece, statement: ast.stmt, scope: Mapping[str, Any]) -> Declaration:
    annotation: ast.expr | None = None
    match statement:
        case ast.AnnAssign(target=ast.Name() as target, annotation=annotation, value=ast.Call() as call):
            pass
        case ast.Assign(targets=[ast.Name() as target], value=ast.Call() as call):
            pass
        case ast.AnnAssign(target=ast.Name() as target):
            raise piece.of_node(statement).error(
                f"{target.id} is neither an input nor an output.",
                f"Write {target.id}: … = InputField() or OutputField().",
            )
        case _:
            raise piece.of_node(statement).error("only a docstring and fields stand in a signature.")
    place = piece.of_node(target)
    name = read_name(place)
    type_ = str if annotation is None else read_type(piece.of_node(annotation), scope)
    field = _read_call(piece, call)
    return place, Field(
        role=field.role, name=name, type=type_, description=field.description, default=field.default,
        constraints=field.constraints,
    )  # fmt: skip


def _read_call(piece: Piece, call: ast.Call) -> Field:
    match call.func:
        case ast.Name(id=called) | ast.Attribute(attr=called) if called in _DECLARES:
            pass
        case _:
            raise piece.of_node(call).error("a field is declared by InputField(…) or OutputField(…).")
    if len(call.args) > 1:
        raise piece.of_node(call.args[1]).error("only the description stands without a name.", "Write default=… here.")
    options = {} if not call.args else {"desc": read_literal(piece.of_node(call.args[0]))}
    for option in call.keywords:
        name = _option_name(piece, option)
        options[name] = read_literal(piece.of_node(option.value))
    field: Field = _DECLARES[called](**options)
    return field


def _option_name(piece: Piece, option: ast.keyword) -> str:
    place = piece.of_node(option)
    if option.arg is None:
        raise place.error("options are written out here, by name.")
    if option.arg not in OPTIONS and option.arg not in WITHOUT_EFFECT:
        word = place.between(place.start, place.start + len(option.arg))
        raise word.error(f"a field has no option {option.arg!r}.", did_you_mean(option.arg, OPTIONS))
    return option.arg
