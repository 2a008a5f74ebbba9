"""`nbdspy demo`: the first notebook, run on a real model of this machine."""

from __future__ import annotations

import shutil
import tempfile
import time
from pathlib import Path

import nbdspy
from nbdspy.cli import headless
from nbdspy.errors import UsageError

FIRST = "01_first_program.ipynb"


def run(notebook: Path | None = None) -> int:
    """Run a copy of the notebook and print its closing table."""
    path = _first() if notebook is None else notebook
    book = headless.read(path)
    started = time.monotonic()
    with tempfile.TemporaryDirectory(prefix="nbdspy-demo-") as folder:
        shutil.copy(path, folder)
        headless.run(
            book, folder=Path(folder), environment={"NBDSPY_MODE": "lines", "NBDSPY_CASSETTE": "off"}, aloud=True
        )
    print(headless.last_text(book))
    print(f"\n{path.name} ran in {time.monotonic() - started:.0f} s, on this machine.")
    return 0


def _first() -> Path:
    """The first notebook: packed into the package, or beside it where nbdspy is developed."""
    package = Path(nbdspy.__file__).parent
    places = [package / "notebooks" / FIRST, package.parent / "notebooks" / FIRST]
    found = next((place for place in places if place.is_file()), None)
    if found is None:
        raise UsageError(f"The notebook {FIRST} is not here.", hint="Give its path: nbdspy demo NOTEBOOK.")
    return found
