"""The pictures of README.md, in light and in dark: the real small model, while it compiles in JupyterLab.

Run by `make pictures`, which fetches the model; writes docs/pictures/*.png. It needs Chromium with its chromedriver.
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

from PIL import Image

from tests.bench.small_model import missing
from tests.browser import lab as page
from tests.browser.lab import CURRENT, Lab, wait
from tests.browser.panel import SidePanel
from tests.browser.ten_minutes import COMPILE, SIGNATURE, START, notebook

FOLDER = Path("docs/pictures")
MOST_BYTES = 150_000
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
SCROLLED = f"{CURRENT} notebook.widgets[given[0]].node.scrollIntoView({{block: 'start'}});"


def main() -> None:
    """Take them."""
    if (lack := missing()) is not None:
        sys.exit(f"There is no model to take pictures of: {lack}")
    if page.CHROMIUM is None or page.CHROMEDRIVER is None or not page.EXTENSION.exists():
        sys.exit("It needs chromium with its chromedriver on the path, and what `make extension` builds.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, page.browser(Path(folder)) as driver:
        server = page.Server(Path(folder))
        try:
            photograph(Lab(server, driver, "household"))
        finally:
            server.close()


def photograph(lab: Lab) -> None:
    """Compile, and keep what the page shows in the midst of it."""
    resize(lab, 1280, 900)
    lab.open("requests.ipynb", notebook(ASKED_ANEW, START, SIGNATURE, COMPILE))
    panel = SidePanel(lab)
    panel.open()
    for cell in range(COMPILES):
        lab.run(cell)
    lab.start(COMPILES)
    wait(lambda: scored(panel.text) >= SCORED, seconds=1500)
    for theme in ("Light", "Dark"):
        lab.theme(theme)
        time.sleep(1.5)  # JupyterLab fades over
        lab.do(SCROLLED, SIGNS)
        keep(lab, f"jupyterlab-{theme.lower()}.png")
    lab.do("jupyterapp.shell.collapseLeft();")
    resize(lab, 1000, 1600)
    for theme in ("Light", "Dark"):
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
    main()
