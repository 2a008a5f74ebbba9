"""What Notebook 7 has of our extension: cells, explorer and panel, with no complaint of its page."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.exploring import CELLS, SAYS, SHOWN, explore, run_all, write
from tests.browser.lab import CURRENT, complaints, wait
from tests.browser.panel import SidePanel, findings
from tests.browser.ten_minutes import SIGNATURE, begin_compile, notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("extension"),
]
KINDS = ("evaluation", "trace", "compile", "program")


def test_saved_cards_are_explored_without_a_kernel(notebook_7: Lab) -> None:
    kept = run_all(notebook_7)
    notebook_7.open("reopened.ipynb", kept)
    notebook_7.shut()
    complaints(notebook_7.driver)  # a debugger had asked the kernel that has ended
    mimetypes = [set(cell.outputs[0].data) for cell in kept.cells[1:]]
    assert all(f"application/vnd.nbdspy.{kind}.v1+json" in mimetypes[place] for place, kind in enumerate(KINDS))

    for cell in range(1, len(CELLS)):
        explore(notebook_7, cell)
        assert findings(notebook_7, ".nbdspy-Explorer") == []
        write(notebook_7, "no line has this")
        wait(lambda cell=cell: "Nothing is like that." in notebook_7.do(SAYS, cell), seconds=10)
        write(notebook_7, *[Keys.BACKSPACE] * 16)
        wait(lambda cell=cell: notebook_7.do(SHOWN, cell), seconds=10)
        notebook_7.do(f"{CURRENT} notebook.widgets[given[0]].node.querySelector('.nbdspy-Bar button').click();", cell)

    assert notebook_7.do(f"{CURRENT} return !panel.sessionContext.session;")


def test_the_panel_shows_and_inserts(notebook_7: Lab) -> None:
    lab = notebook_7
    lab.open("panel.ipynb", notebook("%load_ext nbdspy", SIGNATURE))
    for cell in range(2):
        lab.run(cell)
    panel = SidePanel(lab)

    panel.open()

    wait(lambda: panel.state == "Ready" and "Intent" in panel.text, seconds=30)
    panel.unfold()
    panel.press("Show", "Intent")
    wait(
        lambda: "one of: alarm" in lab.do("return document.querySelector('.nbdspy-Card')?.innerText ?? '';"), seconds=20
    )
    write(lab, Keys.ESCAPE)
    panel.press("Insert", "Intent")
    wait(lambda: "%%predict Intent" in lab.source(2), seconds=10)


def test_the_panel_stops_a_compile(notebook_7: Lab) -> None:
    begin_compile(notebook_7, "busy.ipynb", seconds=0.3)
    panel = SidePanel(notebook_7)
    panel.open()
    wait(lambda: panel.state == "A cell is running", seconds=20)

    panel.press("Stop, keep best")

    wait(lambda: notebook_7.do("return window.ended;"), seconds=60)
    assert "You stopped it." in notebook_7.shows(4)
