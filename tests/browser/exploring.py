"""Saved cards as an explorer in a page: what is run for them, and how a reader opens and reads one."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

from selenium.webdriver.common.action_chains import ActionChains

from tests.browser.lab import CURRENT, wait
from tests.browser.ten_minutes import notebook

if TYPE_CHECKING:
    from tests.browser.lab import Lab

CELLS = (
    "%load_ext nbdspy\nimport nbdspy\nfrom tests.views import samples\nnbdspy.configure(lm=samples.household())\n"
    "train, val, test = nbdspy.datasets.requests()\nIntent = samples.Intent",
    "%evaluate Intent --data {test[:60]} --metric exact_match",
    "%trace",
    "%compile Intent --data {train[:20]} --val {val[:20]} --metric exact_match --with random_search --out helper",
    "helper",
)
"""One cell of each kind that is explored: an evaluation, a trace, a compile and a program."""
SAYS = f"{CURRENT} return notebook.widgets[given[0]].node.querySelector('.jp-Cell-outputArea')?.innerText ?? '';"
PRESS = (
    f"{CURRENT} const all = [...notebook.widgets[given[0]].node.querySelectorAll('.jp-Cell-outputArea button')];"
    "const button = all.find(each => each.innerText.startsWith(given[1]));"
    "if (!button) throw new Error(`no button ${given[1]} in ${all.map(each => each.innerText)}`); button.click();"
)
SHOWN = (
    f"{CURRENT} return [...notebook.widgets[given[0]].node.querySelectorAll('.nbdspy-Line')]"
    ".map(each => each.innerText.replace(/\\s+/g, ' '));"
)
FOCUSED = "return [document.activeElement.tagName, document.activeElement.getAttribute('role')];"


def run_all(lab: Lab) -> Any:
    """Run the cells in a notebook of their own, and save it; returns what was saved."""
    lab.open("explored.ipynb", notebook(*CELLS))
    for cell in range(len(CELLS)):
        outputs = lab.run(cell)
        assert not [output for output in outputs if output["output_type"] == "error"], outputs
    kept = lab.saved("explored.ipynb")
    lab.shut()
    return kept


def ready(lab: Lab, cell: int) -> None:
    """Have a cell drawn: JupyterLab draws those in sight."""
    lab.look(cell)
    wait(lambda: "Explore" in lab.do(SAYS, cell), seconds=30)


def explore(lab: Lab, cell: int) -> None:
    """Open the explorer of a cell."""
    ready(lab, cell)
    lab.do(PRESS, cell, "Explore")
    wait(lambda: lab.do(SHOWN, cell), seconds=30)


def write(lab: Lab, *keys: str) -> None:
    """Type where the page's focus is."""
    ActionChains(lab.driver).send_keys(*keys).perform()
