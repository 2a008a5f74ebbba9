"""Lessons in other hands: papermill and nbclient run them, nbconvert and Jupyter Book show them with their cards."""

from __future__ import annotations

import json
import re
import shutil
import subprocess
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from typing import Any

import nbformat
import pytest
from nbclient import NotebookClient
from nbconvert import HTMLExporter

pytestmark = [pytest.mark.slow, pytest.mark.timeout(900)]

FOLDER = Path(__file__).parents[2] / "notebooks"
LESSONS = sorted(path.stem for path in FOLDER.glob("*.ipynb"))
BOOK = "jupyter-book<2"  # 2 fetches its theme from elsewhere when it builds


class Words(HTMLParser):
    """What a piece of HTML says, and how many parts of it unfold."""

    def __init__(self, html: str) -> None:
        super().__init__()
        self._said: list[str] = []
        self.folded = 0
        self.feed(html)
        self.text = " ".join(" ".join(self._said).split())

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Count one that unfolds."""
        self.folded += tag == "details"

    def handle_data(self, data: str) -> None:
        """Keep a text."""
        self._said.append(data)


@pytest.fixture
def lesson(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[str], Path]:
    """Gives a lesson in a folder of its own, which replays its cassette."""

    def copied(name: str) -> Path:
        monkeypatch.setenv("NBDSPY_CASSETTE", f"replay:{FOLDER / name}.jsonl")
        monkeypatch.setenv("NBDSPY_MODE", "static")
        monkeypatch.setenv("NBDSPY_HOME", str(tmp_path / "home"))
        return Path(shutil.copy(FOLDER / f"{name}.ipynb", tmp_path))

    return copied


@pytest.mark.parametrize("name", LESSONS)
def test_papermill_runs_a_lesson_and_leaves_what_is_stored(
    name: str, lesson: Callable[[str], Path], tool: Callable[[str, str], Path], request: pytest.FixtureRequest
) -> None:
    path = lesson(name)
    run = request.getfixturevalue("run")  # which takes the environment over as it is now
    papermill = tool("papermill", "papermill")

    run(papermill, path, path.with_name("ran.ipynb"), "--kernel", "python3", folder=path.parent)

    assert shown(path.with_name("ran.ipynb")) == shown(path)


@pytest.mark.parametrize("name", LESSONS)
def test_nbclient_runs_a_lesson_in_a_clean_kernel(name: str, lesson: Callable[[str], Path]) -> None:
    path = lesson(name)
    book = nbformat.read(path, as_version=4)

    NotebookClient(book, timeout=600, iopub_timeout=60, resources={"metadata": {"path": str(path.parent)}}).execute()
    nbformat.write(book, path.with_name("ran.ipynb"))

    assert shown(path.with_name("ran.ipynb")) == shown(path)


def test_lessons_that_run_in_order_in_one_folder_show_what_is_stored(
    lesson: Callable[[str], Path], monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in LESSONS:
        path = lesson(name)
        monkeypatch.setenv("NBDSPY_HOME", str(path.parent / ".nbdspy"))  # where it is unless somebody says otherwise
        book = nbformat.read(path, as_version=4)

        NotebookClient(
            book, timeout=600, iopub_timeout=60, resources={"metadata": {"path": str(path.parent)}}
        ).execute()
        nbformat.write(book, path.with_name("ran.ipynb"))

        for cell, stored, now in zip(book.cells, shown(path), shown(path.with_name("ran.ipynb")), strict=True):
            if cell.source == "%programs":  # which lists those of the lessons before too
                assert set(stored[0]["text/plain"].splitlines()) <= set(now[0]["text/plain"].splitlines()), name
            else:
                assert now == stored, f"{name}: {cell.source}"


@pytest.mark.parametrize("name", LESSONS)
def test_a_page_of_nbconvert_has_every_card(name: str) -> None:
    page, _ = HTMLExporter().from_filename(str(FOLDER / f"{name}.ipynb"))

    read = Words(page)  # not letter for letter: nbconvert writes the tags anew
    stored = [Words(card) for card in cards(FOLDER / f"{name}.ipynb")]
    assert len(stored) > 5
    assert [card.text[:80] for card in stored if card.text not in read.text] == []
    assert read.folded >= sum(card.folded for card in stored)


@pytest.fixture(scope="module")
def book(tmp_path_factory: pytest.TempPathFactory, tool: Callable[[str, str], Path]) -> Path:
    """The pages of a Jupyter Book of the whole course, built once."""
    jupyter_book = tool(BOOK, "jupyter-book")
    place = tmp_path_factory.mktemp("book")
    for name in LESSONS:
        shutil.copy(FOLDER / f"{name}.ipynb", place)
    chapters = "".join(f"- file: {name}\n" for name in LESSONS[1:])
    (place / "_toc.yml").write_text(f"format: jb-book\nroot: {LESSONS[0]}\nchapters:\n{chapters}")
    (place / "_config.yml").write_text("title: A course\nexecute:\n  execute_notebooks: 'off'\n")
    done = subprocess.run([jupyter_book, "build", place], cwd=place, capture_output=True, text=True, timeout=800)
    assert done.returncode == 0, done.stdout + done.stderr
    return place / "_build" / "html"


@pytest.mark.parametrize("name", LESSONS)
def test_a_page_of_jupyter_book_has_every_card_and_every_heading(name: str, book: Path) -> None:
    page = (book / f"{name}.html").read_text(encoding="utf-8")

    stored = cards(FOLDER / f"{name}.ipynb")
    assert len(stored) > 5
    assert [card[:80] for card in stored if card not in page] == []
    said = Words(page).text.replace("’", "'")  # as typed
    assert [heading for heading in headings(FOLDER / f"{name}.ipynb") if heading not in said] == []


def headings(path: Path) -> list[str]:
    """What the headings of a notebook say, without their marks."""
    texts = [cell.source for cell in nbformat.read(path, as_version=4).cells if cell.cell_type == "markdown"]
    lines = [line for text in texts for line in text.splitlines() if re.match("#+ ", line)]
    return [re.sub("[`*_]", "", line.lstrip("# ")) for line in lines]


def cards(path: Path) -> list[str]:
    """The HTML that the cells of a notebook show, as it is stored."""
    outputs = [output for cell in json.loads(path.read_text())["cells"] for output in cell.get("outputs", [])]
    return ["".join(each["data"]["text/html"]).strip() for each in outputs if "text/html" in each.get("data", {})]


def shown(path: Path) -> list[Any]:
    """What the cells of a notebook show; what cannot be shown without a page left out."""
    return [_outputs(cell) for cell in nbformat.read(path, as_version=4).cells]


def _outputs(cell: Any) -> list[Any]:
    """Of one cell; what it printed is one text, in however many pieces that came."""
    found: list[Any] = []
    for each in cell.get("outputs", []):
        if each.output_type == "stream" and found and isinstance(found[-1], str):
            found[-1] += each.text
        else:
            found.append(each.text if each.output_type == "stream" else each.get("data"))
    return found
