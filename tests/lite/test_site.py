"""The site in a real Chromium: Python in the page replays the lessons, and shows what is stored of them."""

from __future__ import annotations

import functools
import json
import os
import shutil
import subprocess
import threading
from collections.abc import Iterator
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import nbformat
import pytest

from lite import lessons, packages
from tests.browser import lab
from tests.lacking import lacking

pytestmark = [pytest.mark.slow, pytest.mark.timeout(1_200)]

SAID = {"text/plain", "text/html"}
HAS_TABLES = {
    "01_first_program": {"import pandas as pd"},
    "02_compile": {
        "result.trials[[", "result.lineage[[", "result.bootstraps[[", "changed = result.examples", "changed.drop",
        "mipro = %compile", "mipro.proposals[[", "kept = result.bootstraps", '%%check "Exercise 1"',
    },
    "03_look_inside": {
        "looked.to_frame()", "once.frame.query", "once.confusion()\n", "two.examples.query", "result.trials[[",
        "result.lineage[[", "result.bootstraps[[", "labels.frame\n", "looked.save(", '%%check "Exercise 1"',
        '%%check "Exercise 2"',
    },
}  # fmt: skip
"""What the cells say that cannot be run without pandas, or without Optuna, which needs NumPy."""

STARTED = "return !!window.jupyterapp?.commands?.hasCommand('docmanager:open');"
RUN = """
window.told = null;
(async () => {
  const options = {path: arguments[0], factory: 'Notebook', kernel: {name: 'python'}};
  const panel = await jupyterapp.commands.execute('docmanager:open', options);
  await panel.context.ready;
  await panel.sessionContext.ready;
  const ran = [];
  for (const cell of panel.content.widgets.filter(each => each.model.type === 'code')) {
    const code = cell.model.sharedModel.getSource(), outputs = [];
    const future = panel.sessionContext.session.kernel.requestExecute({code, stop_on_error: false});
    future.onIOPub = ({header, content}) => outputs.push({kind: header.msg_type, ...content});
    ran.push({code, status: (await future.done).content.status, outputs});
  }
  return ran;
})().then(ran => { window.told = {ran}; }, error => { window.told = {error: String(error)}; });
"""
"""Runs the cells one after another; it is not waited for, since a driver waits two minutes at most."""

REACHED = """
const done = arguments[arguments.length - 1];
fetch(arguments[0], {mode: 'no-cors'}).then(() => done(true), () => done(false));
"""
REACHED_BY_WORKER = """
const done = arguments[arguments.length - 1];
const asks = `onmessage = ({data}) =>
  fetch(data, {mode: 'no-cors'}).then(() => postMessage(true), () => postMessage(false))`;
const worker = new Worker(URL.createObjectURL(new Blob([asks])));
worker.onmessage = ({data}) => done(data);
worker.postMessage(arguments[0]);
"""


class Quiet(SimpleHTTPRequestHandler):
    """Serves files and says nothing of it."""

    def log_message(self, format: str, *args: Any) -> None:
        """Say nothing."""


@pytest.fixture(scope="module")
def site(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    """The site, built with what `make .venv/.lite` installed (or NBDSPY_LITE_PYTHON) and served; its address."""
    python = Path(os.environ.get("NBDSPY_LITE_PYTHON") or packages.ROOT / ".venv" / "lite" / "bin" / "python")
    if not python.exists():
        lacking("`make .venv/.lite` installs JupyterLite")
    if not shutil.which("npm") or not lab.CHROMIUM or not lab.CHROMEDRIVER:
        lacking("npm or Chromium is not there")
    folder = tmp_path_factory.mktemp("lite") / "site"
    subprocess.run([python, "-m", "lite.site", folder], cwd=packages.ROOT, check=True, capture_output=True)
    with ThreadingHTTPServer(("127.0.0.1", 0), functools.partial(Quiet, directory=str(folder))) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


@pytest.fixture(scope="module")
def page(site: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Any]:
    """JupyterLite in a browser that reaches its server and nothing else."""
    with lab.browser(tmp_path_factory.mktemp("browser"), knows_others=False) as driver:
        driver.get(f"{site}/lab/index.html")
        lab.wait(lambda: driver.execute_script(STARTED), seconds=120)
        yield driver


@pytest.mark.parametrize("name", lessons.LESSONS)
def test_a_lesson_replays_in_the_page_and_shows_what_is_stored(page: Any, name: str) -> None:
    stored = nbformat.read(lessons.NOTEBOOKS / f"{name}.ipynb", as_version=4).cells
    cells = [cell for cell in stored if cell.cell_type == "code"]

    page.execute_script(RUN, f"{name}.ipynb")
    lab.wait(lambda: page.execute_script("return !!window.told"), seconds=900)
    told = page.execute_script("return window.told")

    assert "error" not in told, told
    ran = told["ran"]
    failed = [f"{cell['code']}\n" for cell in ran if cell["status"] != "ok"]
    assert [code for code in failed if not any(needs in code for needs in HAS_TABLES[name])] == []
    assert [needs for needs in HAS_TABLES[name] if not any(needs in code for code in failed)] == []
    raised = [each for cell in ran for each in cell["outputs"] if each["kind"] == "error"]
    assert [each["evalue"] for each in raised if not is_of_missing(each)] == []
    compared = [
        (shown(cell["outputs"]), shown(before.outputs))
        for cell, before in zip(ran, cells, strict=True)
        if cell["code"] == before.source and cell["status"] == "ok"
    ]
    assert len(compared) > len(cells) / 2
    assert [here for here, there in compared if here != there] == []


def test_the_page_asks_for_nothing_from_elsewhere(page: Any, site: str) -> None:
    """Before the next test, which asks for something else itself: what could not be had is told, too."""
    loaded = page.execute_script("return performance.getEntriesByType('resource').map(entry => entry.name)")

    assert len(loaded) > 20
    assert [address for address in loaded if not address.startswith((site, "blob:", "data:"))] == []


def test_the_browser_reaches_nothing_else_so_no_lesson_needs_it(page: Any, site: str) -> None:
    other = site.replace("127.0.0.1", "localhost")  # the same server under another name

    assert page.execute_async_script(REACHED, site) is True
    assert page.execute_async_script(REACHED, other) is False
    assert page.execute_async_script(REACHED_BY_WORKER, site) is True
    assert page.execute_async_script(REACHED_BY_WORKER, other) is False


def is_of_missing(error: Any) -> bool:
    """Whether an error is that a package is not there, or comes of it: a name is not bound, a check not passed."""
    said = error["evalue"]
    is_there = said not in {f"No module named {name!r}" for name in packages.LEFT_OUT}
    return not is_there or "is not defined" in said or "CheckFailed" in error["ename"]


def shown(outputs: list[Any]) -> list[Any]:
    """What a cell's outputs say; text that came in pieces is one."""
    said = [json.dumps({kind: data for kind, data in each["data"].items() if kind in SAID}, sort_keys=True)
            for each in outputs if "data" in each]  # fmt: skip
    printed = "".join(each["text"] for each in outputs if "text" in each)
    return [*said, printed]
