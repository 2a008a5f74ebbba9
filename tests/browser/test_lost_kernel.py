"""A compile whose kernel ends before it does: the page says so, and a notebook saved meanwhile can be read."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbdspy.jupyter.compile_watch import REMEDY
from nbdspy.jupyter.place import LOST, UNFINISHED
from tests.browser.lab import CURRENT, Lab, complaints, kept_widgets, wait
from tests.browser.ten_minutes import CANNED, COMPILE, SIGNATURE, START, notebook

if TYPE_CHECKING:
    from collections.abc import Callable

pytestmark = [pytest.mark.browser, pytest.mark.slow]

CELLS = (CANNED, START, SIGNATURE, "seconds = 0.2", f"{COMPILE} --bg")
DIE = "import os\nos.kill(os.getpid(), 9)"
BUTTONS = f"{CURRENT} return notebook.widgets[4].node.querySelectorAll('.jp-Cell-outputArea button[data-do]').length;"
MISSING = "widget model not found"
"""What a page complains of that has no widget for an output; its reader is shown what was kept."""

LATE = "Comm not found for comm id"
"""What a page complains of that hears the last words of a kernel which it has left."""


@pytest.fixture(params=["lab", "notebook_7"])
def going(request: pytest.FixtureRequest) -> Lab:
    """A notebook whose compile goes on in the background, with buttons."""
    page: Lab = request.getfixturevalue(request.param)
    page.open("going.ipynb", notebook(*CELLS, DIE))
    begun(page, *range(5))
    return page


def begun(page: Lab, *cells: int) -> None:
    """Run cells, the last of which compiles."""
    for cell in cells:
        outputs = page.run(cell)
        assert not [output for output in outputs if output["output_type"] == "error"], outputs
    page.look(4)
    wait(lambda: "Stop, keep best" in page.shows(4) and "of 100 examples" in page.shows(4), seconds=60)


def html_of(page: Lab) -> str:
    """What the notebook keeps of the card."""
    (output,) = page.outputs(4)
    return "".join(output["data"]["text/html"])


def test_what_was_saved_meanwhile_can_be_read_when_the_kernel_is_gone(going: Lab) -> None:
    page = going
    page.do(f"{CURRENT} window.header = notebook.widgets[4].node.querySelector('[data-fragment=header]');")
    wait(lambda: UNFINISHED in html_of(page) and "of 100 examples" in html_of(page), seconds=60)
    assert page.do("return window.header.isConnected;")  # what is kept is renewed beside what is watched
    assert page.do(BUTTONS) > 0
    book = page.saved("going.ipynb")
    page.shut()
    page.do(f"{CURRENT} panel.context.model.dirty = false;")  # else a page asks before it goes

    assert kept_widgets(book) == ["AnyModel", "LayoutModel"]
    page.open("with_state.ipynb", signed(page, book))
    page.look(4)
    wait(lambda: LOST in page.shows(4), seconds=30)
    assert REMEDY in page.shows(4)
    title, counted, seed = (page.shows(4).index(said) for said in ("compiling", "of 100 examples", "seed 0"))
    assert title < counted < seed
    assert page.do(BUTTONS) == 0
    page.photograph("lost-with-state")
    page.shut()

    del book.metadata["widgets"]
    for name, prepared in {"default": signed, "stranger": lambda _, book: book}.items():
        page.open(f"{name}.ipynb", prepared(page, book))
        assert page.do(f"{CURRENT} return notebook.model.cells.get(4).trusted;") == (name == "default")
        page.look(4)
        page.do("await new Promise(done => setTimeout(done, 3000));")  # a page looks for a widget that long
        read = page.read(4)
        assert "of 100 examples" in read
        assert f"{UNFINISHED} {REMEDY}" in read
        assert "widget" not in read
        assert page.do(BUTTONS) == 0
        page.photograph(f"lost-{name}")
        page.shut()
        book.metadata["from"] = "elsewhere"  # which is not as it was signed
    assert [said for said in complaints(page.driver) if MISSING not in said] == []


def signed(page: Lab, book: Any) -> Any:
    page.server.trust(book)
    return book


def restarted(page: Lab) -> None:
    page.do(f"{CURRENT} await panel.sessionContext.session.kernel.restart();")


def died(page: Lab) -> None:
    page.start(5)
    wait(lambda: page.do("return !!document.querySelector('.jp-Dialog');"), seconds=60)
    page.do("document.querySelector('.jp-Dialog button.jp-mod-accept').click();")


@pytest.mark.parametrize("end", [restarted, died])
def test_a_card_says_that_its_kernel_is_gone_and_a_new_one_goes_on(going: Lab, end: Callable[[Lab], None]) -> None:
    page = going

    end(page)

    try:
        wait(lambda: LOST in page.shows(4), seconds=30)
    except TimeoutError as error:
        raise AssertionError(f"{page.shows(4)} {page.outputs(4)}") from error
    assert REMEDY in page.shows(4)
    assert page.do(BUTTONS) == 0
    page.photograph(f"lost-{end.__name__}")
    page.do(f"{CURRENT} notebook.model.cells.get(4).sharedModel.setSource(given[0]);", f"{CELLS[4]} --resume")
    wait(lambda: page.do(f"{CURRENT} return panel.sessionContext.session.kernel.status === 'idle';"), seconds=60)
    begun(page, *range(5))
    assert LOST not in page.shows(4)
    assert page.do(BUTTONS) > 0
    assert [said for said in complaints(page.driver) if LATE not in said] == []
