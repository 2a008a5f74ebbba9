"""A card that lives while its cell runs: what changed comes in, what the reader did stays, and buttons are heard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import CURRENT, kept_widgets, wait
from tests.browser.ten_minutes import begin_compile, texts

if TYPE_CHECKING:
    from tests.browser.lab import Lab


@pytest.fixture
def compiling(lab: Lab) -> Lab:
    """A notebook whose last cell compiles, and shows buttons already."""
    begin_compile(lab, "live.ipynb", seconds=0.2)
    wait(lambda: "Stop, keep best" in lab.shows(4), seconds=30)
    return lab


@pytest.mark.browser
@pytest.mark.slow
def test_buttons_steer_a_compile_while_its_cell_runs(compiling: Lab) -> None:
    lab = compiling
    lab.photograph("live-card")
    lab.press(4, "Pause")
    wait(lambda: "paused" in lab.shows(4), seconds=10)
    assert not lab.do("return window.ended;")
    lab.press(4, "Resume")
    wait(lambda: "paused" not in lab.shows(4), seconds=10)
    wait(lambda: "best " in lab.shows(4), seconds=60)

    lab.press(4, "Stop, keep best")

    wait(lambda: lab.do("return window.ended;"), seconds=60)
    (output,) = lab.outputs(4)
    assert "You stopped it." in lab.shows(4)
    assert "Stop, keep best" not in lab.shows(4)
    assert set(output["data"]) == {"text/plain", "text/html"}


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_is_patched_not_drawn_anew(compiling: Lab) -> None:
    lab = compiling
    lab.do(f"{CURRENT} window.kept = notebook.widgets[4].node.querySelector('[data-fragment=header]');")
    before = lab.shows(4)

    wait(lambda: lab.shows(4) != before, seconds=20)

    assert lab.do("return window.kept.isConnected;")
    assert lab.do("return document.activeElement.tagName;")  # nothing took the focus away
    lab.press(4, "Stop, keep best")
    wait(lambda: lab.do("return window.ended;"), seconds=60)


@pytest.mark.browser
@pytest.mark.slow
def test_a_saved_notebook_holds_one_readable_output_and_nothing_of_the_widget(compiling: Lab) -> None:
    lab = compiling
    lab.press(4, "Stop, keep best")
    wait(lambda: lab.do("return window.ended;"), seconds=60)

    book = lab.saved("live.ipynb")

    assert kept_widgets(book) == []
    assert len(json.dumps(book.cells[4].outputs)) < 50_000
    assert "Intent" in texts(book.cells[4].outputs)[0]
