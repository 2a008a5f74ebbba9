"""Every view in one notebook where nobody looks: run twice it is the same, and an export of it can be read."""

from __future__ import annotations

import html
import json
import os
import re
import subprocess
import sys
from pathlib import Path
from typing import Any, Final

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tests.jupyter.test_kernel import TERMINAL

START = """\
%load_ext nbdspy
import nbdspy
from tests.views.samples import Intent, household

nbdspy.configure(lm=household())
train, val, test = (table[:24] for table in nbdspy.datasets.requests())
more = nbdspy.Predict(Intent)
more.demos = [nbdspy.Example(request=r, intent=i) for r, i in train.head(8).itertuples(index=False)]
"""
MESSAGE = "could you wake me before the kids get up"
VIEWS: Final = {
    "prediction": (f"%%predict Intent\n{MESSAGE}", (MESSAGE, "exactly as sent")),
    "trace": ("%trace", (MESSAGE, "[[ ## intent ## ]]")),
    "signature": ("Intent", ("Name what the person wants from the assistant.",)),
    "prompt": (f'%prompt more request="{MESSAGE}"', (MESSAGE,)),
    "evaluation": ("%evaluate Intent --data test --metric exact_match --out scored", ("n = 24", "95 % interval")),
    "comparison": ("%evaluate Intent more --data test --metric exact_match --out compared", ("more", "points")),
    "compile": (
        "%compile Intent --data train --val val --with random_search --threads 1 --out compiled",
        ("random_search", "as it came"),
    ),
    "program": ("compiled", ("Where this comes from",)),
    "group plot": ("scored.plot()", ("exact_match",)),
    "confusion plot": ("scored.plot_confusion()", ("confusion",)),
    "comparison plot": ("compared.plot()", ("Intent", "more")),
    "playground": ("%playground Intent --out tried", ("on a page this is a form",)),
    "what was tried": (f'tried.run(request="{MESSAGE}")\ntried.keep()\ntried', (MESSAGE, "1 kept", "tried.examples")),
    "label": ("%label {test[:4]} --with Intent --out labels", ("labels.accept()",)),
    "what was labelled": ("labels.accept()\nlabels", ("1 accepted", "labels.as_demos")),
}
"""By name: the cell that shows it, and what is read in it."""
CELLS: Final = (START, *(cell for cell, _ in VIEWS.values()))


@pytest.fixture(scope="module")
def runs(tmp_path_factory: pytest.TempPathFactory) -> list[Any]:
    """The notebook, run twice by a runner without a page."""
    return [_run(tmp_path_factory.mktemp("home")) for _ in range(2)]


def _run(folder: Path) -> Any:
    book = nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell(cell) for cell in CELLS])
    return NotebookClient(book, timeout=120).execute(env=_environment(folder))


def _environment(folder: Path) -> dict[str, str]:
    places = {"NBDSPY_HOME": str(folder / "home"), "IPYTHONDIR": str(folder)}
    return {**os.environ, **places, "NBDSPY_MODE": "", "NBDSPY_CASSETTE": ""}


def test_two_runs_leave_the_same_notebook(runs: list[Any]) -> None:
    first, second = ([cell.outputs for cell in book.cells] for book in runs)

    assert [len(outputs) > 0 for outputs in first] == [False, *[True] * len(VIEWS)]
    assert first == second


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_an_export_can_be_read(runs: list[Any], template: str) -> None:
    for (name, (_, says)), cell in zip(VIEWS.items(), runs[0].cells[1:], strict=True):
        page = HTMLExporter(template_name=template).from_notebook_node(
            nbformat.v4.new_notebook(cells=[nbformat.v4.new_code_cell("", outputs=cell.outputs)])
        )[0]
        read = _read(page)
        assert [text for text in says if text not in read] == [], name


def _read(page: str) -> str:
    """The text of a page, and what its pictures say instead."""
    body = re.sub(r"(?s)^.*<body|<(script|style).*?</\1>", "", page)
    body = re.sub(r'<img[^>]*?alt="([^"]*)"[^>]*>', r"\1", body)
    return html.unescape(re.sub(r"<[^>]*>", "", body))


def test_a_terminal_says_the_same_twice(tmp_path: Path) -> None:
    first, second = (_typed(tmp_path / name) for name in ("first", "second"))

    assert "<div" not in first
    assert "Traceback" not in first
    assert [
        text for text in (MESSAGE, "n = 24", "points", "random_search", "1 of 4 labelled") if text not in first
    ] == []
    assert first == second


def _typed(folder: Path) -> str:
    """What a terminal wrote, but for how long it took, which only a page and a terminal are told."""
    ran = subprocess.run(
        [sys.executable, "-c", TERMINAL], capture_output=True, text=True, check=True, timeout=120,
        input=json.dumps(CELLS), env=_environment(folder),
    )  # fmt: skip
    return re.sub(r"(?:under )?\b[\d.]+ m?s\b", "… s", ran.stdout)
