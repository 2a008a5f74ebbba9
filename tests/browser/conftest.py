"""One browser and one JupyterLab for all tests here."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

import pytest

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.browser.lab import Lab


@pytest.fixture(scope="session")
def driver(tmp_path_factory: pytest.TempPathFactory) -> Iterator[WebDriver]:
    """A browser."""
    from tests.browser import lab

    if lab.CHROMIUM is None or lab.CHROMEDRIVER is None:
        pytest.skip("There is no chromium with its chromedriver on the path; CHROMIUM and CHROMEDRIVER may name them.")
    with lab.browser(tmp_path_factory.mktemp("browser")) as driver:
        yield driver


@pytest.fixture
def lab(driver: WebDriver, tmp_path: object) -> Iterator[Lab]:
    """A JupyterLab that is open in the browser; its page must not have complained."""
    from pathlib import Path

    from tests.browser.lab import Lab, complaints

    assert isinstance(tmp_path, Path)
    complaints(driver)
    lab = Lab(tmp_path, driver)
    try:
        yield lab
        assert complaints(driver) == []
    finally:
        lab.shut()
        lab.close()
