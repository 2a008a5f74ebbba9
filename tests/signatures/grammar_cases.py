"""Texts of signatures, and what is said of each: the one truth that Python's grammar and the editor's are held to.

`python -m tests.signatures.grammar_cases` writes down what Python says now.
"""

from __future__ import annotations

import json
from collections.abc import Iterable
from pathlib import Path
from typing import Any, Final

from nbdspy.errors import SignatureError
from nbdspy.signatures import read_text

PLACE: Final = Path(__file__).with_name("grammar_cases.json")


def cases() -> list[dict[str, Any]]:
    """Each case: a text, the types that its notebook has, and the mistake, if there is one.

    `python` stands where only a kernel can tell; there the editor says nothing.
    """
    found: list[dict[str, Any]] = json.loads(PLACE.read_text(encoding="utf-8"))
    return found


def mistake(text: str, types: Iterable[str] = ()) -> dict[str, Any] | None:
    """What Python says of a text; lines and columns count from 1, in characters."""
    try:
        read_text(text, scope={name: type(name, (), {}) for name in types}, name="Intent")
    except SignatureError as error:
        refused = error
    else:
        return None
    place = refused.place
    assert place is not None
    return {
        "message": refused.message, "hint": refused.hint,
        "line": place.line, "column": place.column, "width": place.width,
    }  # fmt: skip


if __name__ == "__main__":
    said = [{**case, "mistake": mistake(case["text"], case.get("types", ()))} for case in cases()]
    PLACE.write_text(json.dumps(said, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")
