"""Scenes of the commands: the palette, the menu, the dialog, the settings, and the course on the launcher."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import NOTEBOOK_7, wait
from tests.browser.scenes.scene import Scene, command, is_there
from tests.browser.ten_minutes import SIGNATURE, START

if TYPE_CHECKING:
    from tests.browser.lab import Lab

SAYS = "return document.body.innerText;"


def palette(lab: Lab) -> Iterator[str]:
    """The commands in the palette."""
    command(lab, "apputils:activate-command-palette")
    is_there(lab, "#modal-command-palette .lm-CommandPalette-input")
    ActionChains(lab.driver).send_keys("nbdspy").perform()
    yield "palette"
    ActionChains(lab.driver).send_keys(Keys.ESCAPE).perform()


def menu(lab: Lab) -> Iterator[str]:
    """The same in a menu."""
    for label in ("Run", "nbdspy"):
        found = f"//*[contains(@class, 'itemLabel') and normalize-space()='{label}']"
        wait(lambda found=found: lab.driver.find_elements(By.XPATH, found), seconds=10)
        ActionChains(lab.driver).move_to_element(lab.driver.find_element(By.XPATH, found)).click().perform()
    yield "menu"
    ActionChains(lab.driver).send_keys(Keys.ESCAPE, Keys.ESCAPE).perform()


def dialog(lab: Lab) -> Iterator[str]:
    """The form that writes a line of %compile, as it begins and where something is missing."""
    command(lab, "nbdspy:compile", waits=False)
    is_there(lab, ".nbdspy-Form")
    yield "dialog"
    ActionChains(lab.driver).key_down(Keys.CONTROL).send_keys("a").key_up(Keys.CONTROL).send_keys("In tent").perform()
    yield "dialog-lacks"
    ActionChains(lab.driver).send_keys(Keys.ESCAPE).perform()


def launcher(lab: Lab) -> Iterator[str]:
    """The card of the course."""
    command(lab, "launcher:create")
    wait(lambda: "nbdspy course" in lab.do(SAYS), seconds=20)
    yield "launcher"


def settings(lab: Lab) -> Iterator[str]:
    """What a new line of %compile begins with, in JupyterLab's settings."""
    lab.do("await jupyterapp.commands.execute('settingeditor:open', {query: 'nbdspy'});")
    wait(lambda: "What a new line of %compile scores by." in lab.do(SAYS), seconds=30)
    yield "settings"


CELLS = (SIGNATURE,)
TOLD = (SIGNATURE, START)  # which says what the examples are
SCENES: Final = {
    "palette": Scene(act=palette, cells=CELLS),
    "menu": Scene(act=menu, cells=CELLS, height=1000),
    "dialog": Scene(act=dialog, cells=TOLD),
    "notebook7-dialog": Scene(act=dialog, cells=TOLD, route=NOTEBOOK_7),
    "launcher": Scene(act=launcher, cells=CELLS),
    "settings": Scene(act=settings, cells=CELLS),
}
