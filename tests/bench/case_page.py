"""A page that watches: how soon a trace of 10,000 steps stands in JupyterLab, and what a compile sends there."""

from __future__ import annotations

import shutil
import sys
import tempfile
from pathlib import Path
from statistics import median
from typing import TYPE_CHECKING

from tests.bench.busiest import busiest
from tests.bench.sides import say

if TYPE_CHECKING:
    from tests.browser.lab import Lab

OPENED = 5_000  # examples of a predictor and its call each
TURNS = 5
MANY = f"""\
from tests.bench.sides import canned as fixed
with nbdspy.context(lm=fixed("ours", intent="alarm")):
    rows = [nbdspy.Example(request=str(n), intent="alarm").with_inputs("request") for n in range({OPENED})]
    nbdspy.Evaluate(devset=rows, num_threads=8)(nbdspy.Predict(Intent));
assert len(list(nbdspy.trace().walk())) > {2 * OPENED}
"""
TIMED = """
const panel = jupyterapp.shell.currentWidget, notebook = panel.content;
notebook.activeCellIndex = given[0];
const began = performance.now();
await jupyterapp.commands.execute('notebook:run-cell');
while (!notebook.widgets[given[0]].node.querySelector('.jp-Cell-outputArea details'))
  await new Promise(requestAnimationFrame);
await new Promise(requestAnimationFrame);
return performance.now() - began;
"""


def main() -> None:
    from tests.browser import lab

    if lab.CHROMIUM is None or lab.CHROMEDRIVER is None:
        say(skipped="there is no chromium with its chromedriver on the path")
        return
    folder = Path(tempfile.mkdtemp(prefix="nbdspy-page-"))
    server = lab.Server(folder)
    try:
        with lab.browser(folder) as driver:
            page = lab.Lab(server, driver, "bench")
            _measure(page)
            page.shut()
    finally:
        server.close()
        shutil.rmtree(folder)


def _measure(page: Lab) -> None:
    from tests.browser.ten_minutes import notebook
    from tests.browser.test_messages import COMPILE, LISTEN, PROPOSE, SHOWING
    from tests.browser.views import START

    page.open("page.ipynb", notebook(START, MANY, "%trace", PROPOSE, COMPILE))
    for cell in (0, 1):
        assert not [output for output in page.run(cell) if output["output_type"] == "error"]
    say(opened=median(page.do(TIMED, 2) for _ in range(TURNS)) / 1e3)
    page.run(3)
    page.do(LISTEN)
    page.run(4)
    book = page.saved("page.ipynb")
    shown = [each for each in page.do("return window.heard;") if each["kind"] in SHOWING]
    outputs = book.cells[4].outputs
    say(outputs=len(outputs), saved=len(str(outputs).encode()) / 1e3)
    at = [each["at"] for each in shown]
    say(updates=busiest(at, [1 for _ in at]), sent=busiest(at, [each["bytes"] / 1e3 for each in shown]))


if __name__ == "__main__":
    assert sys.argv[1] == "ours", "the peer shows nothing in a page"
    main()
