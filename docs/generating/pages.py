"""Writes the pages that are made from the code beside those that are written by hand; git leaves them alone."""

from __future__ import annotations

from pathlib import Path

from docs.generating import command, course, dspy_names, extras, house, magics, names
from docs.generating.public import rooms

FOLDERS = ("notebooks", "parts", "reference")


def written() -> dict[str, str]:
    """Every page and part by its path below `docs/`."""
    return {
        "parts/course.md": course.listing(),
        "parts/dspy_carried.md": dspy_names.carried(),
        "parts/dspy_later.md": dspy_names.later(),
        "parts/dspy_left_out.md": dspy_names.left_out(),
        "parts/extras.md": extras.listing(),
        "parts/floors.md": house.drawn(),
        "reference/command.md": command.page(),
        "reference/magics.md": magics.page(),
        "reference/names.md": names.listing(),
        **{f"reference/rooms/{room.name}.rst": names.room_page(room) for room in rooms()},
        **{f"notebooks/{path.name}": path.read_text(encoding="utf-8") for path in course.notebooks()},
    }


def write(docs: Path) -> None:
    """Bring the pages up to date; one that says the same stays untouched, so that Sphinx reads only what changed."""
    wanted = {docs / path: text for path, text in written().items()}
    for folder in FOLDERS:
        for old in (docs / folder).rglob("*"):
            if old.is_file() and old not in wanted:
                old.unlink()
    for path, text in wanted.items():
        path.parent.mkdir(parents=True, exist_ok=True)
        if not path.exists() or path.read_text(encoding="utf-8") != text:
            path.write_text(text, encoding="utf-8")
