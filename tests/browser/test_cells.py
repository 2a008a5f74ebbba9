"""Our cells in a real JupyterLab: their colours in both themes, and what is wrong in them while somebody types."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import COLOUR_OF_THEME, CURRENT, wait
from tests.browser.scenes.writing import MODULE, WRONG
from tests.browser.ten_minutes import notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("extension"),
]

LINES = """\
%load_ext nbdspy
%lm smollm2 --temperature 0.7                 # a real model on this machine
train, val = len("train"), 3
%evaluate Intent --data {train[:3]} \\
    --metric "exact match"
"""
INTENT = """\
%%signature Intent
Name what the person wants from the assistant; it is one of eight.

request: str                                  # one short message
history: list[dict[str, str]] | None = None
->
intent: Literal["alarm", "timer", "lights"] = "alarm"
sure: float                                   # from 0 to 1
"""
PREDICT = """\
%%predict Intent --out found
request: could you wake me before {{who}} is up, or not?
history: [{"role": "user"}]
"""
PLAIN = """\
def mood(text: str) -> float:
    return 3 if "not" in text else 4
"""
CELLS = (LINES, INTENT, PREDICT, MODULE, WRONG, PLAIN)
LOOK = """
    const content = notebook.widgets[given[0]].node.querySelector('.cm-content');
    const walker = document.createTreeWalker(content, NodeFilter.SHOW_TEXT);
    while (walker.nextNode()) {
        const {data, parentElement} = walker.currentNode;
        if (data.trim() === given[1]) return getComputedStyle(parentElement).color;
    }
    return content.innerText;
"""
MARKED = f"{CURRENT} return [...notebook.node.querySelectorAll('.nbdspy-Mistake')].map(each => each.innerText);"


@pytest.fixture
def book(lab: Lab) -> Lab:
    """A notebook that has a cell of each kind of ours, one with a mistake, and one that is not ours."""
    lab.open("cells.ipynb", notebook(*CELLS))
    wait(lambda: lab.do(MARKED), seconds=30)
    return lab


@pytest.mark.parametrize("theme", ["Light", "Dark"])
def test_the_parts_of_our_cells_have_the_colours_of_the_theme(book: Lab, theme: str) -> None:
    book.theme(theme)

    looks = {
        (0, "%load_ext"): "meta", (0, "%lm"): "meta", (0, "--temperature"): "attribute", (0, "--metric"): "attribute",
        (0, '"exact match"'): "string", (0, "3"): "number",
        (1, "%%signature"): "meta", (1, "Intent"): "def", (1, "request"): "def", (1, "# one short message"): "comment",
        (1, "Name what the person wants from the assistant; it is one of eight."): "string",
        (1, '"alarm"'): "string", (1, "None"): "keyword", (1, "->"): "keyword",
        (2, "%%predict"): "meta", (2, "--out"): "attribute", (2, "request:"): "def",
        (3, "%%module"): "meta", (3, "Careful"): "def", (3, "return"): "keyword",
        (5, "return"): "keyword",
    }  # fmt: skip
    wrong = {
        (cell, text): seen
        for (cell, text), kind in looks.items()
        if (seen := book.do(CURRENT + LOOK, cell, text)) != book.do(COLOUR_OF_THEME, kind)
    }
    assert wrong == {}


def test_a_signature_that_cannot_be_read_has_a_wavy_line_with_the_message(book: Lab) -> None:
    assert book.do(MARKED) == ["Litteral"]
    (mark,) = book.driver.find_elements(By.CSS_SELECTOR, ".nbdspy-Mistake")
    assert mark.value_of_css_property("text-decoration-style") == "wavy"

    ActionChains(book.driver).move_to_element(mark).perform()

    wait(lambda: book.driver.find_elements(By.CSS_SELECTOR, ".nbdspy-Told"), seconds=10)
    (told,) = book.driver.find_elements(By.CSS_SELECTOR, ".nbdspy-Told")
    assert told.text == "no type is called Litteral. Did you mean Literal?"
    book.photograph("cells")


def test_the_line_comes_and_goes_while_somebody_types(book: Lab) -> None:
    set_source = f"{CURRENT} notebook.model.cells.get(4).sharedModel.setSource(given[0]);"
    book.do(set_source, WRONG.replace("Litteral", "Literal").rstrip())
    wait(lambda: book.do(MARKED) == [], seconds=10)

    book.type(4, *[Keys.ARROW_DOWN] * 6, Keys.END, Keys.ENTER, "why: strr")
    wait(lambda: book.do(MARKED) == ["strr"], seconds=10)
    book.type(4, Keys.BACKSPACE)

    wait(lambda: book.do(MARKED) == [], seconds=10)


def test_a_cell_is_ours_as_soon_as_a_line_is(book: Lab) -> None:
    meta = book.do(COLOUR_OF_THEME, "meta")
    book.do(f"{CURRENT} notebook.model.cells.get(5).sharedModel.setSource('%module A\\nx = 3');")
    assert book.do(CURRENT + LOOK, 5, "%module") != meta

    book.do(f"{CURRENT} notebook.model.cells.get(5).sharedModel.setSource('%%module A\\nx = 3');")

    assert book.do(CURRENT + LOOK, 5, "%%module") == meta

    book.do(f"{CURRENT} notebook.model.cells.get(5).sharedModel.setSource('x = 3\\nr = %evaluate Intent');")

    assert book.do(CURRENT + LOOK, 5, "%evaluate") == meta
    assert book.do(CURRENT + LOOK, 5, "3") == book.do(COLOUR_OF_THEME, "number")
