"""Scenes of each kind of saved card, explored without a kernel: searched, filtered, compared."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from tests.browser.exploring import CELLS, PRESS, SAYS, SHOWN, explore, write
from tests.browser.lab import CURRENT, NOTEBOOK_7, wait
from tests.browser.scenes.scene import Scene

if TYPE_CHECKING:
    from tests.browser.lab import Lab

EVALUATION, TRACE, COMPILE, PROGRAM = 1, 2, 3, 4  # cells
CHOOSE = f"{CURRENT} notebook.widgets[given[0]].node.querySelectorAll('.nbdspy-Line')[given[1]].click();"


def explorer(lab: Lab) -> Iterator[str]:
    """Each kind, opened again from a notebook that was saved."""
    kept = lab.saved("scene.ipynb")
    lab.shut()
    lab.open("saved.ipynb", kept)
    lab.shut()

    explore(lab, EVALUATION)
    lab.do(PRESS, EVALUATION, "wrong")
    _look(lab, EVALUATION)
    yield "explorer-evaluation"
    write(lab, max(lab.do(SHOWN, EVALUATION)[0].split(), key=len))
    wait(lambda: len(lab.do(SHOWN, EVALUATION)) < 4, seconds=10)
    yield "explorer-evaluation-search"

    explore(lab, TRACE)
    _look(lab, TRACE)
    yield "explorer-trace"

    explore(lab, COMPILE)
    _look(lab, COMPILE)
    yield "explorer-compile"
    lab.do(PRESS, COMPILE, "Compare from here")
    lab.do(CHOOSE, COMPILE, 2)
    wait(lambda: "What changed from" in lab.do(SAYS, COMPILE), seconds=10)
    yield "explorer-compile-diff"

    explore(lab, PROGRAM)
    _look(lab, PROGRAM)
    yield "explorer-program"
    lab.do(PRESS, PROGRAM, "origins")
    yield "explorer-program-origins"


def _look(lab: Lab, cell: int) -> None:
    lab.do(f"{CURRENT} await notebook.scrollToItem(given[0], 'start');", cell)


SCENES: Final = {
    "explorer": Scene(act=explorer, cells=CELLS, runs=5, height=1300),
    "notebook7-explorer": Scene(act=explorer, cells=CELLS, runs=5, route=NOTEBOOK_7, height=1300),
}
