"""The first ten minutes of a newcomer, cell by cell, and a model that lets them pass in seconds."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any

import pytest

from tests.bench.small_model import missing

if TYPE_CHECKING:
    from tests.browser.lab import Lab

START = """\
%load_ext nbdspy
%lm smollm2                                   # a real model on this machine: no key, no server
import nbdspy
train, val, test = nbdspy.datasets.requests() # DataFrames
"""
SIGNATURE = """\
%%signature Intent
Name what the person wants from the assistant.

request: str                                  # one short message
->
intent: Literal["alarm", "timer", "lights", "heating", "music", "shopping", "calendar", "weather"]
"""
PREDICT = """\
%%predict Intent
could you wake me before the kids get up
"""
MEASURE = """\
%evaluate Intent --data test --metric exact_match
%compile  Intent --data train --val val --metric exact_match --with random_search --out helper
%evaluate helper --data test --metric exact_match
helper(request="it is freezing in here")      # an ordinary Python object
%prompt helper request="it is freezing in here"   # what it will send, before it sends it
"""
BLOCKS = (START, SIGNATURE, PREDICT, MEASURE)
CELLS = (START, SIGNATURE, PREDICT, *MEASURE.splitlines())
COMPILE = MEASURE.splitlines()[1]

CANNED = """\
import time
from nbdspy.testing import FakeLM
from tests.views.samples import household

canned, seconds = household(), 0.0

def answer(request):
    time.sleep(seconds)
    return canned.leaf.send(request)

smollm2 = FakeLM(answer, model="smollm2")
"""
"""Goes before the cells, which stay as they are: `%lm smollm2` takes a variable of that name before it takes a file."""

_WITHOUT_MODEL = missing()
FIRST_CELLS = [
    pytest.param((CANNED,), id="canned"),
    pytest.param(
        (), id="smollm2",
        marks=[
            pytest.mark.slow, pytest.mark.model, pytest.mark.timeout(1500),
            pytest.mark.skipif(_WITHOUT_MODEL is not None, reason=str(_WITHOUT_MODEL)),
        ],
    ),
]  # fmt: skip
"""With the canned model, and with the real one where it is."""


def notebook(*cells: str) -> Any:
    """A notebook of code cells."""
    import nbformat

    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell.rstrip("\n")) for cell in cells])
    book.metadata.kernelspec = {"name": "python3", "display_name": "Python 3", "language": "python"}
    return book


def begin_compile(lab: Lab, name: str, *, seconds: float) -> None:
    """Open a notebook whose cell 4 compiles, and start that one; each call of its model takes so long."""
    lab.open(name, notebook(CANNED, START, SIGNATURE, f"seconds = {seconds}", COMPILE))
    for cell in range(4):
        outputs = lab.run(cell)
        assert not [output for output in outputs if output["output_type"] == "error"], outputs
    lab.start(4)


def texts(outputs: Sequence[Any]) -> list[str]:
    """What each output of a cell says without a page."""
    return ["".join(output.get("data", {}).get("text/plain", "")) for output in outputs]


def check(outputs: Sequence[Sequence[Any]]) -> None:
    """The outputs of `CELLS` are right: one a cell, no error, each a card that says its result."""
    kinds = [[output["output_type"] for output in of_cell] for of_cell in outputs]
    assert kinds[0] == ["display_data"]
    assert all(len(of_cell) == 1 and of_cell[0] in ("display_data", "execute_result") for of_cell in kinds), kinds
    shown = [of_cell[0]["data"] for of_cell in outputs]
    assert all("<details" in data["text/html"] or "<div" in data["text/html"] for data in shown[:-2])
    assert not any("<script" in data.get("text/html", "") for data in shown)

    chosen, signature, predicted, before, compiled, after, called, sent = (
        "".join(data["text/plain"]) for data in shown
    )
    assert "smollm2" in chosen
    assert "request" in signature
    assert "intent" in predicted
    assert "350" in before
    assert "350" in after
    assert "95 % interval" in compiled
    assert "points" in compiled
    assert called.startswith("Prediction(intent=")
    assert "it is freezing in here" in sent
