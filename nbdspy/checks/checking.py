"""Running a check: every assertion is asked, and those that fail say why."""

from __future__ import annotations

import ast
import hashlib
import linecache
import sys
import warnings
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, redirect_stderr
from io import StringIO
from numbers import Real
from textwrap import dedent
from typing import Any, Final

from nbdspy.checks import hints, reaching, watching
from nbdspy.checks.recorder import Recorder
from nbdspy.checks.results import Checked
from nbdspy.errors import Place, UsageError, described, unknown_name
from nbdspy.models.budget import Budget
from nbdspy.models.redaction import redact
from nbdspy.models.tallies import spending

MOST_NOTES: Final = 8


def check(
    text: str, name: str = "Check", *, points: float | None = None, scope: Mapping[str, Any] | None = None
) -> Checked:  # fmt: skip
    """Check what was made, by assertions that explain themselves.

    The text is ordinary Python with ordinary assertions. All of them are asked, also after one has failed. A comment
    above an assertion or behind it is its hint. What the text assigns is gone afterwards, so a check can be run again.

    Args:
        text: The assertions, and what they need.
        name: What the check is called.
        points: What it is worth, if anything: all of it or none.
        scope: The variables that the text sees; by default the caller's.

    Raises:
        CheckFailed: When an assertion fails, when none is reached, or one in a loop or a function never, or when the
            text raises an error; says which, with the values and the hint.
        UsageError: For a text that Python cannot read, or that asserts nothing.

    Example:
        >>> answers = {"two": 2, "three": 4}
        >>> check('''
        ... assert answers["two"] == 2
        ... # Count with your fingers.
        ... assert answers["three"] == 3
        ... ''', "Numbers", points=2)
        Traceback (most recent call last):
        nbdspy.errors.CheckFailed: Numbers: failed, 1 of 2 assertions failed, 0 of 2 points
        line 4: assert answers["three"] == 3
            4 == 3
            answers is {'three': 4, 'two': 2}
            Hint: Count with your fingers.
    """
    if scope is None:
        caller = sys._getframe(1)
        scope = {**caller.f_globals, **caller.f_locals}
    found = checked(text, name, points=points, scope=scope)
    if not found.is_passed:
        raise found.error()
    return found


def checked(
    text: str, name: str = "Check", *, points: float | None = None, scope: Mapping[str, Any] | None = None
) -> Checked:  # fmt: skip
    """What `check` finds, also when that is not as it should be; sees nothing but `scope`.

    Raises:
        UsageError: For a text that Python cannot read, or that asserts nothing.
    """
    if points is not None and (not isinstance(points, Real) or not points >= 0):
        raise UsageError(f"points cannot be {points!r}.", hint="Give a number from 0, or leave it out.")
    text = dedent(text)
    filename = f"<{name}-{hashlib.sha256(text.encode(errors='backslashreplace')).hexdigest()[:8]}>"
    linecache.cache[filename] = (len(text), None, text.splitlines(keepends=True), filename)
    tree = _parsed(text, name, filename)
    nodes = watching.assertions(tree)
    if not nodes:
        raise UsageError(
            f"{name} asserts nothing.",
            hint="Write `assert …`; where a grader hides assertions, leave one that everybody may see.",
        )
    said, alone = hints.comments(text)
    texts = [hints.hint(said, alone, node.lineno, node.end_lineno or node.lineno) for node in nodes]
    variables = dict(scope or {})

    def told(error: BaseException) -> str:
        return _told(error, text, filename, name, variables)

    recorder = Recorder(nodes, reaching.gates(tree), text, texts, told)
    variables[watching.RECORDER] = recorder
    code = compile(watching.watched(tree, nodes, recorder.gates, text), filename, "exec", dont_inherit=True)
    ended = ""
    with spending(Budget()) as budget, _quiet() as notes:
        try:
            exec(code, variables)
        except Exception as error:  # the text is foreign code, and so is what it calls
            ended = f"Line {_line(error, filename)} raised {told(error)}"
    return Checked(
        name=name,
        assertions=recorder.assertions(is_ended=bool(ended)),
        points=points,
        ended=ended,
        notes=tuple(notes),
        spent=budget.spent,
    )


@contextmanager
def _quiet() -> Iterator[list[str]]:
    """Keeps what would be written to stderr: graders take that for a failure."""
    notes: list[str] = []
    with warnings.catch_warnings(record=True) as warned, redirect_stderr(StringIO()) as said:
        yield notes
    notes += [f"{one.category.__name__}: {one.message}" for one in warned]
    notes += said.getvalue().splitlines()[:MOST_NOTES]
    notes[:] = [str(redact(note)) for note in dict.fromkeys(notes)][:MOST_NOTES]


def _parsed(text: str, name: str, filename: str) -> ast.Module:
    try:
        tree = ast.parse(text, filename)
        compile(text, filename, "exec", dont_inherit=True)  # a `return` outside of a function parses
    except (SyntaxError, ValueError) as error:  # the second for a NUL
        lines = text.splitlines() or [""]
        line = min(getattr(error, "lineno", None) or 1, len(lines))
        is_magic = lines[line - 1].lstrip().startswith(("%", "!"))
        raise UsageError(
            f"Python cannot read this: {error.args[0]}.",
            hint="A check has no magics; call their functions, such as nbdspy.evaluate(...)." if is_magic else None,
            place=Place(source=name, line=line, column=getattr(error, "offset", None) or 1, text=lines[line - 1]),
        ) from error
    return tree


def _told(error: BaseException, text: str, filename: str, name: str, variables: Mapping[str, Any]) -> str:
    """What to say of an error; of a name that nothing has, the nearest that there is."""
    if isinstance(error, NameError):
        known = [word for word in variables if not word.startswith("_")]  # Python's own are not what was to be made
        unknown = unknown_name(error, text, filename=filename, source=name, known=known)
        if unknown is not None:
            return f"NameError: {unknown.message} {unknown.hint}"
    return str(redact(described(error)))


def _line(error: BaseException, filename: str) -> int:
    """The last line of the text on the way to an error."""
    line, at = 1, error.__traceback__
    while at is not None:
        line = at.tb_lineno if at.tb_frame.f_code.co_filename == filename else line
        at = at.tb_next
    return line
