"""What JupyterLab's page takes in a notebook of 2,000 cells, with the extension and without: opening, and each key.

`python -m tests.bench.long_notebook [CELLS]` prints a table; it takes some minutes, and needs a Chromium.
"""

from __future__ import annotations

import statistics
import sys
import tempfile
from pathlib import Path

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
KEYS = 60
DRAWN = f"{lab.CURRENT} return notebook.widgets.every(each => each.editor);"
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


def measure(cells: int, *, is_with: bool) -> dict[str, float]:
    """Seconds until it is open and until all is drawn; milliseconds from a key to the page, median and 95 %."""
    book = notebook(*(KINDS[number % len(KINDS)].replace("{number}", str(number)) for number in range(cells)))
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
                found = {"open": page.do("return performance.now() / 1000;")}
                middle = cells // 2 // len(KINDS) * len(KINDS)
                lab.wait(lambda: page.do(DRAWN), seconds=300)  # JupyterLab draws cells while it has nothing to do
                found["drawn"] = page.do("return performance.now() / 1000;")
                for name, cell in (("ours", middle), ("plain", middle + 2)):
                    took = page.do(lab.CURRENT + TYPED, cell, KEYS)
                    found[f"{name}, half"] = statistics.median(took)
                    found[f"{name}, 95 %"] = sorted(took)[int(KEYS * 0.95) - 1]
                return found
        finally:
            server.close()


if __name__ == "__main__":
    count = int(sys.argv[1]) if len(sys.argv) > 1 else 2000
    for is_with in (False, True, False, True):
        found = measure(count, is_with=is_with)
        print("with   " if is_with else "without", {name: round(value, 1) for name, value in found.items()}, flush=True)
