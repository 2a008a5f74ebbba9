"""What JupyterLab's page takes in a notebook of 2,000 cells, with the extension and without: opening, and each key.

A round measures with and without in turn, in pages of their own; it takes some minutes, and needs a Chromium.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

from tests.bench.sides import say
from tests.browser import lab
from tests.browser.ten_minutes import notebook

OURS = """\
%%signature Intent{number}
Name what the person wants from the assistant.

request: str                                  # one short message
->
intent: Literal["alarm", "timer", "lights"]
"""
PLAIN = "def mood_{number}(text: str) -> float:\n    return 3 if 'not' in text else 4"
LINE = "%evaluate Intent --data test --metric exact_match"
KINDS = (OURS, PLAIN, PLAIN, PLAIN, LINE, PLAIN, PLAIN, PLAIN)
CELLS = 2_000
KEYS = 60
FIRST = {"ours": 0, "plain": 1}
"""The cells that are typed in; what a key costs is not a matter of where its cell stands."""
DRAWN = f"{lab.CURRENT} return Object.values(given[0]).every(cell => notebook.widgets[cell].editor);"
TYPED = """
    const pause = time => new Promise(done => setTimeout(done, time));
    notebook.activeCellIndex = given[0];
    void notebook.scrollToItem(given[0], 'center');
    notebook.mode = 'edit';
    await pause(1500);
    const view = notebook.activeCell.editor.editor, took = [];
    for (let key = 0; key < given[1]; key++) {
        const began = performance.now();
        view.dispatch({changes: {from: view.state.doc.length, insert: 'a'}, userEvent: 'input.type'});
        await new Promise(requestAnimationFrame);
        await pause(0);
        took.push(performance.now() - began);
        await pause(120);
    }
    return took;
"""


def measure(*, is_with: bool) -> dict[str, float]:
    """Seconds until the first cells are drawn; milliseconds from a key to the page, median and 95 %."""
    book = notebook(*(KINDS[number % len(KINDS)].replace("{number}", str(number)) for number in range(CELLS)))
    with tempfile.TemporaryDirectory() as place:
        folder = Path(place)
        extension, lab.EXTENSION = lab.EXTENSION, lab.EXTENSION if is_with else folder / "none"
        try:
            server = lab.Server(folder)
        finally:
            lab.EXTENSION = extension
        try:
            with lab.browser(folder) as driver:
                page = lab.Lab(server, driver, "long")
                page.open("warm.ipynb", notebook("x = 1"))
                page.open("long.ipynb", book)
                lab.wait(lambda: page.do(DRAWN, FIRST), seconds=300)  # the others come while the page has nothing to do
                found = {"open": page.do("return performance.now() / 1000;")}
                for name, cell in FIRST.items():
                    took = page.do(lab.CURRENT + TYPED, cell, KEYS)
                    found[name] = statistics.median(took)
                    found[f"{name}_slow"] = sorted(took)[int(KEYS * 0.95) - 1]
                return found
        finally:
            server.close()


if __name__ == "__main__":
    assert sys.argv[1] == "ours", "the peer has no extension"
    without, with_ours = (measure(is_with=is_with) for is_with in (False, True))
    say(
        **with_ours,
        **{f"{name}_without": value for name, value in without.items()},
        **{f"{name}_times": value / without[name] for name, value in with_ours.items()},
    )
