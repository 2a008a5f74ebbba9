"""The lesson that works in a folder of its own leaves every other folder alone."""

from __future__ import annotations

import re
import shutil
from pathlib import Path

import pytest

from nbdspy.cli import headless

LESSON = Path(__file__).parents[2] / "notebooks" / "11_to_production.ipynb"
LEFT_OUT = r"^run\(|in_the_morning|^%%check"  # starts Python anew, which takes long, or needs what that does


@pytest.mark.timeout(300)
def test_cells_that_run_twice_take_nothing_away_and_do_not_fail(tmp_path: Path) -> None:
    folder = tmp_path / "course"
    folder.mkdir()
    kept = Path(shutil.copy(LESSON, folder))
    book = headless.read(LESSON)
    book.cells = [cell for cell in book.cells if not re.search(LEFT_OUT, cell.source, re.MULTILINE)]
    where, cassettes, gone = (
        next(cell for cell in book.cells if cell.cell_type == "code" and words in cell.source)
        for words in ("TemporaryDirectory", ".mkdir(", "cleanup()")
    )
    named = next(at for at, cell in enumerate(book.cells) if cell is where)
    book.cells[named:named] = [where.copy()]
    written = next(at for at, cell in enumerate(book.cells) if cell is cassettes)
    book.cells[written:written] = [cassettes.copy()]
    assert book.cells[-1] is gone
    book.cells += [gone.copy(), where.copy(), gone.copy()]  # and once more from the top
    environment = {"NBDSPY_CASSETTE": f"replay:{LESSON.with_suffix('.jsonl')}", "NBDSPY_MODE": "static",
                   "NBDSPY_HOME": str(tmp_path / "home"), "NBDSPY_CACHE_DIR": str(tmp_path / "home"),
                   "TMPDIR": str(tmp_path)}  # fmt: skip

    headless.run(book, folder=folder, environment=environment)

    assert kept.read_bytes() == LESSON.read_bytes()
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_dir()) == ["course", "home"]
