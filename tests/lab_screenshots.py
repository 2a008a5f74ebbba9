"""Pictures of what JupyterLab and Notebook 7 show of ours, for people to look at: each in light and in dark.

Run by `make screenshots`; writes build/screenshots/lab-*.png. Words choose scenes: `python -m tests.lab_screenshots
cells panel`. Chromium and its chromedriver are found on the path, or named by CHROMIUM and CHROMEDRIVER.
"""

from __future__ import annotations

import sys
import tempfile
import time
from collections.abc import Callable
from pathlib import Path
from typing import Final

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser import lab as page
from tests.browser.exploring import PRESS, SAYS, explore, run_all
from tests.browser.lab import CURRENT, LAB, NOTEBOOK_7, Lab, wait
from tests.browser.panel import SidePanel
from tests.browser.ten_minutes import CANNED, COMPILE, PREDICT, SIGNATURE, START, begin_compile, notebook

FOLDER = Path("build/screenshots")
THEMES = ("Light", "Dark")
WRONG = """\
%%signature Mood
Say how the writer feels.

text: str
->
mood: Litteral["happy", "sad"]
"""
MODULE = """\
%%module Careful
think = ChainOfThought(Intent)

def forward(self, request):
    return self.think(request=request)
"""
Scene = Callable[[Lab], None]


def photograph(lab: Lab, name: str, *, height: int = 800, reveal: Callable[[], None] = lambda: None) -> None:
    """Keep a picture of the page in both themes; `reveal` brings out what another theme has closed."""
    for theme in THEMES:
        lab.theme(theme)
        _resize(lab, height)
        reveal()
        _keep(lab, f"{name}-{theme.lower()}")
    lab.theme("Light")


def _resize(lab: Lab, height: int) -> None:
    size = {"width": 1200, "height": height, "deviceScaleFactor": 1, "mobile": False}
    lab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # type: ignore[no-untyped-call]


def _keep(lab: Lab, name: str) -> None:
    time.sleep(1.5)  # JupyterLab fades over, and draws cells as they come into view
    path = FOLDER / f"lab-{name}.png"
    lab.driver.save_screenshot(str(path))
    print(path)


def _is_there(lab: Lab, selector: str) -> None:
    wait(lambda: lab.driver.find_elements(By.CSS_SELECTOR, selector), seconds=30)


def cells(lab: Lab) -> None:
    """Colours, and what is wrong with a signature."""
    lab.open("cells.ipynb", notebook(START, SIGNATURE, PREDICT, MODULE, WRONG, COMPILE))
    _is_there(lab, ".nbdspy-Mistake")

    def point_at_it() -> None:
        mark = lab.driver.find_element(By.CSS_SELECTOR, ".nbdspy-Mistake")
        ActionChains(lab.driver).move_by_offset(1, 1).move_to_element(mark).perform()
        _is_there(lab, ".nbdspy-Told")

    photograph(lab, "cells", reveal=point_at_it)


def completion(lab: Lab) -> None:
    """What can stand at the cursor."""
    lab.open("completion.ipynb", notebook(CANNED, START, SIGNATURE, "%evaluate Intent --"))
    for cell in range(3):
        lab.run(cell)

    def ask() -> None:
        lab.type(3, Keys.ESCAPE, Keys.ESCAPE)  # closes the last one
        lab.type(3, Keys.END, Keys.TAB)
        _is_there(lab, ".jp-Completer-match")

    photograph(lab, "completion", reveal=ask)


def hover(lab: Lab) -> None:
    """What the mouse is told of a magic, and of a program."""
    lab.open("hover.ipynb", notebook(CANNED, START, SIGNATURE, "%evaluate Intent --threads 3"))
    for cell in range(3):
        lab.run(cell)
    _is_there(lab, ".nbdspy-Status")

    def rest_on(word: str, selector: str) -> None:
        lab.point_at(3, word)
        _is_there(lab, selector)

    photograph(lab, "hover-magic", reveal=lambda: rest_on("evaluate", ".nbdspy-About:not(.nbdspy-mod-card)"))
    photograph(lab, "hover-program", reveal=lambda: rest_on("Intent", ".nbdspy-About.nbdspy-mod-card"))


