"""A compile that is watched and steered while its cell runs, with an instruction of the reader's own."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import CURRENT, complaints, kept_widgets, mimetypes, wait
from tests.browser.ten_minutes import begin_compile

if TYPE_CHECKING:
    from selenium.webdriver.remote.webelement import WebElement

    from tests.browser.lab import Lab

pytestmark = [pytest.mark.browser, pytest.mark.slow]

MINE = "Add the device dd"  # letters that are commands of a notebook elsewhere
CELL = f"{CURRENT} const card = notebook.widgets[4].node.querySelector('.jp-Cell-outputArea');"
DETAILS = "const details = title => [...card.querySelectorAll('details')].find(e => e.innerText.startsWith(title));"
CHART = f"{CELL} return card.querySelector('[data-fragment=chart] img')?.src;"


@pytest.fixture
def compiling(lab: Lab) -> Lab:
    """A notebook whose last cell compiles, and has scored something."""
    begin_compile(lab, "compile.ipynb", seconds=0.3)
    wait(lambda: lab.do(CHART), seconds=60)
    return lab


def part(lab: Lab, selector: str) -> WebElement:
    """A part of the card."""
    found: WebElement = lab.driver.execute_script(  # type: ignore[no-untyped-call]
        f"{CELL} return card.querySelector(arguments[0]);", selector
    )
    return found


def photographed(lab: Lab, name: str) -> None:
    """Have it pause, as pictures take longer on a busy machine than the rest of the run."""
    lab.press(4, "Pause")
    wait(lambda: "paused" in lab.shows(4), seconds=60)
    lab.photograph(name)


def test_what_is_watched_and_typed_stays_and_is_tried_while_the_cell_runs(compiling: Lab) -> None:
    lab = compiling
    scores = lab.do(CHART)
    assert "search" in lab.shows(4)
    lab.do(f"{CELL} {DETAILS} details('Why these').querySelector('summary').click();")
    lab.do(f"{CELL} {DETAILS} details('Try mine').querySelector('summary').click();")
    cells = lab.do(f"{CURRENT} return notebook.model.cells.length;")

    text = part(lab, "textarea")
    assert text.get_property("value") == "Name what the person wants from the assistant."
    ActionChains(lab.driver).click(text).perform()
    ActionChains(lab.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys(MINE).perform()
    ActionChains(lab.driver).key_down(Keys.SHIFT).send_keys(Keys.ENTER).key_up(Keys.SHIFT).perform()
    wait(lambda: lab.do(CHART) != scores, seconds=60)
    assert text.get_property("value") == f"{MINE}\n"
    assert lab.driver.switch_to.active_element == text
    assert lab.do(f"{CURRENT} return notebook.model.cells.length;") == cells
    assert not lab.do("return window.ended;")
    photographed(lab, "compile-live")
    lab.press(4, "Resume")

    lab.press(4, "Try it")

    wait(lambda: f"“{MINE}” is tried next." in lab.shows(4), seconds=60)
    wait(lambda: f"yours: {MINE}" in lab.shows(4), seconds=60)
    wait(lambda: "Yours scored" in lab.shows(4), seconds=60)
    assert lab.do(f"{CELL} {DETAILS} return details('Why these').open && details('Try mine').open;")
    lab.press(4, "Try it")
    wait(lambda: "it was suggested before" in lab.shows(4), seconds=60)
    photographed(lab, "compile-mine")
    lab.press(4, "Stop, keep best")
    wait(lambda: lab.do("return window.ended;"), seconds=60)
    assert complaints(lab.driver) == []

    book = lab.saved("compile.ipynb")
    (output,) = book.cells[4].outputs
    assert len(json.dumps(output)) < 50_000
    assert mimetypes(output) == {"text/plain", "text/html"}
    assert kept_widgets(book) == []
    assert f"yours: {MINE}" in output["data"]["text/html"]
    assert "Try mine" not in output["data"]["text/html"]

    lab.shut()
    lab.open("reopened.ipynb", book)
    wait(lambda: f"yours: {MINE}" in lab.shows(4), seconds=30)
    lab.photograph("compile-saved")
