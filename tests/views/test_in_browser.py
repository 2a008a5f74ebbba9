"""Foreign text in a real browser: nothing of it runs."""

from __future__ import annotations

import os
import shutil
import subprocess

import pytest

from tests.views import hostile

CHROMIUM = os.environ.get("CHROMIUM") or shutil.which("chromium") or shutil.which("google-chrome")
OWNED = "document.title = `owned`"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")
@pytest.mark.parametrize(
    "payload",
    [f"<script>{OWNED}</script>", f'"><img src=x onerror="{OWNED}">', f"'><svg onload='{OWNED}'>"],
)
def test_no_text_runs(payload, samples, tmp_path):
    cards = "".join(hostile.bundle(thing)["text/html"] for thing in samples.Hostile(payload).everything().values())

    assert title_after_loading(cards.replace("<details ", "<details open "), tmp_path) == "still"


@pytest.mark.browser
@pytest.mark.skipif(CHROMIUM is None, reason="there is no Chromium on the path")
def test_the_payload_would_run_if_it_were_not_escaped(tmp_path):
    assert title_after_loading(f'<img src=x onerror="{OWNED}">', tmp_path) == "owned"


def title_after_loading(body, folder):
    """The title of a page that holds this body, once everything in it was loaded."""
    page = folder / "page.html"
    page.write_text(f"<!doctype html><meta charset=utf-8><title>still</title><body>{body}", encoding="utf-8")
    command = [CHROMIUM, "--headless", "--no-sandbox", "--disable-gpu", "--disable-background-networking"]
    command += ["--disable-component-update", "--disable-sync", f"--user-data-dir={folder / 'profile'}"]
    command += ["--virtual-time-budget=2000", "--dump-dom", page.as_uri()]
    dom = subprocess.run(command, capture_output=True, text=True, check=True, timeout=120).stdout
    return dom.partition("<title>")[2].partition("</title>")[0]