def panel(lab: Lab) -> None:
    """The side panel in each of its states, the spend at the foot of the page, and a card beside the notebook."""
    lab.open("panel.ipynb", notebook("%load_ext nbdspy", CANNED, START, SIGNATURE, MODULE, COMPILE))
    side = SidePanel(lab)
    side.open()
    wait(lambda: side.state == "nbdspy is not loaded", seconds=30)
    photograph(lab, "panel-not-loaded")
    lab.run(0)
    wait(lambda: side.state == "Ready", seconds=90)
    photograph(lab, "panel-empty")
    for cell in range(1, 6):
        lab.run(cell)
    wait(lambda: "helper@1" in (side.unfold() or side.text), seconds=30)
    photograph(lab, "panel-full", height=1300)
    side.press("Compare", "helper@1")
    _is_there(lab, ".nbdspy-Card > *")
    photograph(lab, "panel-card")
    lab.do("jupyterapp.shell.currentWidget.close();")


def disconnected(lab: Lab) -> None:
    """The panel when the server has ended; a theme comes from it, so there is one for each."""
    for theme in THEMES:
        with tempfile.TemporaryDirectory() as folder:
            server = page.Server(Path(folder))
            alone = Lab(server, lab.driver, "disconnected")
            try:
                alone.open("disconnected.ipynb", notebook("%load_ext nbdspy", SIGNATURE))
                alone.run(0)
                side = SidePanel(alone)
                side.open()
                alone.theme(theme)
                wait(lambda side=side: side.state == "Ready", seconds=90)
            finally:
                server.close()
            wait(lambda side=side: side.state == "Disconnected", seconds=60)
            _is_there(alone, ".jp-Dialog button")  # JupyterLab says so, too
            alone.do("document.querySelector('.jp-Dialog button').click();")
            _resize(alone, 800)
            _keep(alone, f"panel-disconnected-{theme.lower()}")
        alone.close()


def busy(lab: Lab) -> None:
    """The panel and the foot of the page while a cell compiles."""
    begin_compile(lab, "busy.ipynb", seconds=0.3)
    side = SidePanel(lab)
    side.open()
    wait(lambda: "of 17 programs" in side.text and "best " in side.text, seconds=90)
    photograph(lab, "panel-busy")
    side.press("Stop, keep best")
    wait(lambda: lab.do("return window.ended;"), seconds=60)


def replay(lab: Lab) -> None:
    """The badge of a cassette."""
    begin = ("%load_ext nbdspy", CANNED, "%lm smollm2\n%cassette record kept.jsonl", SIGNATURE, PREDICT)
    lab.open("replay.ipynb", notebook(*begin, "%cassette replay kept.jsonl", PREDICT))
    for cell in range(len(begin) + 2):
        lab.run(cell)
    side = SidePanel(lab)
    wait(lambda: "replay" in side.status, seconds=30)
    side.open()
    photograph(lab, "replay")


def palette(lab: Lab) -> None:
    """The commands in the palette, and in the menu."""
    lab.open("palette.ipynb", notebook(SIGNATURE))

    def open_palette() -> None:
        lab.do("await jupyterapp.commands.execute('apputils:activate-command-palette');")
        _is_there(lab, "#modal-command-palette .lm-CommandPalette-input")
        ActionChains(lab.driver).send_keys("nbdspy").perform()

    def open_menu() -> None:
        beside = lab.driver.find_element(By.CSS_SELECTOR, ".jp-Notebook")
        ActionChains(lab.driver).move_to_element_with_offset(beside, 300, 200).click().perform()  # closes the last one
        for label in ("Run", "nbdspy"):
            found = f"//*[contains(@class, 'itemLabel') and normalize-space()='{label}']"
            wait(lambda found=found: lab.driver.find_elements(By.XPATH, found), seconds=10)
            ActionChains(lab.driver).move_to_element(lab.driver.find_element(By.XPATH, found)).click().perform()

    photograph(lab, "palette", reveal=open_palette)
    photograph(lab, "menu", height=1000, reveal=open_menu)


