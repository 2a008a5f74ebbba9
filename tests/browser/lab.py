"""JupyterLab and Notebook 7 on a server of their own, and a real browser without a window that looks at them."""

from __future__ import annotations

import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any
from urllib.parse import quote

import nbformat
from nbformat.sign import NotebookNotary
from selenium import webdriver
from selenium.webdriver.chrome.options import Options
from selenium.webdriver.chrome.service import Service
from selenium.webdriver.common.action_chains import ActionChains
from selenium.webdriver.common.keys import Keys
from selenium.webdriver.remote.webdriver import WebDriver
from selenium.webdriver.remote.webelement import WebElement

CHROMIUM = os.environ.get("CHROMIUM") or next(
    filter(None, map(shutil.which, ("chromium", "chromium-browser", "google-chrome"))), None
)
CHROMEDRIVER = os.environ.get("CHROMEDRIVER") or shutil.which("chromedriver")
EXTENSION = Path(__file__).parents[2] / "nbdspy" / "labextension"
PICTURES = Path(__file__).parents[2] / "build" / "screenshots"

SETTINGS = {
    "@jupyterlab/apputils-extension/notification": {
        "fetchNews": "false", "checkForUpdates": False, "doNotDisturbMode": True,
    },
    "@jupyter-widgets/jupyterlab-manager/plugin": {"saveState": True},  # so that it is seen who leaves any
}  # fmt: skip
NOT_OURS = (
    "ERR_NAME_NOT_RESOLVED", "ERR_INTERNET_DISCONNECTED",  # of files that an export would fetch from elsewhere
    "(reading 'schema')", "Command 'filebrowser:open-path' not registered",  # of Notebook 7, in any notebook
    "Could not restore the debugger state",  # of a kernel that ends before JupyterLab's debugger was answered
    "Blocked attempt to show a 'beforeunload'",  # of a page that is left without a click
    "[anywidget] Failed to initialize model",  # of a page so busy that a card takes more than two seconds
)  # fmt: skip
LAB, NOTEBOOK_7 = "lab/tree", "notebooks"
OPENED = "return !!window.jupyterapp?.shell?.currentWidget?.sessionContext;"
CURRENT = "const panel = jupyterapp.shell.currentWidget, notebook = panel.content;"
THEME_STANDS = """
    return document.body.dataset.jpThemeName === `JupyterLab ${given[0]}`
        && !document.getElementById('jupyterlab-splash');
"""
COLOUR_OF_THEME = """
    const probe = document.body.appendChild(document.createElement('span'));
    probe.style.color = `var(--jp-mirror-editor-${given[0]}-color)`;
    const {color} = getComputedStyle(probe);
    probe.remove();
    return color;
"""
"""What the page gives to a kind of word in code, as `keyword`."""


@contextmanager
def browser(folder: Path, *, knows_others: bool = True) -> Iterator[WebDriver]:
    """Chromium with a profile that is thrown away; what pages complain of is kept.

    One that knows no others finds 127.0.0.1 alone, whoever asks: a page, its workers, what those load.
    """
    assert CHROMIUM is not None
    assert CHROMEDRIVER is not None
    options = Options()
    options.binary_location = CHROMIUM
    for argument in ("--headless=new", "--no-sandbox", "--disable-gpu", "--disable-dev-shm-usage", "--hide-scrollbars"):
        options.add_argument(argument)
    for argument in ("--disable-background-networking", "--disable-component-update", "--disable-sync"):
        options.add_argument(argument)
    options.add_argument(f"--user-data-dir={folder / 'profile'}")
    options.add_argument("--window-size=1100,900")
    if not knows_others:
        options.add_argument("--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE 127.0.0.1")
    options.set_capability("goog:loggingPrefs", {"browser": "ALL"})
    driver = webdriver.Chrome(options=options, service=Service(executable_path=CHROMEDRIVER))
    try:
        driver.set_script_timeout(60)
        # A page has the focus even after keys that went to what is around it, as in a window that somebody looks at.
        driver.execute_cdp_cmd("Emulation.setFocusEmulationEnabled", {"enabled": True})
        yield driver
    finally:
        driver.quit()


