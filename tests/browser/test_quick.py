"""What JupyterLab shows of ours, in one page and little more than a minute: `make test` runs it where a browser is."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.keys import Keys

from tests.browser.exploring import FOCUSED, SAYS, SHOWN, ready, write
from tests.browser.lab import COLOUR_OF_THEME, CURRENT, Lab, complaints, wait
from tests.browser.panel import SidePanel, findings
from tests.browser.ten_minutes import CANNED, COMPILE, SIGNATURE, START, notebook

if TYPE_CHECKING:
    from collections.abc import Iterator

    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.browser.lab import Server

pytestmark = [pytest.mark.browser, pytest.mark.flaky(reruns=2)]  # a busy machine keeps a page waiting

WRONG = SIGNATURE.replace("Intent", "Mood").replace("Literal", "Litteral")
MEASURE = "%evaluate Intent --data {test[:20]} --metric exact_match"
CELLS = (f"{CANNED}\nseconds = 0.2", START, SIGNATURE, WRONG, COMPILE)
COMPILES = 4
NAME = "quick.ipynb"
COLOUR = """
    const walker = document.createTreeWalker(
        notebook.widgets[given[0]].node.querySelector('.cm-content'), NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const {data, parentElement} = walker.currentNode;
        if (data.trim() === given[1]) return getComputedStyle(parentElement).color;
    }
    return 'it has no ' + given[1];
"""
MARKED = f"{CURRENT} return [...notebook.node.querySelectorAll('.nbdspy-Mistake')].map(each => each.innerText);"


@pytest.fixture(scope="module")
def page(driver: WebDriver, server: Server, extension: None) -> Iterator[Lab]:
    """A notebook with a cell of each kind, one of them with a mistake; its page must not complain."""
    complaints(driver)
    lab = Lab(server, driver, "quick")
    lab.open(NAME, notebook(*CELLS))
    try:
        yield lab
        assert complaints(driver) == []
    finally:
        lab.shut()
        lab.close()


@pytest.mark.parametrize("theme", ["Dark", "Light"])
def test_our_cells_have_the_colours_of_the_theme_and_a_mistake_its_line(page: Lab, theme: str) -> None:
    page.theme(theme)
    wait(lambda: page.do(MARKED), seconds=30)

    kinds = {"%%signature": "meta", "Intent": "def", "request": "def", "->": "keyword", '"alarm"': "string"}
    meant = {kind: page.do(COLOUR_OF_THEME, kind) for kind in kinds.values()}
    assert len(set(meant.values())) == 4
    wait(lambda: page.do(CURRENT + COLOUR, 2, "->") == meant["keyword"], seconds=10)  # the page fades over
    assert {text: page.do(CURRENT + COLOUR, 2, text) for text in kinds} == {
        text: meant[kind] for text, kind in kinds.items()
    }
    assert page.do(MARKED) == ["Litteral"]


def test_the_panel_lives_while_a_cell_runs_and_stops_it_by_keyboard(page: Lab) -> None:
    for cell in range(3):
        page.run(cell)
    page.start(COMPILES)
    panel = SidePanel(page)

    def opens() -> bool:  # JupyterLab forgets the first key where the page was too busy for the second
        if not panel.is_open:
            page.chord("n")
            time.sleep(1)
        return panel.is_open

    wait(opens, seconds=30)
    wait(lambda: panel.state == "A cell is running", seconds=20)
    wait(lambda: "of 17 programs" in panel.text, seconds=60)
    assert panel.status.startswith("smollm2")
    assert findings(page, "#nbdspy-panel") == []
    assert findings(page, ".nbdspy-Status") == []

    for _ in range(12):
        if page.do("return document.activeElement.innerText;") != "Stop, keep best":
            write(page, Keys.TAB)
    write(page, Keys.ENTER)

    wait(lambda: page.do("return window.ended;"), seconds=60)
    assert "You stopped it." in page.shows(COMPILES)
    wait(lambda: panel.state == "Ready", seconds=20)


def test_a_saved_card_is_explored_by_keyboard_when_the_page_was_loaded_again(page: Lab) -> None:
    page.open(NAME, notebook(CANNED, START, SIGNATURE, MEASURE))
    for cell in range(4):
        page.run(cell)
    page.open(NAME, page.saved(NAME))

    ready(page, 3)
    page.do(f"{CURRENT} notebook.widgets[3].node.querySelector('.nbdspy-Explore').focus();")
    write(page, Keys.ENTER)
    wait(lambda: page.do(SHOWN, 3), seconds=30)
    write(page, page.do(SHOWN, 3)[0].split()[-1])
    for _ in range(20):
        if page.do(FOCUSED) != ["DIV", "listbox"]:
            write(page, Keys.TAB)
    write(page, Keys.ARROW_DOWN)

    assert page.do(FOCUSED) == ["DIV", "listbox"]
    assert findings(page, ".nbdspy-Explorer") == []
    assert "expected intent" in page.do(SAYS, 3)


def test_what_looks_for_hindrances_finds_them(page: Lab) -> None:
    page.do(
        "const planted = document.body.appendChild(document.createElement('div')); planted.id = 'planted';"
        "planted.style = 'position:fixed;top:0;left:0;z-index:100000';"
        "planted.innerHTML = '<button></button><p style=\"color:#999;background:#aaa\">grey on grey</p>';"
    )

    found = findings(page, "#planted")

    page.do("document.querySelector('#planted').remove();")
    assert {each.split(":")[0] for each in found} == {"button-name", "color-contrast"}
