"""A saved notebook on pages that have no kernel: an export, a page that strips styles, and a stranger's JupyterLab."""

from __future__ import annotations

import os
import re
from pathlib import Path
from typing import TYPE_CHECKING, Any

import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

from tests.browser.lab import Lab, complaints, photograph
from tests.browser.ten_minutes import CANNED, CELLS, check, notebook

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

pytestmark = [pytest.mark.browser, pytest.mark.slow]

OPEN_ALL = "document.querySelectorAll('summary').forEach(each => each.parentNode.open || each.click());"
HIDDEN = (
    "return [...document.querySelectorAll('details > :not(summary)')].filter(e => !e.getClientRects().length).length"
)
SAID = ("350", "points", "95 % interval", "it is freezing in here", "one short message", "heating")
IMAGES = "return [...%s.querySelectorAll('img')].map(image => [image.alt, image.naturalWidth > 0]);"


@pytest.fixture(scope="module")
def saved(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """The notebook of the first ten minutes, with what its cells showed."""
    folder = tmp_path_factory.mktemp("saved")
    environment = {**os.environ, "IPYTHONDIR": str(folder), "NBDSPY_MODE": "", "NBDSPY_CASSETTE": ""}
    return NotebookClient(notebook(CANNED, *CELLS), timeout=120, iopub_timeout=60).execute(env=environment)


@pytest.mark.parametrize("template", ["lab", "classic"])
def test_an_exported_page_shows_every_card_whole(saved: Any, template: str, driver: WebDriver, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    page.write_text(HTMLExporter(template_name=template).from_notebook_node(saved)[0], encoding="utf-8")

    read(driver, page)

    assert complaints(driver) == []
    photograph(driver, f"lab-export-{template}", height=height(driver))


def test_a_page_that_strips_styles_shows_every_card_whole(saved: Any, driver: WebDriver, tmp_path: Path) -> None:
    page = tmp_path / "page.html"
    cards = [cell.outputs[0].data.get("text/html", "") for cell in saved.cells[1:]]
    bare = re.sub(r' style="[^"]*"', "", "<hr>".join(cards))
    page.write_text(f"<!doctype html><meta charset=utf-8><body>{bare}", encoding="utf-8")

    read(driver, page)

    assert complaints(driver) == []
    photograph(driver, "lab-stripped", height=height(driver))


def test_a_notebook_from_elsewhere_shows_every_card_whole(saved: Any, lab: Lab) -> None:
    lab.open("from_elsewhere.ipynb", saved)

    trusted = lab.do("return jupyterapp.shell.currentWidget.content.model.cells.get(2).trusted;")
    assert not trusted
    texts, images = [], []
    for cell in range(1, len(saved.cells)):  # one after the other: what nobody can see is not drawn
        texts.append(lab.read(cell))
        lab.do("await Promise.all([...document.images].map(each => each.decode().catch(() => null)));")
        images += lab.do(IMAGES % "jupyterapp.shell.currentWidget.node")
    assert images
    assert all(alt and drawn for alt, drawn in images), images
    assert [said for said in SAID if said not in " ".join(texts)] == []
    lab.photograph("from-elsewhere")
    check([cell.outputs for cell in lab.saved("from_elsewhere.ipynb").cells[1:]])


def read(driver: WebDriver, page: Path) -> None:
    """Open a page, and everything on it that opens."""
    complaints(driver)  # those of the page before
    driver.get(page.as_uri())
    whole(driver)


def whole(driver: WebDriver) -> None:
    """What the cards say can all be read here."""
    driver.execute_script(OPEN_ALL)  # type: ignore[no-untyped-call]
    assert driver.execute_script(HIDDEN) == 0  # type: ignore[no-untyped-call]
    images = driver.execute_script(IMAGES % "document")  # type: ignore[no-untyped-call]
    assert images
    assert all(alt and drawn for alt, drawn in images), images
    text = driver.execute_script("return document.body.innerText")  # type: ignore[no-untyped-call]
    assert [said for said in SAID if said not in text] == []


def height(driver: WebDriver) -> int:
    return int(driver.execute_script("return document.documentElement.scrollHeight")) + 100  # type: ignore[no-untyped-call]
