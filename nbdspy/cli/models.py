"""`nbdspy models`: which local models there are, and fetching one."""

from __future__ import annotations

import sys

from nbdspy import render
from nbdspy.models import weights
from nbdspy.models.download_line import DownloadLine


def show() -> int:
    """List the known models."""
    rows = [
        (known.name, render.size(known.size), known.licence, "here" if known.present else "not fetched yet")
        for known in weights.KNOWN.values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"Files are kept in {weights.folder()}; fetch one with `nbdspy models fetch NAME`.")
    return 0


def fetch(name: str) -> int:
    """Download a model's file, unless it is here."""
    print(weights.fetch(name, progress=DownloadLine(name, sys.stderr)))
    return 0