def complaints(driver: WebDriver) -> list[str]:
    """Errors of the page since the last time, but for those that it would have without us."""
    return [
        said["message"]
        for said in driver.get_log("browser")  # type: ignore[no-untyped-call]
        if said["level"] == "SEVERE" and not any(each in said["message"] for each in NOT_OURS)
    ]


def photograph(driver: WebDriver, name: str, *, height: int) -> None:
    """Keep a picture of the page, as high as it takes to see it whole."""
    PICTURES.mkdir(parents=True, exist_ok=True)
    before = driver.get_window_size()
    driver.set_window_size(1100, height)
    time.sleep(1.5)  # JupyterLab draws cells as they come into view
    driver.save_screenshot(str(PICTURES / f"{name}.png"))
    driver.set_window_size(before["width"], before["height"])


class Server:
    """A Jupyter server with folders of its own, which gives JupyterLab's pages or Notebook 7's."""

    def __init__(self, folder: Path) -> None:
        self.notebooks = folder / "notebooks"
        self.notebooks.mkdir()
        self._data = folder / "data"
        for name, values in SETTINGS.items():
            kept = folder / "settings" / f"{name}.jupyterlab-settings"
            kept.parent.mkdir(parents=True)
            kept.write_text(json.dumps(values), encoding="utf-8")
        places = {
            "JUPYTER_CONFIG_DIR": "config", "JUPYTER_DATA_DIR": "data", "JUPYTER_RUNTIME_DIR": "runtime",
            "JUPYTERLAB_SETTINGS_DIR": "settings", "JUPYTERLAB_WORKSPACES_DIR": "workspaces", "IPYTHONDIR": "ipython",
        }  # fmt: skip
        environment = {
            name: value for name, value in os.environ.items() if name not in ("NBDSPY_MODE", "NBDSPY_CASSETTE")
        }
        environment.update({name: str(folder / place) for name, place in places.items()})
        pages = ("LabApp", "JupyterNotebookApp")
        command = [sys.executable, "-m", "jupyterlab", "--no-browser", "--allow-root", "--ip=127.0.0.1", "--port=0"]
        command += [f"--{page}.expose_app_in_browser=True" for page in pages]
        command += [f"--ServerApp.root_dir={self.notebooks}"]
        if EXTENSION.exists():  # of this checkout, whichever the environment has
            linked = folder / "labextensions"
            linked.mkdir()
            (linked / "nbdspy").symlink_to(EXTENSION)
            command += [f"--{page}.extra_labextensions_path={linked}" for page in pages]
        self._log = (folder / "server.log").open("wb")
        self._process = subprocess.Popen(command, env=environment, stdout=self._log, stderr=subprocess.STDOUT)
        about = folder / "runtime" / f"jpserver-{self._process.pid}.json"
        wait(lambda: about.exists() and about.read_text(encoding="utf-8").rstrip().endswith("}"), seconds=60)
        self._about = json.loads(about.read_text(encoding="utf-8"))

    def address(self, path: str) -> str:
        """Where a page of it is found, by one who may see it; it opens nothing that was open before."""
        return f"{self._about['url']}{quote(path)}?reset&token={quote(self._about['token'])}"

    def trust(self, book: Any) -> None:
        """Have it take a notebook for one of its own."""
        NotebookNotary(data_dir=str(self._data)).sign(book)  # type: ignore[no-untyped-call]

    def close(self) -> None:
        """End it, which ends its kernels."""
        self._process.terminate()
        try:
            self._process.wait(timeout=30)
        except subprocess.TimeoutExpired:
            self._process.kill()
        self._log.close()


