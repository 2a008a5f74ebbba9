"""Nothing of ours hinders readers who see little, or hear the page: each part in both pages and both themes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.exploring import CELLS, PRESS, explore, ready, write
from tests.browser.lab import CURRENT, LAB, NOTEBOOK_7, Lab, complaints, wait
from tests.browser.panel import findings
from tests.browser.ten_minutes import notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.browser.lab import Server

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("extension", "axe"),
]
WRONG = "%lm smollm2 --temprature 0"
HALF = "%evaluate Intent --"
MEASURES, MISSPELT, WRITES = 1, 5, 6  # cells
IS_THERE = "return !!document.querySelector(given[0]);"


@pytest.fixture(scope="module", params=[LAB, NOTEBOOK_7], ids=["lab", "notebook-7"])
def opened(request: pytest.FixtureRequest, driver: WebDriver) -> Iterator[Lab]:
    """A notebook that has each kind of card."""
    server: Server = request.getfixturevalue("server" if request.param == LAB else "server_7")
    lab = Lab(server, driver, f"hindrances-{request.param}".replace("/", "-"), route=request.param)
    complaints(driver)
    lab.open("hindrances.ipynb", notebook(*CELLS, WRONG, HALF))
    for cell in range(len(CELLS)):
        lab.run(cell)
    try:
        yield lab
        assert complaints(driver) == []
    finally:
        lab.theme("Light")
        lab.shut()
        lab.close()


@pytest.fixture(params=["Light", "Dark"])
def page(request: pytest.FixtureRequest, opened: Lab) -> Lab:
    """The same in a theme, without the dialog of a test that failed."""
    opened.do("document.querySelectorAll('.jp-Dialog .jp-mod-reject').forEach(each => each.click());")
    opened.theme(request.param)
    time.sleep(1.5)  # JupyterLab fades over
    return opened


def shown(page: Lab, selector: str) -> None:
    """Wait for a part of the page."""
    wait(lambda: page.do(IS_THERE, selector), seconds=20)


def test_the_dialog_that_compiles(page: Lab) -> None:
    page.do("void jupyterapp.commands.execute('nbdspy:compile');")
    shown(page, ".nbdspy-Form")
    time.sleep(0.5)  # it fades in

    assert findings(page, ".jp-Dialog") == []
    page.do("document.querySelector('.nbdspy-Form input').select();")
    write(page, "In tent")
    wait(lambda: page.do("return document.querySelector('.nbdspy-Lack').innerText;"), seconds=10)
    assert findings(page, ".jp-Dialog") == []
    write(page, Keys.ESCAPE)
    wait(lambda: not page.do(IS_THERE, ".nbdspy-Form"), seconds=10)


def test_what_the_mouse_is_told(page: Lab) -> None:
    def rest_on(word: str, selector: str) -> bool:
        page.point_at(WRITES, word)
        time.sleep(1)
        return bool(page.do(IS_THERE, selector))

    wait(lambda: rest_on("evaluate", ".nbdspy-About:not(.nbdspy-mod-card)"), seconds=30)
    assert findings(page, ".nbdspy-About") == []
    wait(lambda: rest_on("Intent", ".nbdspy-About.nbdspy-mod-card"), seconds=30)
    assert findings(page, ".nbdspy-About") == []


def test_the_message_of_a_mistake(page: Lab) -> None:
    page.do(f"{CURRENT} notebook.activeCellIndex = 0; notebook.mode = 'command'; notebook.node.focus();")

    ActionChains(page.driver).send_keys(Keys.F8).perform()

    shown(page, ".nbdspy-Told")
    assert findings(page, ".nbdspy-Told") == []
    write(page, Keys.ESCAPE)


@pytest.mark.parametrize("cell", range(MEASURES, len(CELLS)), ids=["evaluation", "trace", "compile", "program"])
def test_a_card_and_what_is_explored_of_it(page: Lab, cell: int) -> None:
    ready(page, cell)
    page.read(cell)
    assert findings(page, ".nbdspy-Output:has(.nbdspy-Explore:not([hidden]))") == []

    explore(page, cell)

    assert findings(page, ".nbdspy-Explorer") == []
    page.do(PRESS, cell, "Back to the card")
