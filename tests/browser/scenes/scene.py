"""A scene: a notebook that a page opens, and what is done in it until there is something to be photographed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

from selenium.webdriver.common.by import By

from tests.browser.lab import LAB, wait
from tests.browser.ten_minutes import notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

Act = Callable[["Lab"], Iterator[str]]
"""Does things in a page, and gives the name of a picture whenever one can be taken."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Scene:
    """What is photographed of ours, once in each theme.

    Args:
        act: Does it; its first line says what is to be seen.
        cells: Of its notebook.
        runs: How many of them are run before, from the first on.
        route: The page: JupyterLab's, or Notebook 7's.
        height: Of the page, in pixels.
    """

    act: Act
    cells: tuple[str, ...]
    runs: int = 0
    route: str = LAB
    height: int = 800

    def begin(self, lab: Lab) -> None:
        """Open the notebook, and run what is run before.

        Raises:
            AssertionError: When a cell fails.
        """
        lab.open("scene.ipynb", notebook(*self.cells))
        for cell in range(self.runs):
            outputs = lab.run(cell)
            assert not [output for output in outputs if output["output_type"] == "error"], outputs


def is_there(lab: Lab, selector: str) -> None:
    """Wait for something in the page."""
    wait(lambda: lab.driver.find_elements(By.CSS_SELECTOR, selector), seconds=30)


def command(lab: Lab, name: str, *, waits: bool = True) -> None:
    """Have JupyterLab do something; what asks the reader does not end before there is an answer."""
    lab.do(f"{'await' if waits else 'void'} jupyterapp.commands.execute(given[0]);", name)
