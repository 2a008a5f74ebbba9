"""The pages build without a warning, show the cards, and lead nowhere that is not there."""

import json
import subprocess
import sys
from html.parser import HTMLParser
from pathlib import Path
from urllib.parse import unquote, urlsplit

import pytest
from sphinx.util.inventory import InventoryFile

from docs.generating import course, pages, public

DOCS = Path(pages.__file__).parents[1]
pytestmark = [pytest.mark.slow, pytest.mark.timeout(600)]


class Page(HTMLParser):
    """What a page has places for, where it leads, and what it loads."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self.places: set[str] = set()
        self.leads: list[str] = []
        self.loads: list[str] = []
        self.feed(path.read_text(encoding="utf-8"))

    def handle_starttag(self, tag: str, attributes: list[tuple[str, str | None]]) -> None:
        """Note one element."""
        given = dict(attributes)
        self.places |= {given[name] or "" for name in ("id", "name") if name in given}
        if tag == "a" and given.get("href"):
            self.leads.append(given["href"] or "")
        self.loads += [
            given[name] or "" for name in ("src", "href") if tag in ("link", "script", "img") and name in given
        ]


@pytest.fixture(scope="module")
def built(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """The pages; no warning is let pass."""
    folder = tmp_path_factory.mktemp("pages")
    command = [
        sys.executable,
        "-m",
        "sphinx",
        "--fail-on-warning",
        "--keep-going",
        "--quiet",
        "--fresh-env",
        "-b",
        "html",
    ]
    done = subprocess.run(
        [*command, "-d", folder / "doctrees", DOCS, folder / "html"], capture_output=True, text=True, cwd=DOCS.parent
    )
    assert done.returncode == 0, done.stderr
    return folder / "html"


@pytest.fixture(scope="module")
def read(built: Path) -> dict[Path, Page]:
    """Every page by its file."""
    return {path: Page(path) for path in built.rglob("*.html")}


def test_every_link_leads_to_a_place_that_is_there(built: Path, read: dict[Path, Page]) -> None:
    lost = []
    for path, page in read.items():
        for lead in page.leads:
            parts = urlsplit(lead)
            if parts.scheme or parts.netloc:
                continue
            target = (path.parent / unquote(parts.path)).resolve() if parts.path else path
            there = read.get(target)
            is_lost = not target.exists() or (parts.fragment and there and unquote(parts.fragment) not in there.places)
            lost += [f"{path.relative_to(built)}: {lead}"] if is_lost else []

    assert len(read) > 20
    assert lost == []


def test_nothing_is_loaded_from_elsewhere(read: dict[Path, Page]) -> None:
    assert [load for page in read.values() for load in page.loads if urlsplit(load).netloc] == []


@pytest.mark.parametrize("notebook", course.notebooks(), ids=lambda path: path.stem)
def test_a_notebook_shows_each_of_its_cards_as_it_is_stored(notebook: Path, built: Path) -> None:
    page = (built / "notebooks" / f"{notebook.stem}.html").read_text(encoding="utf-8")
    outputs = [output for cell in json.loads(notebook.read_text())["cells"] for output in cell.get("outputs", [])]
    cards = ["".join(output["data"]["text/html"]) for output in outputs if "text/html" in output.get("data", {})]

    assert cards
    assert [card[:80] for card in cards if card.strip() not in page] == []
    assert page.count('<div class="output text_html">') == len(cards)


def test_every_public_name_can_be_linked_to(built: Path) -> None:
    inventory = InventoryFile.loads((built / "objects.inv").read_bytes(), uri="")
    there = {name for kind, entries in inventory.data.items() if kind.startswith("py:") for name in entries}
    wanted = {name.path for room in public.rooms() for name in room.names}

    assert wanted - there == set()