class Lab:
    """A page that shows one notebook of a folder: JupyterLab's, or Notebook 7's, which is made of the same parts.

    Args:
        server: Gives it.
        driver: The browser that it is opened in.
        folder: What the folder's name begins with.
        route: Where on the server it is found.
    """

    def __init__(self, server: Server, driver: WebDriver, folder: str, *, route: str = LAB) -> None:
        self.driver = driver
        self.server = server
        # A test that is tried again has a folder of its own: in the same one it would meet the kernel of the first try.
        self.notebooks = Path(tempfile.mkdtemp(prefix=f"{folder}-", dir=server.notebooks))
        self._route = route

    def close(self) -> None:
        """Leave the page, whose kernels have ended."""
        self.driver.get("about:blank")

    def do(self, script: str, *arguments: Any) -> Any:
        """Run JavaScript, which may await; returns what it returns."""
        body = (
            "const done = arguments[arguments.length - 1], given = [...arguments].slice(0, -1);"
            f"(async (...given) => {{ {script} }})(...given)"
            ".then(said => done([said, null]), error => done([null, `${error}`]));"
        )
        said, error = self.driver.execute_async_script(body, *arguments)  # type: ignore[no-untyped-call]
        assert error is None, error
        return said

    def open(self, name: str, book: Any) -> None:
        """Write a notebook down, open it, and wait for its kernel."""
        nbformat.write(book, self.notebooks / name)
        self.driver.get(self.server.address(f"{self._route}/{self.notebooks.name}/{name}"))
        wait(lambda: self.driver.execute_script(OPENED), seconds=60)  # type: ignore[no-untyped-call]
        self.do(
            f"await jupyterapp.restored; {CURRENT} await panel.context.ready; await panel.sessionContext.ready;"
            "await panel.sessionContext.session.kernel.info; jupyterapp.shell.collapseLeft?.();"
        )

    def shut(self) -> None:
        """Save the notebook, and end its kernel; nothing where none is open."""
        if self.driver.execute_script(OPENED):  # type: ignore[no-untyped-call]
            self.do(f"{CURRENT} await panel.context.save(); await panel.sessionContext.shutdown();")

    def start(self, cell: int) -> None:
        """Run a cell and do not wait for it."""
        self.do(
            f"{CURRENT} notebook.activeCellIndex = given[0]; window.ended = false;"
            "void jupyterapp.commands.execute('notebook:run-cell').finally(() => { window.ended = true; });",
            cell,
        )

    def run(self, cell: int) -> list[Any]:
        """Run a cell to its end; returns its outputs."""
        self.start(cell)
        # a driver gives up on a script that runs for two minutes
        wait(lambda: self.do("return window.ended;"), seconds=900)
        return self.outputs(cell)

    def outputs(self, cell: int) -> list[Any]:
        """What a cell shows now."""
        found: list[Any] = self.do(f"{CURRENT} return notebook.model.cells.get(given[0]).outputs.toJSON();", cell)
        return found

    def shows(self, cell: int) -> str:
        """What a reader sees below a cell now, in a live card as in any other output."""
        return str(
            self.do(
                f"{CURRENT} return notebook.widgets[given[0]].node.querySelector('.jp-Cell-outputArea')"
                "?.innerText ?? '';",
                cell,
            )
        )

    def look(self, cell: int) -> None:
        """Bring what a cell shows to where it is drawn; pages leave out what nobody can see."""
        shown = f"{CURRENT} return !!notebook.widgets[given[0]].node.querySelector('.jp-Cell-outputArea')?.innerText;"

        def is_shown() -> Any:
            self.do(f"{CURRENT} await notebook.scrollToItem(given[0], 'start');", cell)
            return self.do(shown, cell)

        wait(is_shown, seconds=30)

    def read(self, cell: int) -> str:
        """All that can be read below a cell, once everything there that opens is open."""
        self.look(cell)
        self.do(
            f"{CURRENT} const all = notebook.widgets[given[0]].node.querySelectorAll('.jp-Cell-outputArea summary');"
            "all.forEach(each => each.parentNode.open || each.click());",
            cell,
        )
        return self.shows(cell)

    def field(self, cell: int, name: str) -> WebElement:
        """The field of a form that a label names, as a screen reader finds it."""
        found: WebElement | None = self.driver.execute_script(  # type: ignore[no-untyped-call]
            f"const jupyterapp = window.jupyterapp, given = arguments; {CURRENT}"
            "const labels = [...notebook.widgets[given[0]].node.querySelectorAll('.nbdspy-form label')];"
            "const label = labels.find(each => each.textContent === given[1]);"
            "return label ? document.getElementById(label.htmlFor) : null;",
            cell, name,
        )  # fmt: skip
        assert found is not None, f"no field {name}"
        return found

    def press(self, cell: int, label: str) -> None:
        """Press a button below a cell, as with a mouse."""
        self.do(
            f"{CURRENT} const all = notebook.widgets[given[0]].node.querySelectorAll('.jp-Cell-outputArea button');"
            "const button = [...all].find(each => each.innerText === given[1]);"
            "if (!button) throw new Error(`no button ${given[1]}`); button.focus(); button.click();",
            cell, label,
        )  # fmt: skip

    def chord(self, *keys: str) -> None:
        """Type one of our shortcuts: Alt and N, then the keys."""
        ActionChains(self.driver).key_down(Keys.ALT).send_keys("n").key_up(Keys.ALT).send_keys(*keys).perform()

    def interrupt(self) -> None:
        """Press the square button."""
        self.do("await jupyterapp.commands.execute('notebook:interrupt-kernel');")

    def type(self, cell: int, *keys: str) -> None:
        """Type at the end of a cell, as with a keyboard."""
        self.do(
            f"{CURRENT} if (notebook.mode !== 'edit') notebook.activeCellIndex = given[0];"
            "notebook.mode = 'edit'; notebook.activeCell.editor.focus();",
            cell,
        )
        for key in keys:
            ActionChains(self.driver).send_keys(key).perform()

    def point_at(self, cell: int, word: str) -> None:
        """Bring the mouse over the first place of a word in a cell."""
        left, top = self.do(
            f"{CURRENT} await notebook.scrollToItem(given[0], 'center');"
            "const view = notebook.widgets[given[0]].editor.editor;"
            "const at = view.state.doc.toString().indexOf(given[1]) + 1, place = view.coordsAtPos(at);"
            "return [place.left, (place.top + place.bottom) / 2];",
            cell, word,
        )  # fmt: skip
        for nearby in (40, 0):
            move = ActionChains(self.driver)
            move.w3c_actions.pointer_action.move_to_location(int(left), int(top) + nearby)
            move.perform()

    def offered(self) -> list[str]:
        """What the completer offers at the cursor."""
        found: list[str] = self.do(
            "return [...document.querySelectorAll('.jp-Completer-match')].map(each => each.innerText);"
        )
        return found

    def source(self, cell: int) -> str:
        """The text of a cell."""
        return str(self.do(f"{CURRENT} return notebook.model.cells.get(given[0]).sharedModel.getSource();", cell))

    def saved(self, name: str) -> Any:
        """The notebook as it is kept in its file."""
        self.do(f"{CURRENT} await panel.context.save();")
        return nbformat.read(self.notebooks / name, as_version=4)  # type: ignore[no-untyped-call]

    def theme(self, name: str) -> None:
        """Light or Dark; back when the page has it, and has taken away the splash that covers it meanwhile.

        A change that comes within the splash's last moments would have JupyterLab take the same splash away twice.
        """
        self.do("await jupyterapp.commands.execute('apputils:change-theme', {theme: `JupyterLab ${given[0]}`});", name)
        wait(lambda: self.do(THEME_STANDS, name), seconds=30)

    def photograph(self, name: str) -> None:
        """Keep a picture of the notebook in both themes, from its first cell on."""
        for theme in ("Light", "Dark"):
            self.theme(theme)
            self.do(f"{CURRENT} notebook.activeCellIndex = 0; await notebook.scrollToItem(0, 'start');")
            photograph(self.driver, f"lab-{name}-{theme.lower()}", height=3400)
        self.theme("Light")


def mimetypes(output: Any) -> set[str]:
    """What an output holds, beside what JupyterLab's explorer reads."""
    return {name for name in output["data"] if not name.startswith("application/vnd.nbdspy.")}


def kept_widgets(book: Any) -> list[str]:
    """The widgets whose state a page has saved with a notebook, by what they are called there."""
    state = book.metadata.widgets["application/vnd.jupyter.widget-state+json"]["state"]
    return sorted(model["model_name"] for model in state.values())


def wait(holds: Callable[[], Any], *, seconds: float) -> None:
    """Wait until something holds.

    Raises:
        TimeoutError: When it does not in time.
    """
    until = time.monotonic() + seconds
    while not holds():
        if time.monotonic() > until:
            raise TimeoutError(f"It took more than {seconds:.0f} seconds.")
        time.sleep(0.1)