def dialog(lab: Lab) -> None:
    """The form that writes a line of %compile."""
    lab.open("dialog.ipynb", notebook(SIGNATURE))
    lab.do("void jupyterapp.commands.execute('nbdspy:compile');")
    wait(lambda: lab.do("return !!document.querySelector('.nbdspy-Form');"), seconds=20)
    photograph(lab, "dialog")
    ActionChains(lab.driver).send_keys(Keys.ESCAPE).perform()


def launcher(lab: Lab) -> None:
    """The card of the course."""
    lab.open("launcher.ipynb", notebook("1"))
    lab.do("await jupyterapp.commands.execute('launcher:create');")
    wait(lambda: "nbdspy course" in lab.do("return document.body.innerText;"), seconds=20)
    photograph(lab, "launcher")
    lab.do("jupyterapp.shell.currentWidget.close();")


def explorer(lab: Lab) -> None:
    """Each kind of saved card, opened without a kernel, in JupyterLab."""
    _explore(lab, "explorer")


def explorer_notebook_7(lab: Lab) -> None:
    """The same in Notebook 7."""
    _explore(lab, "notebook7")


def _explore(lab: Lab, name: str) -> None:
    lab.open("saved.ipynb", run_all(lab))
    lab.shut()
    for cell, kind in ((1, "evaluation"), (2, "trace"), (3, "compile"), (4, "program")):
        explore(lab, cell)
        if kind == "evaluation":
            lab.do(PRESS, cell, "wrong")
        if kind == "compile":
            lab.do(PRESS, cell, "Compare from here")
            lab.do(f"{CURRENT} notebook.widgets[given[0]].node.querySelectorAll('.nbdspy-Line')[2].click();", cell)
            wait(lambda: "What changed from" in lab.do(SAYS, 3), seconds=10)
        lab.do(f"{CURRENT} await notebook.scrollToItem(given[0], 'start');", cell)
        photograph(lab, f"{name}-{kind}")


SCENES: Final[dict[str, tuple[Scene, str]]] = {
    "cells": (cells, LAB),
    "completion": (completion, LAB),
    "hover": (hover, LAB),
    "panel": (panel, LAB),
    "disconnected": (disconnected, LAB),
    "busy": (busy, LAB),
    "replay": (replay, LAB),
    "palette": (palette, LAB),
    "dialog": (dialog, LAB),
    "launcher": (launcher, LAB),
    "explorer": (explorer, LAB),
    "notebook7": (explorer_notebook_7, NOTEBOOK_7),
}


def main(chosen: list[str]) -> None:
    """Take the pictures of some scenes, or of all."""
    if page.CHROMIUM is None or page.CHROMEDRIVER is None:
        sys.exit("There is no chromium with its chromedriver on the path. Set CHROMIUM and CHROMEDRIVER to them.")
    if not page.EXTENSION.exists():
        sys.exit("What JupyterLab loads of ours is not built: `make extension` builds it.")
    if unknown := set(chosen) - set(SCENES):
        sys.exit(f"There is no scene {', '.join(sorted(unknown))}; there are {', '.join(SCENES)}.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, page.browser(Path(folder)) as driver:
        server = page.Server(Path(folder))
        try:
            for name, (scene, route) in SCENES.items():
                if not chosen or name in chosen:
                    lab = Lab(server, driver, name, route=route)
                    scene(lab)
                    lab.shut()
                    lab.close()
        finally:
            server.close()


if __name__ == "__main__":
    main(sys.argv[1:])
