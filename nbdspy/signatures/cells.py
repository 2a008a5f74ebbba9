"""A signature as a cell: an instruction, the inputs, a line `->`, the outputs.

The paragraph directly before the arrow lists the inputs, the one after it the outputs; all before is the instruction.
A short signature may have its arrow inside the last paragraph: `question -> answer`.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from nbdspy.errors import SignatureError
from nbdspy.signatures.field_lists import Declaration, read_fields
from nbdspy.signatures.fields import Role
from nbdspy.signatures.pieces import Piece
from nbdspy.signatures.scanning import marks

_LOOKS_LIKE_ARROW = re.compile(r"""#[^\n]*|"[^"\n]*"|'[^'\n]*'|(=+>+|[-—–−]+ ?>+|>+=?|[→⇒➔➜➡⟶⟹])""")
"""Its group; comments and quotes hide what is in them."""
_FIELD_START = re.compile(r"\s*[^\W\d]\w*\s*(?:[:=#]|$)")
_MARK = re.compile(r"\s*#+\s*(BEGIN|END)\s+(SOLUTION|PROMPT)\b.*", re.IGNORECASE)
"""What graders put around a part of a cell, which tells the model nothing."""

_ONE_ARROW = "A signature has one, between inputs and outputs."


@dataclass(frozen=True, slots=True)
class _Layout:
    """The parts of a cell before they are read."""

    above: list[Piece]
    inputs: Piece
    arrow: Piece
    outputs: Piece
    below: list[Piece]


def read_cell(cell: Piece, scope: Mapping[str, Any]) -> tuple[str, list[Declaration]]:
    """The instruction and the fields of a cell."""
    layout = _with_arrow_line(cell) or _with_arrow_inside(cell)
    inputs, outputs = _side(layout, "input", scope), _side(layout, "output", scope)
    if layout.below:
        raise _stranded(layout.below[0], "output", scope)
    for paragraph in layout.above:
        if _lists_fields(paragraph, scope):
            raise _stranded(paragraph, "input", scope)
    return _instruction(cell, layout), [*inputs, *outputs]


def _with_arrow_line(cell: Piece) -> _Layout | None:
    lines = cell.lines()
    arrows = [number for number, line in enumerate(lines) if line.text.strip() == "->"]
    if not arrows:
        return None
    if len(arrows) > 1:
        raise lines[arrows[1]].strip().error("this is a second `->`.", _ONE_ARROW)
    arrow = arrows[0]
    first = arrow
    while first > 0 and lines[first - 1].text.strip():
        first -= 1
    last = arrow
    while last + 1 < len(lines) and lines[last + 1].text.strip():
        last += 1
    inputs = cell.between(lines[first].start, lines[arrow].start)
    _refuse_prose(inputs)
    return _Layout(
        above=_paragraphs(cell.between(cell.start, lines[first].start)),
        inputs=inputs,
        arrow=lines[arrow].strip(),
        outputs=cell.between(lines[arrow].end, lines[last].end),
        below=_paragraphs(cell.between(lines[last].end, cell.end)),
    )


def _with_arrow_inside(cell: Piece) -> _Layout:
    """The layout of `question -> answer`, alone or as a paragraph of a cell."""
    paragraphs = _paragraphs(cell)
    holding = [number for number, paragraph in enumerate(paragraphs) if "->" in paragraph.text]
    if not holding:
        raise _no_arrow(cell, paragraphs)
    number = holding[-1]
    paragraph = paragraphs[number]
    _refuse_prose(paragraph)
    arrows = [mark for mark in marks(paragraph) if mark.kind == "->"]
    if not arrows:
        raise _no_arrow(cell, paragraphs)
    arrow = arrows[0]
    for sign in _signs(paragraph):
        if sign.start <= arrow.start < sign.end and sign.text != "->":  # `-->` holds an arrow
            raise _not_the_arrow(sign)
    inputs = paragraph.between(paragraph.start, arrow.start)
    if _is_sentence(inputs.text):  # `Do it. -> answer`
        _refuse_prose(inputs)
    return _Layout(
        above=paragraphs[:number],
        inputs=inputs,
        arrow=paragraph.between(arrow.start, arrow.end),
        outputs=paragraph.between(arrow.end, paragraph.end),
        below=paragraphs[number + 1 :],
    )


