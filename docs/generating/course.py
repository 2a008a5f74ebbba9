"""The course: the notebooks as they are stored, and a list of them."""

from __future__ import annotations

import json
import re
from pathlib import Path

from docs.generating.markdown import cell, table

NOTEBOOKS = Path(__file__).parents[2] / "notebooks"


def notebooks() -> list[Path]:
    """Every notebook, in reading order."""
    return sorted(NOTEBOOKS.glob("[0-9]*.ipynb"))


def listing() -> str:
    """A table of the notebooks with what each says first of itself, and their pages, as Markdown."""
    rows = [(f"[{title}](notebooks/{path.name})", cell(about)) for path in notebooks() for title, about in [said(path)]]
    paths = "\n".join(f"notebooks/{path.stem}" for path in notebooks())
    return f"{table(('lesson', 'begins with'), rows)}\n```{{toctree}}\n:hidden:\n\n{paths}\n```\n"


def said(notebook: Path) -> tuple[str, str]:
    """The title of a notebook, and its first paragraph."""
    first = json.loads(notebook.read_text(encoding="utf-8"))["cells"][0]
    title, _, rest = "".join(first["source"]).strip().partition("\n")
    paragraph = rest.strip().split("\n\n")[0]
    return re.sub(r"^#+\s*", "", title), paragraph
