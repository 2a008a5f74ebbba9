"""Answers that are formulas, equal when they are written alike or are the same number (MATH)."""

from __future__ import annotations

import re
from fractions import Fraction
from typing import Any

from nbdspy.data import Example, Prediction
from nbdspy.evaluation.columns import answer_name, label, output

_ALIKE: tuple[tuple[str, str], ...] = (  # what may be written in two ways, in the order in which it is undone
    (r"\\[dtc]frac(?![a-zA-Z])", r"\\frac"),
    (r"\\(?:left|right|displaystyle|big|Big|bigl|bigr)(?![a-zA-Z])", ""),
    (r"\\[!,;:>]|\\ |\\q?quad(?![a-zA-Z])|~", ""),  # spaces
    (r"\{,\}", ","),
    (r"\^\{?\\circ\}?|\\degree(?![a-zA-Z])|°", ""),
    (r"\\?[$%]|\\[()\[\]]", ""),
    (r"(?<=[^\s{(\[,])\s*\\(?:text|mbox|mathrm|textrm)\{[^{}]*\}(?:\^\{?\d\}?)?$", ""),  # a unit behind a number
    (r"\\(?:text|mbox|mathrm|textrm|textbf|mathbf)\{([^{}]*)\}", r"\1"),
    (r"^\s*(?:[a-zA-Z]|[a-zA-Z]\([a-zA-Z]\))\s*(?:=|\\in(?![a-zA-Z]))", ""),  # x = 5
    (r"\s+", ""),
    (r"\\frac(\w)(\w)", r"\\frac{\1}{\2}"),
    (r"\\frac(\w)(?=\{)", r"\\frac{\1}"),
    (r"(\\frac\{[^{}]*\})(\w)", r"\1{\2}"),
    (r"\\sqrt(\w)", r"\\sqrt{\1}"),
    (r"^(-?)(\w+)/(\w+)$", r"\1\\frac{\2}{\3}"),
    (r"(?<!\d)\.(?=\d)", "0."),
    (r"[.。]$", ""),
)
_BOX = re.compile(r"\\(?:boxed|fbox)(?![a-zA-Z])")
_PADDED = re.compile(r"[+-]?0\d")
_WHOLE = re.compile(r"[-+]?(?:\d+|\d{1,3}(?:,\d{3})+)(?:\.\d+)?")
_QUOTIENT = re.compile(r"(-?)\\frac\{(-?\d+)\}\{(-?\d+)\}")
_LIST = re.compile(r"([(\[]|\\\{)(.*)([)\]]|\\\})", re.DOTALL)


def math_metric(example: Example, prediction: Prediction, trace: Any = None) -> bool:
    r"""Whether the answer is the example's, as mathematics: `\frac12` is 0.5, a box around it does not count.

    Raises:
        DataError: When the example has no answer, or the program gives none.

    Example:
        >>> math_metric(Example(answer=r"\frac{1}{2}"), Prediction(answer=r"so it is \boxed{0.5}"))
        True
    """
    name = answer_name(example, prediction)
    return math_equivalent(label(example, name), output(prediction, name))


def math_equivalent(expected: Any, given: Any) -> bool:
    """Whether two formulas are written alike, or are the same number, element by element in tuples and intervals.

    Nothing is computed or rearranged: `x+1` and `1+x` differ, as in the evaluation that MATH came with.
    """
    if expected is None or given is None:
        return expected is given
    return _equal(_plain(str(expected)), _plain(str(given)))


def boxed(text: str) -> str | None:
    r"""What stands in the last `\boxed{…}` of a solution; None without one.

    Example:
        >>> boxed(r"Hence $x = \boxed{\frac{1}{2}}$.")
        '\\frac{1}{2}'
    """
    opened = list(_BOX.finditer(text))
    if not opened:
        return None
    rest = text[opened[-1].end() :].lstrip()
    if not rest.startswith("{"):  # \boxed 5
        return re.split(r"[\s$]", rest, maxsplit=1)[0] or None
    depth = 0
    for end, letter in enumerate(rest):
        depth += (letter == "{") - (letter == "}")
        if depth == 0:
            return rest[1:end].strip()
    return rest[1:].strip()  # the text was cut


def _plain(text: str) -> str:
    """A formula without what changes its look only."""
    text = (boxed(text) or text).strip()
    for pattern, replacement in _ALIKE:
        text = re.sub(pattern, replacement, text)
    return text


def _equal(expected: str, given: str) -> bool:
    if expected == given:
        return True
    numbers = _number(expected), _number(given)
    if None not in numbers:
        return numbers[0] == numbers[1]
    lists = _LIST.fullmatch(expected), _LIST.fullmatch(given)
    if lists[0] is None or lists[1] is None or lists[0].group(1, 3) != lists[1].group(1, 3):
        return False
    elements = _elements(lists[0].group(2)), _elements(lists[1].group(2))
    return len(elements[0]) == len(elements[1]) and all(map(_equal, *elements))


def _number(text: str) -> Fraction | None:
    if _PADDED.match(text):
        return None  # part of a longer number: the 000 of 1,000
    if _WHOLE.fullmatch(text):
        return Fraction(text.replace(",", ""))
    quotient = _QUOTIENT.fullmatch(text)
    if quotient is None or int(quotient.group(3)) == 0:
        return None
    sign = -1 if quotient.group(1) else 1
    return sign * Fraction(int(quotient.group(2)), int(quotient.group(3)))


def _elements(text: str) -> list[str]:
    """The parts between the commas that stand in no brackets."""
    parts, depth = [""], 0
    for letter in text:
        depth += (letter in "([{") - (letter in ")]}")
        if letter == "," and depth == 0:
            parts.append("")
        else:
            parts[-1] += letter
    return parts
