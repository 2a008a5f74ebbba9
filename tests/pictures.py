"""The pictures of README.md, in light and in dark: JupyterLab while the small model compiles, and two of its helps.

Run by `make pictures`, which fetches the model; writes docs/pictures/*.png. It needs Chromium with its chromedriver.
Words choose pictures: `python -m tests.pictures mistake explorer` takes those that need no model.
"""

from __future__ import annotations

import base64
import io
import re
import sys
import tempfile
import time
from pathlib import Path
from typing import Any

import nbformat
from PIL import Image

from tests.bench.small_model import missing
from tests.browser import lab as page
from tests.browser.exploring import explore
from tests.browser.lab import CURRENT, Lab, wait
from tests.browser.panel import SidePanel
from tests.browser.scenes import writing
from tests.browser.ten_minutes import COMPILE, SIGNATURE, START, notebook

FOLDER = Path("docs/pictures")
MOST_BYTES = 150_000
THEMES = ("Light", "Dark")
ASKED_ANEW = "import nbdspy\nnbdspy.configure_cache(enable_disk_cache=False)"
SIGNS, COMPILES = 2, 3  # cells
SCORED = 5  # programs of the search, before a picture says much
TOP = f"""
    {CURRENT}
    const card = notebook.widgets[{COMPILES}].node.querySelector('[data-card]');
    const trials = [...card.querySelectorAll('details')].find(each => each.innerText.startsWith('Trials'));
    const {{x, y, width}} = card.getBoundingClientRect();
    return [x, y, width, trials.getBoundingClientRect().top - y];
"""
"""The card, as far as its table of trials."""
LESSON = Path("notebooks/01_first_program.ipynb")
EVALUATION = 12  # of its cells
CELLS = f"""
    {CURRENT}
    const [first, last] = given.map(each => notebook.widgets[each].node.getBoundingClientRect());
    return [first.x, first.y, first.width, last.bottom - first.y];
"""
SCROLLED = f"{CURRENT} notebook.widgets[given[0]].node.scrollIntoView({{block: 'start'}});"


def main(chosen: list[str]) -> None:
    """Take some of them, or all."""
    takes = {"compile": photograph_compile, "mistake": photograph_mistake, "explorer": photograph_explorer}
    if unknown := set(chosen) - set(takes):
        sys.exit(f"There is no picture {', '.join(sorted(unknown))}; there are {', '.join(takes)}.")
    chosen = chosen or list(takes)
    if "compile" in chosen and (lack := missing()) is not None:
        sys.exit(f"There is no model to take pictures of: {lack}")
    if page.CHROMIUM is None or page.CHROMEDRIVER is None or not page.EXTENSION.exists():
        sys.exit("It needs chromium with its chromedriver on the path, and what `make extension` builds.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, page.browser(Path(folder)) as driver:
        server = page.Server(Path(folder))
        try:
            for name in chosen:
                takes[name](Lab(server, driver, name))
        finally:
            server.close()


def photograph_mistake(lab: Lab) -> None:
    """Keep what is said of a mistake while it is typed."""
    scene = writing.SCENES["mistakes"]
    for theme in THEMES:
        scene.begin(lab)
        lab.theme(theme)
        resize(lab, 1000, scene.height)
        next(scene.act(lab))
        keep_cells(lab, f"mistake-{theme.lower()}.png", 0, 2)
        lab.shut()
    lab.close()


def photograph_explorer(lab: Lab) -> None:
    """Keep how the first lesson's score is explored, as it lies in the repository, without a kernel."""
    resize(lab, 1000, 1300)
    for theme in THEMES:
        lab.open(LESSON.name, nbformat.read(LESSON, as_version=4))
        lab.shut()
        lab.theme(theme)
        explore(lab, EVALUATION)
        lab.do(SCROLLED, EVALUATION)
        keep_cells(lab, f"explorer-{theme.lower()}.png", EVALUATION, EVALUATION)
    lab.close()


def photograph_compile(lab: Lab) -> None:
    """Compile, and keep what the page shows in the midst of it."""
    resize(lab, 1280, 900)
    lab.open("requests.ipynb", notebook(ASKED_ANEW, START, SIGNATURE, COMPILE))
    panel = SidePanel(lab)
    panel.open()
    for cell in range(COMPILES):
        lab.run(cell)
    lab.start(COMPILES)
    wait(lambda: scored(panel.text) >= SCORED, seconds=1500)
    for theme in THEMES:
        lab.theme(theme)
        time.sleep(1.5)  # JupyterLab fades over
        lab.do(SCROLLED, SIGNS)
        keep(lab, f"jupyterlab-{theme.lower()}.png")
    lab.do("jupyterapp.shell.collapseLeft();")
    resize(lab, 1000, 1600)
    for theme in THEMES:
        lab.theme(theme)
        time.sleep(1.5)
        lab.do(SCROLLED, COMPILES)
        x, y, width, height = lab.do(TOP)
        keep(lab, f"compile-{theme.lower()}.png", {"x": x, "y": y, "width": width, "height": height, "scale": 1})
    lab.press(COMPILES, "Stop, keep best")
    wait(lambda: lab.do("return window.ended;"), seconds=600)
    lab.shut()
    lab.close()


def scored(text: str) -> int:
    """How many programs of the search the panel says are scored."""
    found = re.search(r"(\d+) of \d+ programs", text)
    return int(found[1]) if found else 0


def resize(lab: Lab, width: int, height: int) -> None:
    """Make the page so large, and sharper than it will be shown."""
    size = {"width": width, "height": height, "deviceScaleFactor": 1.5, "mobile": False}
    lab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # type: ignore[no-untyped-call]


def keep_cells(lab: Lab, name: str, first: int, last: int) -> None:
    """Write a picture of some cells, once JupyterLab has faded over."""
    time.sleep(1.5)
    x, y, width, height = lab.do(CELLS, first, last)
    keep(lab, name, {"x": x, "y": y, "width": width, "height": height, "scale": 1})


def keep(lab: Lab, name: str, clip: dict[str, Any] | None = None) -> None:
    """Write a picture of the page, or of a part, with as many colours as it has room for."""
    asked = {"format": "png"} | ({"clip": clip} if clip else {})
    taken = lab.driver.execute_cdp_cmd("Page.captureScreenshot", asked)  # type: ignore[no-untyped-call]
    picture = Image.open(io.BytesIO(base64.b64decode(taken["data"]))).convert("RGB")
    for colours in (256, 128, 64, 32):
        picture.quantize(colours, dither=Image.Dither.NONE).save(FOLDER / name, optimize=True)
        if (size := (FOLDER / name).stat().st_size) < MOST_BYTES:
            print(f"{FOLDER / name}: {picture.width} x {picture.height}, {colours} colours, {size // 1000} kB")
            return
    sys.exit(f"{name} has {size} bytes, more than {MOST_BYTES}.")


if __name__ == "__main__":
    main(sys.argv[1:])
