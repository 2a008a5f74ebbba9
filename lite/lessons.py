"""The lessons as the site has them: they replay by themselves, and do without pandas where a list will do."""

from __future__ import annotations

import re
import shutil
from pathlib import Path
from typing import Final

import nbformat

from lite.packages import ROOT

NOTEBOOKS: Final = ROOT / "notebooks"
LESSONS: Final = ("01_first_program", "02_compile", "03_look_inside")
LINK: Final = re.compile(r"\[(?P<words>[^\]]+)\]\((?P<name>\w+)\.ipynb\)")
NOTE: Final = """*This page runs Python in your browser and answers from recordings. It has no pandas: cells that show a
table of it raise an error, and the next one goes on. All else does what it does anywhere.*"""

INSTEAD: Final = {
    """import pandas as pd

gain = nbdspy.compare(before, after)
""": """gain = nbdspy.compare(before, after)

import pandas as pd

""",
    """notes = pd.DataFrame(
    {"request": ["is it slippery outside", "half past six, and no snooze", "ok"]}
)
""": """notes = [{"request": text} for text in ("is it slippery outside", "half past six, and no snooze", "ok")]
""",
    "train.head(8)": "train[:8]",
    "dev.head(4)": "dev[:4]",
    """def about(table, size, after=0):
    table = table.assign(topic=table["intent"].map(topics)).dropna()
    rows = table[["request", "topic"]][after : after + size]
    return rows.reset_index(drop=True)
""": """def about(rows, size, after=0):
    known = [row for row in rows if row["intent"] in topics][after : after + size]
    return [{"request": row["request"], "topic": topics[row["intent"]]} for row in known]
""",
    """import pandas as pd

inbox = pd.DataFrame(
    {
        "request": [
""": """inbox = [
    {"request": text}
    for text in (
        [
""",
    """            "the bath is cold",
        ]
    }
)""": """            "the bath is cold",
        ]
    )
]""",
}
"""What cells say of tables, and what they say of lists instead."""


def write(folder: Path) -> None:
    """Put the lessons into a folder, each with its cassette beside it and without outputs.

    The cassette is a `.txt` there: JupyterLite reads a file whose ending has `json` in it as one piece of JSON.
    """
    folder.mkdir(parents=True)
    for name in LESSONS:
        book = nbformat.read(NOTEBOOKS / f"{name}.ipynb", as_version=4)  # type: ignore[no-untyped-call]
        for cell in book.cells:
            if cell.cell_type == "markdown":
                cell.source = LINK.sub(_linked, cell.source)
            elif cell.cell_type == "code":
                cell.outputs, cell.execution_count = [], None
                cell.metadata["tags"] = ["raises-exception"]  # so that "run all" goes on behind it
                cell.source = adapted(cell.source, name)
        book.cells.insert(1, nbformat.v4.new_markdown_cell(NOTE, id="in-the-browser"))  # type: ignore[no-untyped-call]
        nbformat.write(book, folder / f"{name}.ipynb")  # type: ignore[no-untyped-call]
        shutil.copy(NOTEBOOKS / f"{name}.jsonl", folder / f"{name}.txt")


def _linked(link: re.Match[str]) -> str:
    """A link to a lesson; the words of one that the site does not have."""
    return link[0] if link["name"] in LESSONS else f"{link['words']} (not in this site)"


def adapted(source: str, name: str) -> str:
    """A cell as it stands in the site."""
    for there, here in INSTEAD.items():
        source = source.replace(there, here)
    return source.replace("%load_ext nbdspy", f"%load_ext nbdspy\n%cassette replay {name}.txt")
