"""Scenes of the side panel in each of its states, the foot of the page, and the toolbar while a cell compiles."""

from __future__ import annotations

import re
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By

from tests.browser.lab import CURRENT, NOTEBOOK_7, wait
from tests.browser.panel import SidePanel
from tests.browser.scenes.scene import Scene, is_there
from tests.browser.scenes.writing import MODULE
from tests.browser.ten_minutes import CANNED, COMPILE, PREDICT, SIGNATURE, START

if TYPE_CHECKING:
    from tests.browser.lab import Lab

COMPILES = 4  # the cell
SCORED = re.compile(r"\b[3-9] of 17 programs")
STOP = ".jp-Toolbar [data-command='nbdspy:stop']"


def states(lab: Lab) -> Iterator[str]:
    """Before anything is loaded, when nothing is made yet, with no kernel, and with no notebook."""
    side = _opened(lab, "nbdspy is not loaded")
    yield "panel-not-loaded"
    lab.run(0)
    wait(lambda: side.state == "Ready", seconds=90)
    yield "panel-empty"
    lab.shut()
    wait(lambda: side.state == "No kernel", seconds=30)
    yield "panel-no-kernel"
    lab.do("jupyterapp.shell.currentWidget.close();")
    wait(lambda: side.state == "No notebook is open", seconds=30)
    yield "panel-no-notebook"


def full(lab: Lab) -> Iterator[str]:
    """All that a kernel holds, and a card: beside the notebook, or over it where a page has no room for a tab."""
    side = _opened(lab, "Ready")
    wait(lambda: "helper@1" in (side.unfold() or side.text), seconds=30)
    yield "panel-full"
    side.press("Compare", "helper@1")
    is_there(lab, ".nbdspy-Card > *")
    yield "panel-card"


def busy(lab: Lab) -> Iterator[str]:
    """The panel while a cell compiles, the same when it pauses, and the button that stops it."""
    lab.start(COMPILES)
    side = _opened(lab, "A cell is running")
    wait(lambda: SCORED.search(side.text), seconds=90)
    lab.do(f"{CURRENT} await notebook.scrollToItem(given[0], 'start');", COMPILES)
    yield "panel-busy"
    side.press("Pause")
    wait(lambda: "paused" in side.text, seconds=20)
    yield "panel-paused"
    side.press("Resume")
    lab.do("jupyterapp.shell.collapseLeft();")
    is_there(lab, STOP)
    ActionChains(lab.driver).move_to_element(lab.driver.find_element(By.CSS_SELECTOR, STOP)).perform()
    yield "stop-button"
    side.open()
    side.press("Stop, keep best")
    wait(lambda: lab.do("return window.ended;"), seconds=60)


def replay(lab: Lab) -> Iterator[str]:
    """The badge of a cassette."""
    side = _opened(lab, "Ready")
    wait(lambda: "replay" in side.status, seconds=30)
    lab.do(f"{CURRENT} await notebook.scrollToItem(notebook.widgets.length - 1, 'end');")
    yield "replay"


def disconnected(lab: Lab) -> Iterator[str]:
    """The panel when the server has ended."""
    side = _opened(lab, "Ready")
    lab.server.close()
    wait(lambda: side.state == "Disconnected", seconds=60)
    is_there(lab, ".jp-Dialog button")  # JupyterLab says so, too
    lab.do("document.querySelector('.jp-Dialog button').click();")
    yield "panel-disconnected"
    lab.close()


def _opened(lab: Lab, state: str) -> SidePanel:
    side = SidePanel(lab)
    side.open()
    wait(lambda: side.state == state, seconds=90)
    return side


LOAD = "%load_ext nbdspy"
FULL = (CANNED, START, SIGNATURE, MODULE, COMPILE)
KEPT = (LOAD, CANNED, "%lm smollm2\n%cassette record kept.jsonl", SIGNATURE, PREDICT, "%cassette replay kept.jsonl")
SCENES: Final = {
    "states": Scene(act=states, cells=(LOAD, SIGNATURE)),
    "panel": Scene(act=full, cells=FULL, runs=5, height=1600),
    "notebook7-panel": Scene(act=full, cells=FULL, runs=5, route=NOTEBOOK_7, height=1600),
    "busy": Scene(act=busy, cells=(CANNED, START, SIGNATURE, "seconds = 0.3", COMPILE), runs=COMPILES),
    "replay": Scene(act=replay, cells=(*KEPT, PREDICT), runs=7),
}
LAST: Final = {"disconnected": Scene(act=disconnected, cells=(LOAD, SIGNATURE), runs=2)}
"""Nothing can be opened after it."""
