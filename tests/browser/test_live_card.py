"""A card that lives while its cell runs: what changed comes in, what the reader did stays, and buttons are heard."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import pytest

from tests.browser.lab import CURRENT, kept_widgets, mimetypes, wait
from tests.browser.ten_minutes import begin_compile, notebook, texts

if TYPE_CHECKING:
    from tests.browser.lab import Lab

LONG = """\
import time
from pathlib import Path
from IPython.display import display
from nbdspy.jupyter.live import LiveCard
from nbdspy.views import Card

def card(said):
    lines = "".join(f"<div>line {n}, {said}</div>" for n in range(60))
    inside = f'<div data-list style="height:120px;overflow:auto">{lines}</div>'
    return Card(fragments={"said": said, "list": inside, "more": lines}, text=said)

live = LiveCard(card("the first"), lambda what, text: None)
display(live.bundle, raw=True)

def following():
    while not Path("go").exists():
        time.sleep(0.05)
    for said in ("the second", "the third", "the last"):
        live.patch(live.change(card(said)))
        time.sleep(0.3)
"""
OUTSIDE = (
    "while (!(window.outside.scrollHeight > window.outside.clientHeight + 300 &&"
    " getComputedStyle(window.outside).overflowY.match(/auto|scroll/))) window.outside = window.outside.parentNode;"
)
"""From a cell to what scrolls it."""
SCROLLED = "return [window.inside.scrollTop, window.outside.scrollTop];"


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
    assert mimetypes(output) == {"text/plain", "text/html"}


@pytest.mark.browser
@pytest.mark.slow
def test_the_page_is_patched_not_drawn_anew(compiling: Lab) -> None:
    lab = compiling
    lab.do(f"{CURRENT} window.kept = notebook.widgets[4].node.querySelector('[data-fragment=header]');")
    lab.do(f"{CURRENT} window.summary = notebook.widgets[4].node.querySelector('[data-card] summary');")
    lab.do("window.summary.focus(); window.summary.click();")
    before = lab.shows(4)

    wait(lambda: lab.shows(4) != before, seconds=20)

    assert lab.do("return window.kept.isConnected;")
    assert lab.do("return window.summary.isConnected && document.activeElement === window.summary;")
    assert lab.do("return window.summary.parentNode.open;")
    lab.press(4, "Stop, keep best")
    wait(lambda: lab.do("return window.ended;"), seconds=60)


@pytest.mark.browser
@pytest.mark.slow
def test_what_is_scrolled_stays_where_it_is(lab: Lab) -> None:
    lab.open("scrolled.ipynb", notebook(LONG, "following()"))
    lab.run(0)
    lab.start(1)
    lab.look(0)
    lab.do(f"{CURRENT} window.inside = notebook.widgets[0].node.querySelector('[data-list]');")
    lab.do(f"{CURRENT} window.outside = notebook.widgets[0].node; {OUTSIDE}")
    lab.do("window.outside.scrollTop = 180; window.inside.scrollTop = 140;")
    scrolled = lab.do(SCROLLED)
    assert min(scrolled) > 100
    text = lab.shows(0)

    (lab.notebooks / "go").touch()
    wait(lambda: "the last" in lab.shows(0), seconds=30)

    assert lab.shows(0) != text
    assert lab.do("return window.inside.isConnected;")
    assert lab.do(SCROLLED) == scrolled
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
