"""Saved cards in a real JupyterLab with our extension: explored when the kernel is gone, by keys, in both themes."""

from __future__ import annotations

import time
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_output
from selenium.webdriver.common.keys import Keys

from nbdspy import views
from tests.browser.exploring import CELLS, FOCUSED, PRESS, SAYS, SHOWN, explore, ready, run_all, write
from tests.browser.lab import CURRENT, PICTURES, complaints, wait
from tests.browser.ten_minutes import notebook
from tests.browser.test_hostile import HACKED, Listener
from tests.views import hostile, samples

if TYPE_CHECKING:
    from tests.browser.lab import Lab

pytestmark = [
    pytest.mark.browser,
    pytest.mark.slow,
    pytest.mark.usefixtures("extension"),
]


@pytest.fixture
def saved(lab: Lab) -> Lab:
    """A notebook that was run, saved and opened again, on a page that knows no kernel of it."""
    lab.open("reopened.ipynb", run_all(lab))
    lab.shut()
    complaints(lab.driver)  # a debugger had asked the kernel that has ended
    return lab


def picture(lab: Lab, name: str) -> None:
    PICTURES.mkdir(parents=True, exist_ok=True)
    lab.driver.set_window_size(1100, 1300)
    for theme in ("Light", "Dark"):
        lab.theme(theme)
        time.sleep(1.5)  # JupyterLab fades over
        lab.driver.save_screenshot(str(PICTURES / f"lab-explorer-{name}-{theme.lower()}.png"))
    lab.theme("Light")
    lab.driver.set_window_size(1100, 900)


def test_a_saved_notebook_is_explored_without_a_kernel(saved: Lab) -> None:
    ready(saved, 1)
    assert "95 % interval" in saved.do(SAYS, 1)  # the card first
    explore(saved, 1)
    write(saved, "warm hat")
    wait(lambda: len(saved.do(SHOWN, 1)) == 1, seconds=10)
    assert "a warm hat for Ben" in saved.do(SHOWN, 1)[0]
    write(saved, Keys.BACKSPACE * 8)
    saved.do(PRESS, 1, "wrong")
    wait(lambda: all(" wrong " in line for line in saved.do(SHOWN, 1)), seconds=10)
    picture(saved, "evaluation")
    saved.do(PRESS, 1, "Back to the card")
    assert "95 % interval" in saved.do(SAYS, 1)
    assert complaints(saved.driver) == []

    explore(saved, 2)
    for _ in range(20):  # past the columns, by which it can be sorted
        if saved.do(FOCUSED) != ["DIV", "tree"]:
            write(saved, Keys.TAB)
    assert saved.do(FOCUSED) == ["DIV", "tree"]
    write(saved, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    wait(lambda: "You are given these input fields" in saved.do(SAYS, 2), seconds=10)
    assert len(saved.do(SHOWN, 2)) < 40
    write(saved, Keys.HOME, Keys.ARROW_LEFT)
    wait(lambda: len(saved.do(SHOWN, 2)) == 1, seconds=10)
    write(saved, Keys.ARROW_RIGHT, Keys.ARROW_DOWN, Keys.ARROW_DOWN)
    picture(saved, "trace")

    explore(saved, 3)
    saved.do(PRESS, 3, "Compare from here")
    saved.do(
        f"{CURRENT} notebook.widgets[3].node.querySelectorAll('.nbdspy-Line')[2].click();",
    )
    wait(lambda: "What changed from" in saved.do(SAYS, 3), seconds=10)
    picture(saved, "compile")
    assert saved.do(f"{CURRENT} return !panel.sessionContext.session;")


def test_the_live_view_is_what_it_was(lab: Lab) -> None:
    lab.open("live.ipynb", notebook(*CELLS[:2]))
    for cell in range(2):
        lab.run(cell)

    (output,) = lab.outputs(1)
    assert set(output["data"]) == {"text/plain", "text/html", "application/vnd.nbdspy.evaluation.v1+json"}
    assert "95 % interval" in lab.shows(1)


def test_foreign_text_is_explored_and_runs_and_fetches_nothing(lab: Lab) -> None:
    listener = Listener()
    bundles = [
        views.bundle(thing)
        for name, text in hostile.payloads(listener.address).items() if name in ("script", "handler", "attribute end")
        for thing in samples.Hostile(text).everything().values()
    ]  # fmt: skip
    outputs = [new_output("display_data", each) for each in bundles if any(key.endswith("+json") for key in each)]
    book: Any = notebook("1")
    book.cells[0].outputs = outputs
    lab.open("hostile.ipynb", book)
    wait(lambda: lab.do(SAYS, 0).count("Explore") >= len(outputs), seconds=60)

    lab.do("document.querySelectorAll('.nbdspy-Explore').forEach(each => each.click());")
    lab.do("document.querySelectorAll('.nbdspy-Line').forEach(each => each.click());")

    wait(lambda: lab.do("return document.querySelectorAll('.nbdspy-Explorer').length;") == len(outputs), seconds=60)
    assert lab.do(HACKED) == [0, False, 0]
    assert (
        lab.do(
            "return document.querySelectorAll('.nbdspy-Explorer :is(script, img, svg, a, iframe, form, video)').length;"
        )
        == 0
    )
    assert listener.asked == []
    listener.close()
