"""An assignment with our magics, as a teacher writes it: marks of a grader inside of the cells, `%%check` as tests."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import Any

import nbformat

SETUP = """%load_ext nbdspy
import nbdspy
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

def answer(request):
    words = request.messages[-1]["content"].lower()
    knows = "device" in request.messages[0]["content"].lower()
    return chat_text({"intent": "alarm" if "wake" in words else "lights" if knows and "dark" in words else "music"})

model = FakeLM(answer, model="small")
%lm model;"""

SIGNATURE = """%%signature Intent
{begin}
Name the device that the person wants.

request: str       # one short message
->
intent: Literal["alarm", "lights", "music"]
{end}"""

WRITTEN = SIGNATURE.format(begin="", end="").replace("\n\nName", "\nName").rstrip()
"""What a student writes who knows how."""

MODULE = """%%module Careful
{begin}
first = Predict(Intent)

def forward(request):
    return first(request=request)
{end}"""

ASSERTIONS = """# Somebody who is to be woken wants an alarm.
assert Intent.output_fields["intent"].annotation
assert nbdspy.Predict(Intent)(request="wake me at seven").intent == "alarm"
"""

HIDDEN = """# Say in the instruction that it is about a device.
assert nbdspy.Predict(Intent)(request="it is so dark in here").intent == "lights"
"""


def write(path: Path, cells: list[Any]) -> None:
    """A notebook of these cells."""
    book = nbformat.v4.new_notebook(cells=cells)
    book.metadata["kernelspec"] = {"name": "python3", "display_name": "Python 3", "language": "python"}
    path.parent.mkdir(parents=True, exist_ok=True)
    nbformat.write(book, path)


def code(source: str, **metadata: Any) -> Any:
    """A cell of code."""
    return nbformat.v4.new_code_cell(source, metadata=metadata)


def raw(source: str) -> Any:
    """A raw cell."""
    return nbformat.v4.new_raw_cell(source)


def sources(path: Path) -> list[str]:
    """What the cells of a notebook say."""
    return [cell.source for cell in nbformat.read(path, as_version=4).cells]


def answered(path: Path, answers: Mapping[str, str]) -> None:
    """Have a student answer: cells that begin so say this instead."""
    book = nbformat.read(path, as_version=4)
    for cell in book.cells:
        for beginning, source in answers.items():
            if cell.source.startswith(beginning):
                cell.source = source
    nbformat.write(book, path)


def said(path: Path) -> str:
    """All outputs of a notebook, as they are kept."""
    return json.dumps([cell.get("outputs", []) for cell in nbformat.read(path, as_version=4).cells])
