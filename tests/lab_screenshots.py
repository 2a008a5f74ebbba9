"""Pictures of what JupyterLab and Notebook 7 show of ours, for people to look at: each in light and in dark.

Run by `make screenshots`; writes build/screenshots/lab-*.png. Words choose scenes: `python -m tests.lab_screenshots
cells panel`. Chromium and its chromedriver are found on the path, or named by CHROMIUM and CHROMEDRIVER.
"""

from __future__ import annotations

import sys
import tempfile
import time
from contextlib import ExitStack, closing
from pathlib import Path
from typing import TYPE_CHECKING, Final

from tests.browser import lab as page
from tests.browser.lab import NOTEBOOK_7, Lab
from tests.browser.scenes import commands, explorers, panels, writing

if TYPE_CHECKING:
    from selenium.webdriver.remote.webdriver import WebDriver

    from tests.browser.scenes.scene import Scene

FOLDER = Path("build/screenshots")
THEMES = ("Light", "Dark")
WIDTH = 1200  # pixels
OTHERS_CLOSED = (
    "[...jupyterapp.shell.widgets('main')].filter(each => !each.sessionContext).forEach(each => each.close());"
)
SCENES: Final[dict[str, Scene]] = {
    **writing.SCENES, **panels.SCENES, **commands.SCENES, **explorers.SCENES, **panels.LAST,
}  # fmt: skip


def photograph(lab: Lab, scene: Scene, theme: str) -> None:
    """Keep a scene's pictures in one theme."""
    of_page = "notebook7-" if scene.route == NOTEBOOK_7 else ""
    scene.begin(lab)
    lab.theme(theme)
    size = {"width": WIDTH, "height": scene.height, "deviceScaleFactor": 1, "mobile": False}
    lab.driver.execute_cdp_cmd("Emulation.setDeviceMetricsOverride", size)  # type: ignore[no-untyped-call]
    for name in scene.act(lab):
        time.sleep(1.5)  # JupyterLab fades over, and draws cells as they come into view
        path = FOLDER / f"lab-{of_page}{name}-{theme.lower()}.png"
        lab.driver.save_screenshot(str(path))
        print(path, flush=True)


def leave(lab: Lab) -> None:
    """End the notebook's kernel, and leave the page, with no question of its."""
    if lab.driver.execute_script("return !!window.jupyterapp;"):  # type: ignore[no-untyped-call]
        lab.do(OTHERS_CLOSED)
        lab.shut()
    lab.close()


def take(driver: WebDriver, chosen: list[str], theme: str, folder: Path) -> None:
    """Keep the pictures of some scenes in one theme, each kind of page from a server of its own."""
    with ExitStack() as ending:
        servers: dict[str, page.Server] = {}
        for name in chosen:
            scene = SCENES[name]
            if scene.route not in servers:
                place = folder / f"{theme}-{scene.route}".replace("/", "-")
                place.mkdir()
                servers[scene.route] = ending.enter_context(closing(page.Server(place)))
            lab = Lab(servers[scene.route], driver, name, route=scene.route)
            photograph(lab, scene, theme)
            leave(lab)


def main(chosen: list[str]) -> None:
    """Take the pictures of some scenes, or of all."""
    if page.CHROMIUM is None or page.CHROMEDRIVER is None:
        sys.exit("There is no chromium with its chromedriver on the path. Set CHROMIUM and CHROMEDRIVER to them.")
    if not page.EXTENSION.exists():
        sys.exit("What JupyterLab loads of ours is not built: `make extension` builds it.")
    if unknown := set(chosen) - set(SCENES):
        sys.exit(f"There is no scene {', '.join(sorted(unknown))}; there are {', '.join(SCENES)}.")
    FOLDER.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder, page.browser(Path(folder)) as driver:
        for theme in THEMES:
            take(driver, [name for name in SCENES if not chosen or name in chosen], theme, Path(folder))


if __name__ == "__main__":
    main(sys.argv[1:])
