"""Pictures of every card, for people to look at: light, dark, without styles, and on a narrow page.

Run by `make screenshots`; writes build/screenshots/*.png and the pages they were taken of. Chromium is found on the
path or named by CHROMIUM.
"""

from __future__ import annotations

import os
import re
import shutil
import subprocess
import sys
import tempfile
from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from views import samples

from nbdspy import views

FOLDER = Path("build/screenshots")
NAMES = ("chromium", "chromium-browser", "google-chrome")
QUIET = ("--disable-background-networking", "--disable-component-update", "--disable-sync", "--hide-scrollbars")


@dataclass(frozen=True)
class Look:
    """A kind of page to see the cards on."""

    name: str
    page: str
    width: int = 900
    is_bare: bool = False


LOOKS = (
    Look("light", "background:#fff;color:#1a1a1a"),
    Look("dark", "background:#111;color:#e6e6e6"),
    Look("bare", "background:#fff;color:#1a1a1a;font-family:sans-serif", is_bare=True),
    Look("narrow", "background:#fff;color:#1a1a1a", width=392),  # cards of 360
)


def main() -> None:
    """Draw all cards and take their pictures."""
    chromium = os.environ.get("CHROMIUM") or next(filter(None, map(shutil.which, NAMES)), None)
    if chromium is None:
        sys.exit(f"There is no browser on the path ({', '.join(NAMES)}). Install one, or set CHROMIUM to it.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    groups = {
        "definitions": samples.definitions(),
        "predictions": samples.predictions(),
        "traces": samples.traces(),
        "forms": samples.forms(),
        "runs": samples.runs(),
        "workbench": samples.workbench(),
    }
    for group, things in groups.items():
        for look in LOOKS:
            page = FOLDER / f"{group}-{look.name}.html"
            page.write_text(html(things, look), encoding="utf-8")
            photograph(chromium, page, look.width)
            print(page.with_suffix(".png"))


def html(things: Mapping[str, Any], look: Look) -> str:
    """A page of cards that says in its title how high it is."""
    cards = []
    for name, thing in things.items():
        card = views.bundle(thing)["text/html"]
        card = re.sub(r' style="[^"]*"', "", card) if look.is_bare else card
        cards.append(f'<p style="font:11px sans-serif;color:#888;margin:14px 0 0">{name}</p>{card}')
    height = "<script>document.title = document.documentElement.scrollHeight</script>"
    return f'<!doctype html><meta charset=utf-8><body style="margin:16px;{look.page}">{"".join(cards)}{height}'


def photograph(chromium: str, page: Path, width: int) -> None:
    """Take a picture of a whole page beside it."""
    first = browse(chromium, page, f"--window-size={width},600", "--dump-dom")
    height = int(re.search(r"<title>(\d+)", first)[1])  # type: ignore[index]
    browse(chromium, page, f"--window-size={width},{height}", f"--screenshot={page.with_suffix('.png').absolute()}")


def browse(chromium: str, page: Path, *options: str) -> str:
    """Open a page without a window, in a profile that is thrown away."""
    with tempfile.TemporaryDirectory() as profile:
        command = [chromium, "--headless", "--no-sandbox", "--disable-gpu", *QUIET, f"--user-data-dir={profile}"]
        done = subprocess.run(
            [*command, *options, page.absolute().as_uri()], capture_output=True, text=True, check=True, timeout=120
        )
    return done.stdout


if __name__ == "__main__":
    main()
