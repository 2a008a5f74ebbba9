"""`make screenshots` still takes its pictures, those of a stranger's notebook and of JupyterLab with them."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

pytestmark = [pytest.mark.browser, pytest.mark.slow]

SCRIPT = Path(__file__).parents[1] / "screenshots.py"
LOOKS = ("bare", "dark", "dark-380", "light", "light-380", "untrusted-dark", "untrusted-light")
GROUPS = ("predictions", "mistakes")
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.usefixtures("chromium")
def test_cards_and_mistakes_are_photographed_in_every_look(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, str(SCRIPT), *GROUPS], cwd=tmp_path, capture_output=True, text=True, check=False,
        timeout=280,
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr
    assert ran.stderr == ""  # no card is wider than its page
    pictures = list((tmp_path / "build" / "screenshots").glob("*.png"))
    assert {picture.stem for picture in pictures} == {f"{group}-{look}" for group in GROUPS for look in LOOKS}
    assert all(picture.read_bytes().startswith(PNG) for picture in pictures)
    assert all(picture.stat().st_size > 20_000 for picture in pictures)


@pytest.mark.usefixtures("chromium", "extension")
def test_what_jupyterlab_shows_is_photographed_in_both_themes(tmp_path: Path) -> None:
    ran = subprocess.run(
        [sys.executable, "-m", "tests.lab_screenshots", "hover"], cwd=tmp_path, capture_output=True, text=True,
        check=False, timeout=280, env={**os.environ, "PYTHONPATH": str(Path(__file__).parents[2])},
    )  # fmt: skip

    assert ran.returncode == 0, ran.stderr
    pictures = list((tmp_path / "build" / "screenshots").glob("*.png"))
    told, themes = ("hover-magic", "hover-program"), ("light", "dark")
    assert {picture.stem for picture in pictures} == {f"lab-{name}-{theme}" for name in told for theme in themes}
    assert all(picture.read_bytes().startswith(PNG) for picture in pictures)
