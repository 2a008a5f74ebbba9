"""Lines of magics, and what is said of each: the one truth that Python's reading and the editor's are held to.

`python -m tests.jupyter.line_cases` writes down what Python says now.
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, Final

from IPython.core.inputtransformer2 import assemble_continued_line
from IPython.core.interactiveshell import InteractiveShell

from nbdspy.errors import UsageError
from nbdspy.jupyter.manuals import MANUALS
from nbdspy.jupyter.namespace import Namespace

PLACE: Final = Path(__file__).with_name("line_cases.json")


def cases() -> list[dict[str, Any]]:
    """Each case: a line with its magic, and the mistake, if there is one.

    `kernel` stands where only a kernel can tell; there the editor says nothing.
    """
    found: list[dict[str, Any]] = json.loads(PLACE.read_text(encoding="utf-8"))
    return found


def mistake(line: str, shell: InteractiveShell) -> dict[str, Any] | None:
    """What Python says of a line; columns count from 1, in characters of the line as IPython joins it."""
    lines = line.splitlines(keepends=True)
    magic, _, text = assemble_continued_line(lines, (0, 0), len(lines) - 1).partition(" ")
    try:
        MANUALS[magic.lstrip("%")].read(text, Namespace(shell), is_cell=magic.startswith("%%"))
    except UsageError as error:
        refused = error
    else:
        return None
    place = refused.place
    assert place is not None
    return {"message": refused.message, "hint": refused.hint, "column": place.column, "width": place.width}


if __name__ == "__main__":
    shell = InteractiveShell()
    shell.user_ns.update(train=[1], x=3)
    said = [{**case, "mistake": mistake(case["text"], shell)} for case in cases()]
    PLACE.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
