"""The first ten minutes, as they are written, in JupyterLab and without a page."""

from __future__ import annotations

import os
import re
from pathlib import Path

import pytest
from nbclient import NotebookClient
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import Lab, wait
from tests.browser.ten_minutes import (
    BLOCKS,
    CANNED,
    CELLS,
    COMPILE,
    FIRST_CELLS,
    SIGNATURE,
    START,
    check,
    notebook,
    texts,
)


@pytest.mark.browser
@pytest.mark.slow
@pytest.mark.parametrize("first", FIRST_CELLS)
def test_every_cell_shows_one_card_in_jupyterlab(
    lab: Lab, first: tuple[str, ...], request: pytest.FixtureRequest
) -> None:
    lab.open("first.ipynb", notebook(*first, *CELLS, "type(helper).__name__"))
    for cell in range(len(first)):
        assert lab.run(cell) == []

    check([lab.run(cell) for cell in range(len(first), len(first) + len(CELLS))])

    (last,) = lab.run(len(first) + len(CELLS))
    assert texts([last]) == ["'Predict'"]
    saved = lab.saved("first.ipynb")
    check([cell.outputs for cell in saved.cells[len(first) : -1]])
    assert len(Path(lab.notebooks / "first.ipynb").read_bytes()) < 200_000
    lab.photograph(request.node.callspec.id)


@pytest.mark.parametrize("first", FIRST_CELLS)
def test_every_cell_shows_one_card_under_nbclient(first: tuple[str, ...], tmp_path: Path) -> None:
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path), "NBDSPY_MODE": "", "NBDSPY_CASSETTE": ""}
    client = NotebookClient(
        notebook(*first, *CELLS), timeout=1200, iopub_timeout=60, resources={"metadata": {"path": str(tmp_path)}}
    )

    ran = client.execute(env=environment)

    check([cell.outputs for cell in ran.cells[len(first) :]])


def test_each_block_may_be_one_cell(tmp_path: Path) -> None:
    environment = {**os.environ, "IPYTHONDIR": str(tmp_path), "NBDSPY_MODE": "", "NBDSPY_CASSETTE": ""}

    ran = NotebookClient(notebook(CANNED, *BLOCKS), timeout=120, iopub_timeout=60).execute(env=environment)

    *_, last = ran.cells
    assert [len(cell.outputs) for cell in ran.cells] == [0, 1, 1, 1, 4]
    before, compiled, after, sent = texts(last.outputs)
    assert "350" in before
    assert "points" in compiled
    assert "350" in after
    assert "it is freezing in here" in sent


@pytest.mark.browser
@pytest.mark.slow
def test_the_interrupt_button_keeps_the_best_so_far(lab: Lab) -> None:
    lab.open("interrupted.ipynb", notebook(CANNED, START, SIGNATURE, "seconds = 0.1", COMPILE, "seconds = 0", "helper"))
    for cell in range(4):
        lab.run(cell)
    lab.start(4)
    under_way = re.compile(r"\b([3-9]|1\d) of \d+ programs")  # so that something else than what went in has been scored
    wait(lambda: under_way.search(lab.shows(4)), seconds=120)

    lab.interrupt()
    wait(lambda: any(output["output_type"] == "error" for output in lab.outputs(4)), seconds=30)

    card, error = lab.outputs(4)
    assert error["ename"] == "Stopped"
    assert len(error["traceback"]) <= 3
    assert "points" in "".join(texts([card]))
    assert lab.run(5) == []
    (bound,) = lab.run(6)
    assert "Predict" in texts([bound])[0]
    lab.photograph("interrupted")


@pytest.mark.browser
@pytest.mark.slow
def test_tab_completes_an_option_in_jupyterlab(lab: Lab) -> None:
    lab.open("completed.ipynb", notebook(CANNED, START, SIGNATURE, ""))
    for cell in range(3):
        lab.run(cell)

    lab.type(3, "%compile Intent --wi", Keys.TAB)
    wait(lambda: lab.offered() == ["--with"], seconds=20)
    lab.type(3, Keys.ENTER)

    assert lab.source(3) == "%compile Intent --with"
