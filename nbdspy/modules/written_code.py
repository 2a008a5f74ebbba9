"""The Python code in what a model wrote."""

from __future__ import annotations

import re

from nbdspy.errors import CodeExecutionError
from nbdspy.render import short

FENCED = "Python code in a fence: ```python on a line before it, ``` on a line after it"
"""How a field that holds code is described to a model."""

_FENCE = re.compile(
    r"^[ \t]*(?P<fence>`{3,})[ \t]*(?P<language>[^\s`]*)[^\n`]*\n(?P<code>.*?)(?:^[ \t]*(?P=fence)`*[ \t]*$|\Z)",
    re.DOTALL | re.MULTILINE,
)
_ASSIGNMENT = re.compile(r"(?P<name>[^\W\d]\w*)\s*(:[^=]*)?(//|\*\*|>>|<<|[-+*/%@&|^])?=(?!=)")
_PYTHON = {"python", "py", "python3", "py3", "ipython", "repl"}


def python_in(text: str) -> str:
    r"""The code in a reply: what its fences of Python hold, one after another; else the first fence, or the bare text.

    A fence that is not closed, because the reply was cut, ends with the text.

    Raises:
        CodeExecutionError: When there is none, in words for the model that wrote the reply.

    Example:
        >>> python_in("First:\n```python\nx = 6\n```\nThen:\n```python\nprint(x * 7)\n```")
        'x = 6\nprint(x * 7)'
    """
    fences = [(found["language"].lower(), found["code"].rstrip()) for found in _FENCE.finditer(text)]
    filled = [(language, code) for language, code in fences if code.strip()]
    python = [code for language, code in filled if language in _PYTHON]
    if python:
        return "\n".join(python)
    unnamed = [code for language, code in filled if not language]
    if unnamed:
        return unnamed[0]
    if filled:
        raise CodeExecutionError(f"The code is in a fence of {short(filled[0][0])}; only Python is run.")
    code = "" if fences else text.strip().strip("`").strip()
    if not code:
        raise CodeExecutionError("There is no code in the reply; write Python code in a fence of ```python.")
    return code


def assigned_last(code: str) -> str | None:
    """The name that the last statement assigns to, if it does so (PoT paper, section 2: a program binds `ans`).

    Lines are looked at, not syntax: the code is for the Python of the sandbox, which may not be ours.

    Example:
        >>> assigned_last("ans = 6 * 7"), assigned_last("print(42)")
        ('ans', None)
    """
    for line in reversed(code.splitlines()):
        if line.strip() and line[0] not in " \t#)]}":
            found = _ASSIGNMENT.match(line)
            return found["name"] if found else None
    return None
