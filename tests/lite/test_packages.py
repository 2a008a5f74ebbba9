"""What the site takes along, and what it leaves out and tells of."""

from __future__ import annotations

import re
import tomllib
from pathlib import Path

import nbformat

from lite import lessons, packages


def test_every_package_that_is_left_out_is_one_that_nbdspy_needs_and_the_page_says_why() -> None:
    project = tomllib.loads((packages.ROOT / "pyproject.toml").read_text(encoding="utf-8"))["project"]
    needed = {re.split(r"[^\w-]", one, maxsplit=1)[0] for one in project["dependencies"]}
    told = (packages.ROOT / "docs" / "browser.md").read_text(encoding="utf-8")

    assert set(packages.LEFT_OUT) <= needed
    assert len(packages.requirements()) == len(needed) - len(packages.LEFT_OUT)
    assert [name for name, why in packages.LEFT_OUT.items() if f"| {name} | {why} |" not in told] == []


def test_every_cell_that_is_worded_otherwise_is_in_a_lesson() -> None:
    books = [nbformat.read(lessons.NOTEBOOKS / f"{name}.ipynb", as_version=4) for name in lessons.LESSONS]
    cells = "\n".join(cell.source for book in books for cell in book.cells)

    assert [there for there in lessons.INSTEAD if there not in cells] == []


def test_a_link_leads_to_a_lesson_that_the_site_has(tmp_path: Path) -> None:
    lessons.write(tmp_path / "files")
    books = [nbformat.read(path, as_version=4) for path in (tmp_path / "files").glob("*.ipynb")]
    linked = [
        name
        for book in books
        for cell in book.cells
        if cell.cell_type == "markdown"
        for name in re.findall(r"\]\(([^)]*\.ipynb)[^)]*\)", cell.source)
    ]

    assert linked
    assert [name for name in linked if not (tmp_path / "files" / name).is_file()] == []


def test_a_lesson_replays_by_itself() -> None:
    assert (
        lessons.adapted("%load_ext nbdspy\n%lm smollm2", "x") == "%load_ext nbdspy\n%cassette replay x.txt\n%lm smollm2"
    )
