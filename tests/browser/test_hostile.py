"""Foreign text in every view, in a real browser: nothing of it runs, and nothing is fetched."""

from __future__ import annotations

import http.server
import threading
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbformat.v4 import new_output

from nbdspy import views
from tests.browser.lab import CURRENT, Lab, complaints, wait
from tests.browser.ten_minutes import notebook
from tests.views import hostile, samples

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

pytestmark = [pytest.mark.browser, pytest.mark.slow]

TESTS = Path(__file__).parents[2]
OPEN_ALL = "document.querySelectorAll('details').forEach(each => { each.open = true; });"
HACKED = "return [window.hacked || 0, document.title === 'owned', document.querySelectorAll('h1').length]"
INSIDE = (
    "notebook.widgets[0].node.querySelectorAll('.jp-OutputArea-output script, .jp-OutputArea-output a[href],"
    " .jp-OutputArea-output iframe, .jp-OutputArea-output form, .jp-OutputArea-output [onclick]').length"
)
LIVE = """
import sys; sys.path.insert(0, {tests!r})
%load_ext nbdspy
from IPython.display import display
from nbdspy import views
from nbdspy.jupyter.live import LiveCard
from tests.views import hostile, samples
things = {{**samples.definitions(), **samples.workbench(), **samples.predictions()}}
views_of = hostile.every_view(samples, things)
draw = lambda text: {{name: hostile.card(thing) for name, thing in views_of(text).items()}}
cards = {{name: LiveCard(card, lambda what, typed: None) for name, card in draw("first").items()}}
for live in cards.values():
    display(live.bundle, raw=True)
"""
PATCH = """
import time
for text in [*hostile.payloads({address!r}).values(), "the last of all"]:
    for name, card in draw(text).items():
        cards[name].patch(cards[name].change(card))
    time.sleep(0.3)
"""


class Listener:
    """A server that writes down who asks it for what."""

    def __init__(self) -> None:
        asked = self.asked = list[str]()

        class Handler(http.server.BaseHTTPRequestHandler):
            def do_GET(self) -> None:
                asked.append(self.path)
                self.send_error(404)

            def log_message(self, *_: Any) -> None:
                pass

        self._server = http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        self.address = f"http://127.0.0.1:{self._server.server_port}"
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def close(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture(scope="module")
def listener() -> Iterator[Listener]:
    """One for all pages here; nobody is to ask it for anything."""
    listener = Listener()
    yield listener
    listener.close()


@pytest.fixture(scope="module")
def cards(listener: Listener) -> dict[str, list[views.Bundle]]:
    """The bundles of every view with each text in all of its fields."""
    things = {**samples.definitions(), **samples.workbench(), **samples.predictions()}
    views_of = hostile.every_view(samples, things)
    return {
        name: [hostile.bundle(thing) for thing in views_of(text).values()]
        for name, text in hostile.payloads(listener.address).items()
    }


def test_a_page_with_all_of_it_runs_and_fetches_nothing(
    cards: dict[str, list[views.Bundle]], driver: WebDriver, listener: Listener, tmp_path: Path
) -> None:
    page = tmp_path / "page.html"
    body = "".join(bundle["text/html"] for some in cards.values() for bundle in some)
    page.write_text(f"<!doctype html><meta charset=utf-8><title>still</title><body>{body}", encoding="utf-8")

    driver.get(page.as_uri())
    driver.execute_script(OPEN_ALL)  # type: ignore[no-untyped-call]

    assert driver.execute_script(HACKED) == [0, False, 0]  # type: ignore[no-untyped-call]
    assert "<script>window.hacked=1" in driver.execute_script("return document.body.innerText")  # type: ignore[no-untyped-call]
    assert driver.execute_script("return document.querySelectorAll('a,script,iframe,form,svg').length") == 0  # type: ignore[no-untyped-call]
    assert listener.asked == []


def test_the_same_page_would_run_and_fetch_if_it_were_not_escaped(driver: WebDriver, tmp_path: Path) -> None:
    listener = Listener()
    page = tmp_path / "page.html"
    text = hostile.payloads(listener.address)["handler"].replace(";alert(1)", "")
    page.write_text(f"<!doctype html><title>still</title><body>{text}", encoding="utf-8")

    driver.get(page.as_uri())
    wait(lambda: driver.execute_script("return window.hacked === 1"), seconds=10)  # type: ignore[no-untyped-call]

    assert listener.asked == ["/image.png"]
    driver.get("about:blank")
    listener.close()


@pytest.mark.parametrize("is_trusted", [False, True], ids=["untrusted", "trusted"])
def test_a_saved_notebook_runs_and_fetches_nothing(
    is_trusted: bool, cards: dict[str, list[views.Bundle]], lab: Lab, listener: Listener
) -> None:
    outputs = [
        new_output("display_data", {"text/html": "".join(bundle["text/html"] for bundle in some), "text/plain": name})
        for name, some in cards.items()
    ]  # type: ignore[no-untyped-call]
    book = notebook("1")
    book.cells[0].outputs = outputs  # type: ignore[no-untyped-call]
    if is_trusted:
        lab.server.trust(book)

    lab.open("hostile.ipynb", book)
    wait(lambda: "free</h1>" in lab.shows(0), seconds=60)
    lab.do(OPEN_ALL)

    assert lab.do(f"{CURRENT} return notebook.model.cells.get(0).trusted;") is is_trusted
    assert lab.do(HACKED) == [0, False, 0]
    assert lab.do(f"{CURRENT} return {INSIDE};") == 0
    assert listener.asked == []


def test_a_live_card_runs_and_fetches_nothing(lab: Lab, listener: Listener) -> None:
    sources = [LIVE.format(tests=str(TESTS)), PATCH.format(address=listener.address)]
    lab.open("hostile_live.ipynb", notebook(*sources))

    for cell in range(2):
        outputs = lab.run(cell)
        assert not [output for output in outputs if output["output_type"] == "error"], outputs
    wait(lambda: "the last of all" in lab.shows(0), seconds=60)

    assert lab.do(HACKED) == [0, False, 0]
    assert listener.asked == []
    assert complaints(lab.driver) == []
