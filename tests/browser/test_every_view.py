"""Every view in JupyterLab and Notebook 7: watched and pressed while a cell runs, and read when the kernel is gone."""

from __future__ import annotations

import time
from copy import deepcopy
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pytest
from selenium.common.exceptions import WebDriverException

from tests.browser.lab import CURRENT, LAB, NOTEBOOK_7, Lab, complaints, kept_widgets, mimetypes, photograph, wait
from tests.browser.ten_minutes import notebook
from tests.browser.views import START, VIEWS, View

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.browser.lab import Server

pytestmark = [pytest.mark.browser, pytest.mark.slow, pytest.mark.timeout(900)]

OPEN_FORMS = ("playground", "label")  # which nobody closed when the notebook was saved
READERS = ("owner", "stranger", "default")  # the last by a page that keeps no widget's state, as pages are at first
MISSING = "widget model not found"


@dataclass(slots=True)
class Seen:
    """What became of a view: the error of watching it, its outputs in the file, and what is read in it by whom."""

    error: Exception | AssertionError | None = None
    outputs: list[Any] = field(default_factory=list)
    read: dict[str, str] = field(default_factory=dict)


@dataclass(slots=True)
class Visit:
    """All views in one notebook, from its first cell to the reader who knows nobody.

    Args:
        views: What became of each.
        kept: The widgets whose state was saved with the notebook.
        kept_at_last: The same, once the forms were closed too.
        is_trusted: Whether the page took the notebook for the reader's own.
        complaints: Of all pages.
    """

    views: dict[str, Seen]
    kept: list[str]
    kept_at_last: list[str]
    is_trusted: dict[str, bool]
    complaints: list[str]


@pytest.fixture(scope="module", params=[LAB, NOTEBOOK_7], ids=["lab", "notebook-7"])
def visit(request: pytest.FixtureRequest, driver: WebDriver) -> Visit:
    """The views are run one after the other; the notebook is saved, its kernel ended, and the page loaded anew."""
    name = str(request.param).replace("/", "-")
    server: Server = request.getfixturevalue("server" if request.param == LAB else "server_7")
    page = Lab(server, driver, name, route=request.param)
    try:
        return _visited(page, server, name)
    finally:
        page.shut()
        page.close()


def _visited(page: Lab, server: Server, name: str) -> Visit:
    driver = page.driver
    cells = {view: _cells(VIEWS[view]) for view in VIEWS}
    complaints(driver)
    page.open("views.ipynb", notebook(START, *(cell for some in cells.values() for cell in some)))
    assert page.run(0) == []
    visit = Visit({}, [], [], {}, [])
    at: dict[str, int] = {}
    first = 1
    for view, some in cells.items():
        at[view] = first + 1
        visit.views[view] = _watched(page, VIEWS[view], first)
        first += len(some)
    book = page.saved("views.ipynb")
    visit.kept = kept_widgets(book)
    for view, seen in visit.views.items():
        seen.outputs = book.cells[at[view]].outputs
    for view in OPEN_FORMS:
        page.look(at[view])
        page.press(at[view], "Done")
    wait(lambda: "nbdspy-form" not in driver.page_source, seconds=60)
    visit.kept_at_last = kept_widgets(page.saved("views.ipynb"))
    visit.complaints += complaints(driver)
    page.shut()

    for reader in READERS:
        taken = deepcopy(book)
        if reader == "stranger":
            taken.metadata["from"] = "elsewhere"  # which is not as it was signed
        elif reader == "default":
            del taken.metadata["widgets"]
            server.trust(taken)
        page.open(f"{reader}.ipynb", taken)
        visit.is_trusted[reader] = page.do(f"{CURRENT} return notebook.model.cells.get(2).trusted;")
        wait(lambda: "Loading widget" not in driver.page_source, seconds=60)
        for view, seen in visit.views.items():
            seen.read[reader] = _read(page, VIEWS[view], at[view])
            photograph(driver, f"{name}-{view}-{reader}", height=1400)
        page.shut()
    visit.complaints += complaints(driver)
    return visit


def _cells(view: View) -> list[str]:
    return [view.before, view.cell, *filter(None, [view.busy])]


def _watched(page: Lab, view: View, first: int) -> Seen:
    """Run a view's cells, at most three times; an error is kept, so that the other views are still seen."""
    seen = Seen()
    for _ in range(3):
        try:
            _watch(page, view, first)
        except (AssertionError, TimeoutError, WebDriverException) as error:
            seen = Seen(error=error)
            page.interrupt()
            wait(lambda: page.do("return window.ended !== false;"), seconds=60)
        else:
            return Seen()
    return seen


def _watch(page: Lab, view: View, first: int) -> None:
    assert page.run(first) == []
    if view.busy:
        page.run(first + 1)
    page.start(first + 1 + bool(view.busy))
    page.look(first + 1)
    view.meanwhile(page, first + 1)
    wait(lambda: page.do("return window.ended;"), seconds=120)


def _read(page: Lab, view: View, at: int) -> str:
    """What can be read in a view, once the page has drawn it, which may take a moment."""
    until = time.monotonic() + 30
    while True:
        said = page.read(at)
        is_drawn = "Loading widget" not in said and all(text in said for text in view.says)
        if is_drawn or time.monotonic() > until:
            return said
        time.sleep(0.5)


@pytest.mark.parametrize("view", VIEWS)
def test_it_is_seen_and_pressed_while_a_cell_runs(visit: Visit, view: str) -> None:
    error = visit.views[view].error

    assert error is None, error


@pytest.mark.parametrize("view", VIEWS)
def test_one_small_output_is_left_of_it(visit: Visit, view: str) -> None:
    outputs = visit.views[view].outputs

    shown = [output for output in outputs if "widget-view" not in str(output.get("data", {}).keys())]
    (output,) = shown
    assert mimetypes(output) == {"text/plain", "text/html"}
    assert len(output["data"]["text/html"]) < 50_000
    assert len(outputs) == 1 + (view in OPEN_FORMS)


@pytest.mark.parametrize("reader", READERS)
@pytest.mark.parametrize("view", VIEWS)
def test_it_can_be_read_when_the_kernel_is_gone(visit: Visit, view: str, reader: str) -> None:
    read = visit.views[view].read[reader]

    assert visit.is_trusted[reader] == (reader != "stranger")
    assert [text for text in VIEWS[view].says if text not in read] == []
    assert "widget" not in read


def test_no_state_is_kept_but_that_of_forms_while_they_are_open(visit: Visit) -> None:
    assert "ButtonModel" in visit.kept
    assert visit.kept_at_last == []


def test_no_page_complains(visit: Visit) -> None:
    assert [said for said in visit.complaints if MISSING not in said] == []
