"""Scenes of writing our cells: colours, folding, mistakes, what is offered at the cursor, what is told of a word."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.by import By
from selenium.webdriver.common.keys import Keys

from tests.browser.lab import CURRENT, NOTEBOOK_7
from tests.browser.scenes.scene import Scene, is_there
from tests.browser.ten_minutes import CANNED, COMPILE, PREDICT, SIGNATURE, START

if TYPE_CHECKING:
    from tests.browser.lab import Lab

MODULE = """\
%%module Careful
think = ChainOfThought(Intent)

def forward(self, request):
    return self.think(request=request)
"""
WRONG = """\
%%signature Mood
Say how the writer feels.

text: str
->
mood: Litteral["happy", "sad"]
"""
MISSPELT = "%lm smollm2 --temprature 0"
LONG = """\
%%signature Answer
Say what the text says of the question.
Say "unknown" where it says nothing.

text: str        # a few paragraphs
history: list[
    dict[str, str]
] | None = None
->
answer: str
"""
HALF = "%%signature Mood\ntext: str\n->\nmood: Lit"
FOLDED: Final = (
    f"{CURRENT} notebook.widgets.forEach(each => each.editor.setOption('codeFolding', true));"
    "await new Promise(done => setTimeout(done, 500));"
)


def cells(lab: Lab) -> Iterator[str]:
    """Colours, and what is wrong with a signature."""
    is_there(lab, ".nbdspy-Mistake")
    mark = lab.driver.find_element(By.CSS_SELECTOR, ".nbdspy-Mistake")
    ActionChains(lab.driver).move_by_offset(1, 1).move_to_element(mark).perform()
    is_there(lab, ".nbdspy-Told")
    yield "cells"


def folding(lab: Lab) -> Iterator[str]:
    """What a cell folds, open and closed, and where the next line begins."""
    is_there(lab, ".cm-content")
    lab.do(FOLDED)
    lab.type(1, *[Keys.ARROW_DOWN] * 3, Keys.END, Keys.ENTER, "request = request.strip()")
    yield "folding-open"
    while marks := lab.driver.find_elements(By.CSS_SELECTOR, ".cm-foldGutter [title='Fold line']"):
        marks[-1].click()
    is_there(lab, ".cm-foldPlaceholder")
    yield "folding-closed"


def mistakes(lab: Lab) -> Iterator[str]:
    """The key that goes from mistake to mistake, with its message."""
    lab.do(f"{CURRENT} notebook.activeCellIndex = 0; notebook.mode = 'command'; notebook.node.focus();")
    for name in ("mistake-of-signature", "mistake-of-option"):
        ActionChains(lab.driver).send_keys(Keys.F8).perform()
        is_there(lab, ".nbdspy-Told")
        yield name


def completion(lab: Lab) -> Iterator[str]:
    """What can stand at the cursor: an option of a magic, and a type of a field."""
    for cell, lines, name in ((3, 0, "completion"), (4, 3, "completion-type")):
        lab.type(cell, *[Keys.ARROW_DOWN] * lines, Keys.END, Keys.TAB)
        is_there(lab, ".jp-Completer:not(.lm-mod-hidden) .jp-Completer-match")
        yield name
        lab.type(cell, Keys.ESCAPE, Keys.ESCAPE)


def hover(lab: Lab) -> Iterator[str]:
    """What the mouse is told of a magic, and of a program."""
    is_there(lab, ".nbdspy-Status")
    lab.point_at(3, "evaluate")
    is_there(lab, ".nbdspy-About:not(.nbdspy-mod-card)")
    yield "hover-magic"
    lab.point_at(3, "Intent")
    is_there(lab, ".nbdspy-About.nbdspy-mod-card")
    yield "hover-program"


READY = (CANNED, START, SIGNATURE)
CELLS = (START, SIGNATURE, PREDICT, MODULE, WRONG, COMPILE)
SCENES: Final = {
    "cells": Scene(act=cells, cells=CELLS),
    "notebook7-cells": Scene(act=cells, cells=CELLS, route=NOTEBOOK_7),
    "folding": Scene(act=folding, cells=(LONG, MODULE)),
    "mistakes": Scene(act=mistakes, cells=(START, WRONG, MISSPELT)),
    "completion": Scene(
        act=completion, cells=(CANNED, START, SIGNATURE, "%evaluate Intent --", HALF), runs=3, height=1000
    ),
    "hover": Scene(act=hover, cells=(CANNED, START, SIGNATURE, "%evaluate Intent --threads 3"), runs=3),
}
