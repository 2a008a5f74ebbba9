"""One browser for all tests here, and a Jupyter server for each kind of page; each test has a folder to itself."""

from __future__ import annotations

import itertools
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final

import pytest

from tests.lacking import lacking

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.browser.lab import Lab, Server

_numbers: Final = itertools.count(1)


@pytest.fixture(scope="session")
def chromium() -> None:
    """Chromium, and what drives it."""
    from tests.browser import lab

    if lab.CHROMIUM is None or lab.CHROMEDRIVER is None:
        lacking("There is no chromium with its chromedriver on the path; CHROMIUM and CHROMEDRIVER may name them.")


@pytest.fixture(scope="session")
def driver(chromium: None, tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """A browser."""
    from tests.browser import lab

    with lab.browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture(scope="session")
def server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of JupyterLab's pages."""
    yield from _server(tmp_path_factory)


@pytest.fixture(scope="session")
def server_7(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    """A server of Notebook 7's pages.

    Jupyter's server remembers by its name alone where a file lies, and JupyterLab and Notebook 7 have fonts of the same
    names: after one of them was given such a font, the other is answered that it may not have it.
    """
    yield from _server(tmp_path_factory)


@pytest.fixture(scope="session")
def extension() -> None:
    """What JupyterLab loads of ours, built."""
    from tests.browser.lab import EXTENSION

    if not EXTENSION.exists():
        lacking("`make extension` builds what JupyterLab loads of ours.")


@pytest.fixture(scope="session")
def axe() -> None:
    """What looks a page over for hindrances."""
    from tests.browser.panel import AXE

    if not AXE.exists():
        lacking("`make extension` installs axe.")


@pytest.fixture
def lab(driver: WebDriver, server: Server) -> Iterator[Lab]:
    """JupyterLab in the browser; its page must not complain."""
    from tests.browser.lab import LAB

    yield from _page(driver, server, LAB)


@pytest.fixture
def notebook_7(driver: WebDriver, server_7: Server) -> Iterator[Lab]:
    """Notebook 7 in the browser; its page must not complain."""
    from tests.browser.lab import NOTEBOOK_7

    yield from _page(driver, server_7, NOTEBOOK_7)


def _server(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Server]:
    from tests.browser.lab import Server

    server = Server(tmp_path_factory.mktemp("server"))
    yield server
    server.close()


def _page(driver: WebDriver, server: Server, route: str) -> Iterator[Lab]:
    from tests.browser.lab import Lab, complaints

    complaints(driver)
    page = Lab(server, driver, f"test-{next(_numbers)}", route=route)
    try:
        yield page
        assert complaints(driver) == []
    finally:
        page.shut()
        page.close()
