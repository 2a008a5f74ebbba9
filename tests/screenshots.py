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
from nbdspy.jupyter.compile_watch import REMEDY
from nbdspy.jupyter.place import UNFINISHED, lost
from nbdspy.signatures import read_text
from nbdspy.views.drawing import drawn, with_notes

FOLDER = Path("build/screenshots")
LIGHT, DARK = "background:#fff;color:#1a1a1a", "background:#111;color:#e6e6e6"
MARGIN = 16
HEAD = "<style>.error{white-space:pre-wrap;overflow-wrap:anywhere} pre{overflow-x:auto}</style>"  # as pages have them
TALLEST = 15_000  # pixels that a picture may have

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


@dataclass(frozen=True)
class Shown:
    """Something as a page shows it that has a kernel, and the output that a notebook keeps of it."""

    html: str
    kept: Any


def groups() -> dict[str, Callable[[], Mapping[str, Shown]]]:
    """What there is to see by its group, each by its name."""
    return {
        "definitions": lambda: cards(samples.definitions()),
        "predictions": lambda: cards(samples.predictions()),
        "traces": lambda: cards(samples.traces()),
        "forms": lambda: cards(samples.forms()),
        "runs": lambda: cards(samples.runs()),
        "workbench": lambda: cards(samples.workbench()),
        "with buttons": with_buttons,
        "mistakes": mistakes,
    }


def cards(things: Mapping[str, Any]) -> dict[str, Shown]:
    """The cards of some things."""
    found = {name: views.bundle(thing)["text/html"] for name, thing in things.items()}
    return {name: Shown(html, kept_card(html)) for name, html in found.items()}


def kept_card(html: str) -> Any:
    """The output of a card."""
    return nbformat.v4.new_output("display_data", data={"text/html": html, "text/plain": "A card."})


def with_buttons() -> dict[str, Shown]:
    """Live cards, what is kept of them in a notebook that is saved meanwhile, and one whose kernel is gone."""
    found: dict[str, Shown] = {}
    for name, card in moments.moments(samples.runs()["compile"]).items():
        html = drawn("card.html", fragments=list(card.fragments.values()), is_live=True)
        kept = with_notes(card.bundle(), [f"{UNFINISHED} {REMEDY}"])
        found[name] = Shown(html, kept_card(kept["text/html"]))
    gone = lost(REMEDY) + card.html()
    return {**found, "compile whose kernel is gone": Shown(gone, kept_card(gone))}


def mistakes() -> dict[str, Shown]:
    """What somebody reads who mistyped a signature."""
    found: dict[str, Shown] = {}
    for name, text in MISTAKES.items():
        try:
            read_text(text, name="Intent")
        except NbdspyError as error:
            said = error.lines()
            kind, text = type(error).__name__, render.escape("\n".join(said))
            found[name] = Shown(
                f"<pre class=error>{text}</pre>",
                nbformat.v4.new_output("error", ename=kind, evalue=error.message, traceback=said),
            )
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
                page = FOLDER / f"{file_of(group)}-{look.name}.html"
                page.write_text(html(shown, look), encoding="utf-8")
                driver.get(page.absolute().as_uri())
                photograph(driver, page.with_suffix(".png"), look.width + 2 * MARGIN)
        with untrusting(driver, Path(folder)) as stranger:
            for group, shown in drawn.items():
                see_untrusted(stranger, file_of(group), shown)


def file_of(group: str) -> str:
    """How the names of its files begin."""
    return group.replace(" ", "-")


def html(shown: Mapping[str, Shown], look: Look) -> str:
    """A page of cards, each under its name."""
    parts = [
        f'<p style="font:11px sans-serif;color:#888;margin:14px 0 0">{name}</p>{each.html}'
        for name, each in shown.items()
    ]
    whole = "".join(parts)
    whole = re.sub(r' style="[^"]*"', "", whole) if look.is_bare else whole
    return f'<!doctype html><meta charset=utf-8>{HEAD}<body style="margin:{MARGIN}px;{look.page}">{whole}'


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


def see_untrusted(stranger: lab.Lab, group: str, shown: Mapping[str, Shown]) -> None:
    """Open a notebook with what was kept as a stranger gets it: cleaned by JupyterLab itself."""
    book = nbformat.v4.new_notebook(metadata={"kernelspec": {"name": "python3", "display_name": "Python 3"}})
    for name, each in shown.items():
        book.cells.append(nbformat.v4.new_code_cell(f"# {name}", outputs=[each.kept]))
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
