"""Pictures of every card for people to look at: light, dark, wide, narrow, without styles, in a stranger's notebook.

Run by `make screenshots`; writes build/screenshots/*.png and the pages they were taken of. Words choose groups:
`python tests/screenshots.py runs forms`. Chromium and its chromedriver are found on the path, or named by CHROMIUM and
CHROMEDRIVER.
"""

from __future__ import annotations

import re
import sys
import tempfile
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import nbformat
from browser import lab
from views import moments, samples

from nbdspy import render, views
from nbdspy.errors import NbdspyError
from nbdspy.signatures import read_text

FOLDER = Path("build/screenshots")
LIGHT, DARK = "background:#fff;color:#1a1a1a", "background:#111;color:#e6e6e6"
MARGIN = 16
TALLEST = 15_000  # pixels that a picture may have
UNSEEN = ("with buttons", "mistakes")  # groups that no saved notebook holds as a card

MISTAKES = {
    "a type that is none": "Name what the person wants.\n\nrequest: strr\n->\nintent: str",
    "a field that is none": 'Name it.\n\nrequest: str\n->\nintent Literal["alarm", "timer"]',
    "no arrow": "Name what the person wants.\n\nrequest: str\n\nintent: str",
}


@dataclass(frozen=True)
class Look:
    """A kind of page to see the cards on; `width` is that of a card."""

    name: str
    page: str
    width: int = 860
    is_bare: bool = False


LOOKS = (
    Look("light", LIGHT),
    Look("dark", DARK),
    Look("light-380", LIGHT, width=380),
    Look("dark-380", DARK, width=380),
    Look("bare", f"{LIGHT};font-family:sans-serif", is_bare=True),
)


def groups() -> dict[str, Callable[[], Mapping[str, str]]]:
    """The cards by their group, each as HTML by its name."""
    return {
        "definitions": lambda: cards(samples.definitions()),
        "predictions": lambda: cards(samples.predictions()),
        "traces": lambda: cards(samples.traces()),
        "forms": lambda: cards(samples.forms()),
        "runs": lambda: cards(samples.runs()),
        "workbench": lambda: cards(samples.workbench()),
        "with buttons": lambda: moments.moments(samples.runs()["compile"]),
        "mistakes": mistakes,
    }


def cards(things: Mapping[str, Any]) -> dict[str, str]:
    """The cards of some things."""
    return {name: views.bundle(thing)["text/html"] for name, thing in things.items()}


def mistakes() -> dict[str, str]:
    """What somebody reads who mistyped a signature."""
    found: dict[str, str] = {}
    for name, text in MISTAKES.items():
        try:
            read_text(text, name="Intent")
        except NbdspyError as error:
            said = render.escape("\n".join(error.lines()))
            found[name] = f'<pre style="white-space:pre-wrap;overflow-wrap:anywhere">{said}</pre>'
    return found


def main(chosen: list[str]) -> None:
    """Draw the cards and take their pictures."""
    if lab.CHROMIUM is None or lab.CHROMEDRIVER is None:
        sys.exit("There is no chromium with its chromedriver on the path. Set CHROMIUM and CHROMEDRIVER to them.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    drawn = {group: draw() for group, draw in groups().items() if not chosen or group in chosen}
    with tempfile.TemporaryDirectory() as folder, lab.browser(Path(folder)) as driver:
        for group, shown in drawn.items():
            for look in LOOKS:
                page = FOLDER / f"{group.replace(' ', '-')}-{look.name}.html"
                page.write_text(html(shown, look), encoding="utf-8")
                driver.get(page.absolute().as_uri())
                photograph(driver, page.with_suffix(".png"), look.width + 2 * MARGIN)
        with untrusting(driver, Path(folder)) as stranger:
            for group, shown in drawn.items():
                if group not in UNSEEN:
                    see_untrusted(stranger, group, shown)


def html(shown: Mapping[str, str], look: Look) -> str:
    """A page of cards, each under its name."""
    parts = [
        f'<p style="font:11px sans-serif;color:#888;margin:14px 0 0">{name}</p>{card}' for name, card in shown.items()
    ]
    whole = "".join(parts)
    whole = re.sub(r' style="[^"]*"', "", whole) if look.is_bare else whole
    return f'<!doctype html><meta charset=utf-8><body style="margin:{MARGIN}px;{look.page}">{whole}'


@contextmanager
def untrusting(driver: Any, folder: Path) -> Iterator[lab.Lab]:
    """A JupyterLab that trusts no notebook which it is given."""
    server = lab.Server(folder)
    try:
        page = lab.Lab(server, driver, "strangers")
        yield page
        page.close()
    finally:
        server.close()


def see_untrusted(stranger: lab.Lab, group: str, shown: Mapping[str, str]) -> None:
    """Open a notebook with the cards as a stranger gets it: cleaned by JupyterLab itself."""
    book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for name, card in shown.items():
        output = nbformat.v4.new_output("display_data", data={"text/html": card, "text/plain": name})
        book.cells.append(nbformat.v4.new_code_cell(f"# {name}", outputs=[output]))
    stranger.open(f"{group}.ipynb", book)
    assert not stranger.do(f"{lab.CURRENT} return notebook.model.cells.get(0).trusted;")
    for theme in ("Light", "Dark"):
        stranger.theme(theme)
        resize(stranger.driver, 1000, TALLEST)
        time.sleep(2)  # JupyterLab draws cells as they come into view
        end = stranger.do(
            f"{lab.CURRENT} return Math.max(...notebook.widgets.map(each => each.node.getBoundingClientRect().bottom));"
        )
        photograph(stranger.driver, FOLDER / f"{group}-untrusted-{theme.lower()}.png", 1000, height=int(end) + 60)
    stranger.shut()


def photograph(driver: Any, path: Path, width: int, *, height: int = 0) -> None:
    """Take a picture of a page, by default of the whole of it."""
    resize(driver, width, height or 600)
    if not height:
        height = driver.execute_script("return document.documentElement.scrollHeight")
        resize(driver, width, min(height, TALLEST))
        beyond = driver.execute_script("return document.documentElement.scrollWidth - innerWidth")
        if beyond > 0:
            print(f"{path.name}: {beyond} pixels wider than the page", file=sys.stderr)
    driver.save_screenshot(str(path))
    print(path)


def resize(driver: Any, width: int, height: int) -> None:
    """Make the page as large as no window can be."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1, "mobile": False}
    driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)


if __name__ == "__main__":
    main(sys.argv[1:])