def _side(layout: _Layout, role: Role, scope: Mapping[str, Any]) -> list[Declaration]:
    side, apart = (layout.inputs, layout.above[-1:]) if role == "input" else (layout.outputs, layout.below[:1])
    declarations = read_fields(side, role, scope=scope)
    if declarations:
        return declarations
    if apart and all(_FIELD_START.match(line.text) for line in apart[0].lines()):
        raise _stranded(apart[0], role, scope)
    where, example = ("before", "question: str") if role == "input" else ("after", "answer: str")
    raise layout.arrow.error(f"there is no {role} {where} the `->`.", f"Write at least one field, like {example}.")


def _stranded(paragraph: Piece, role: Role, scope: Mapping[str, Any]) -> SignatureError:
    """The error of a paragraph that a blank line keeps from its side."""
    line = paragraph.lines()[-1 if role == "input" else 0].strip()
    if role == "output" and not all(_FIELD_START.match(each.text) for each in paragraph.lines()):
        return line.error("this stands after the outputs.", "Write the instruction above the inputs.")
    where = "after" if role == "input" else "before"
    hint = f"Remove the blank line {where} it"
    if ":" not in paragraph.text and role == "input":
        hint += ", or end it with a full stop if it is the instruction"
    return line.error(f"this {role} stands apart from the `->`.", hint + ".")


def _lists_fields(paragraph: Piece, scope: Mapping[str, Any]) -> bool:
    """Whether a paragraph of the instruction is all field lines; a capitalised word alone is prose."""
    if not all(_FIELD_START.match(line.text) for line in paragraph.lines()):
        return False
    try:
        declarations = read_fields(paragraph, "input", scope=scope)
    except SignatureError:
        return False
    return any(mark.kind in ":=" for mark in marks(paragraph)) or all(field.name.islower() for _, field in declarations)


def _refuse_prose(paragraph: Piece) -> None:
    """An instruction that no blank line divides from the fields below it, or that has none below it."""
    lines = [line.strip() for line in paragraph.lines() if line.text.strip()]
    if not lines or not _is_prose(lines[0].text):
        return
    if not all(_is_prose(line.text) for line in lines):
        raise lines[0].error("this is not a field.", "Leave a blank line between the instruction and the inputs.")
    raise lines[0].error(
        "this is no input, and no other stands before the `->`.", "Write one, like question: str, below a blank line."
    )


def _is_prose(line: str) -> bool:
    is_plain = not any(mark in line for mark in ":=[#,>")
    is_long = len(line.split()) > 2
    return (_is_sentence(line) + is_plain + is_long) >= 2 and not _FIELD_START.match(line)


def _is_sentence(text: str) -> bool:
    return text.rstrip().endswith((".", "!", "?"))


def _no_arrow(cell: Piece, paragraphs: list[Piece]) -> SignatureError:
    for paragraph in paragraphs[::-1]:
        for line in paragraph.lines():
            if not _is_sentence(line.text) and (signs := _signs(line)):
                return _not_the_arrow(signs[0])
    last_line = paragraphs[-1].lines()[-1].strip()
    if "\n" in cell.text.strip():
        return last_line.error("no `->` divides inputs from outputs.", "Write a line `->` between them.")
    return last_line.error("no `->` divides inputs from outputs.", "Write question -> answer, for example.")


def _signs(piece: Piece) -> list[Piece]:
    """What looks like an arrow, outside of quotes and comments."""
    found = _LOOKS_LIKE_ARROW.finditer(piece.whole, piece.start, piece.end)
    return [piece.between(*match.span()) for match in found if match[1]]


def _not_the_arrow(sign: Piece) -> SignatureError:
    return sign.error(f"`{sign.text}` is not the arrow.", "Write `->`.")


def _instruction(cell: Piece, layout: _Layout) -> str:
    """The paragraphs above the inputs as they stand, less the indentation of the whole cell."""
    if not layout.above:
        return ""
    margin_line = next(line for line in cell.lines() if line.start <= layout.arrow.start <= line.end).text
    margin = margin_line[: len(margin_line) - len(margin_line.lstrip())]
    lines = cell.between(layout.above[0].start, layout.above[-1].end).lines()
    return "\n".join(line.text.removeprefix(margin) for line in lines if not _MARK.fullmatch(line.text)).strip()


def _paragraphs(piece: Piece) -> list[Piece]:
    """Runs of lines that are not blank."""
    runs: list[Piece] = []
    follows = False
    for line in piece.lines():
        if not line.text.strip():
            follows = False
            continue
        runs = [*runs[:-1], piece.between(runs[-1].start, line.end)] if follows else [*runs, line]
        follows = True
    return runs
