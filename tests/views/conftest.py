"""Samples to draw, drawn once, and a strict reader of the HTML they become."""

from __future__ import annotations

import importlib.util
import sys
from collections.abc import Callable
from html.parser import HTMLParser
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest

TAGS = {"b", "br", "code", "del", "details", "div", "img", "ins", "pre", "progress", "span", "summary", "table"}
TAGS |= {"tbody", "td", "th", "thead", "tr"}
ATTRIBUTES = {"alt", "cellpadding", "colspan", "height", "max", "open", "src", "style", "value", "width"}
BLOCKS = {"br", "details", "div", "pre", "summary", "table", "td", "th", "tr"}
WITHOUT_END = {"br", "img"}


class Page(HTMLParser):
    """HTML that was read strictly: known tags and attributes only, each tag closed where it should be."""

    def __init__(self, html: str) -> None:
        super().__init__(convert_charrefs=True)
        self.images: list[dict[str, str | None]] = []
        self.pieces: list[str] = []
        self._open: list[str] = []
        self._hidden = 0
        self.feed(html)
        self.close()
        assert not self._open, f"not closed: {self._open}"

    @property
    def text(self) -> str:
        """All text, with what only a page without styles shows."""
        return " ".join("".join(self.pieces).split())

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        assert tag in TAGS, f"<{tag}> does not belong in a card"
        unknown = {name for name, _ in attrs} - ATTRIBUTES
        assert not unknown, f"<{tag}> has {unknown}"
        if tag == "img":
            self.images.append(dict(attrs))
        if tag not in WITHOUT_END:
            self._open.append(tag)
        self.pieces.append(" " if tag in BLOCKS else "")

    def handle_endtag(self, tag: str) -> None:
        assert self._open[-1:] == [tag], f"</{tag}> closes {self._open[-1:]}"
        self._open.pop()
        self.pieces.append(" " if tag in BLOCKS else "")

    def handle_data(self, data: str) -> None:
        self.pieces.append(data)

    def handle_comment(self, data: str) -> None:
        raise AssertionError(f"a comment: {data}")


@pytest.fixture(scope="session")
def read() -> Callable[[str], Page]:
    """Reads a card; fails on anything that a card must not hold."""
    return Page


@pytest.fixture(scope="session")
def samples() -> ModuleType:
    """The module of samples."""
    spec = importlib.util.spec_from_file_location("views_samples", Path(__file__).with_name("samples.py"))
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    sys.modules[spec.name] = module  # the types of a signature class are looked up there
    spec.loader.exec_module(module)
    return module


@pytest.fixture(scope="session")
def runs(samples: ModuleType) -> dict[str, Any]:
    """Finished runs by name, on a part of the data."""
    found: dict[str, Any] = samples.runs(val=25, test=60, candidates=4)
    return found


@pytest.fixture(scope="session")
def things(samples: ModuleType, runs: dict[str, Any]) -> dict[str, Any]:
    """Everything that can be drawn, by name."""
    return {**samples.definitions(), **samples.workbench(), **samples.predictions(), **samples.traces(),
            **samples.forms(), **runs}  # fmt: skip
