"""The side panel without a mouse: reached, moved through, opened, read from, and left for the notebook."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys

from tests.browser.exploring import write
from tests.browser.lab import CURRENT, LAB, wait
from tests.browser.panel import PANEL, SidePanel
from tests.browser.ten_minutes import CANNED, COMPILE, SIGNATURE, START, notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("extension"),
]
IN_PANEL = f"return {PANEL}.contains(document.activeElement);"
IN_NOTEBOOK = "return !!document.activeElement.closest('.jp-Notebook');"
AT = """
    const at = document.activeElement;
    return [at.innerText.split('\\n')[0].trim(), at.closest('[role=group]')?.ariaLabel ?? ''];
"""
RING = "return getComputedStyle(document.activeElement).outlineStyle;"
CARD = "return document.querySelector('.nbdspy-Card')?.innerText ?? '';"
IS_OPEN = "return document.activeElement.parentNode.open;"
MOST = 60  # presses of a key


@pytest.mark.parametrize("route", [LAB, "notebooks"], ids=["lab", "notebook-7"])
def test_a_program_is_found_opened_and_shown_and_the_notebook_is_come_back_to(
    request: pytest.FixtureRequest, route: str
) -> None:
    lab: Lab = request.getfixturevalue("lab" if route == LAB else "notebook_7")
    lab.open("keyboard.ipynb", notebook(CANNED, START, SIGNATURE, COMPILE, "x = 1"))
    for cell in range(4):
        lab.run(cell)
    lab.type(4, Keys.END)
    panel = SidePanel(lab)

    reach(lab)
    wait(lambda: panel.state == "Ready" and "helper" in panel.text, seconds=30)
    move(lab, "helper", "")
    assert lab.do(RING) == "solid"
    write(lab, Keys.ENTER)
    wait(lambda: lab.do(IS_OPEN), seconds=10)
    move(lab, "Show", "helper@1")
    write(lab, Keys.ENTER)
    wait(lambda: "demonstrations" in lab.do(CARD), seconds=20)
    if route == LAB:
        reach(lab)  # from the card's tab
    else:
        write(lab, Keys.ESCAPE)  # which closes the card
        wait(lambda: lab.do(IN_PANEL), seconds=10)
    move(lab, "helper", "", goes_back=True)
    write(lab, Keys.ENTER)
    wait(lambda: not lab.do(IS_OPEN), seconds=10)
    write(lab, Keys.ESCAPE)

    wait(lambda: lab.do(IN_NOTEBOOK), seconds=10)
    write(lab, Keys.ENTER)
    wait(lambda: lab.do(f"{CURRENT} return notebook.mode;") == "edit", seconds=10)


def reach(lab: Lab) -> None:
    """Go to the panel, by its keys."""
    lab.chord("n")
    wait(lambda: lab.do(IN_PANEL), seconds=30)


def move(lab: Lab, label: str, group: str, *, goes_back: bool = False) -> None:
    """Go on, or back, to what has a label, with the keys that move through any page."""
    for _ in range(MOST):
        if lab.do(AT) == [label, group]:
            return
        keys = ActionChains(lab.driver)
        if goes_back:
            keys.key_down(Keys.SHIFT).send_keys(Keys.TAB).key_up(Keys.SHIFT).perform()
        else:
            keys.send_keys(Keys.TAB).perform()
    raise AssertionError(f"{label} of {group!r} was not come to")
