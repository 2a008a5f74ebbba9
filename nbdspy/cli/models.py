"""`nbdspy models`: which local models there are, and fetching one."""

from __future__ import annotations

import sys
import time
from typing import TextIO

from nbdspy.models import weights

BETWEEN_LINES = 10.0  # seconds, where a line cannot be overwritten


def show() -> int:
    """List the known models."""
    rows = [
        (known.name, f"{known.size / 1e6:,.0f} MB", known.licence, "here" if known.present else "not fetched yet")
        for known in weights.KNOWN.values()
    ]
    widths = [max(map(len, column)) for column in zip(*rows, strict=True)]
    for row in rows:
        print("  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip())
    print(f"Files are kept in {weights.folder()}; fetch one with `nbdspy models fetch NAME`.")
    return 0


def fetch(name: str) -> int:
    """Download a model's file, unless it is here."""
    print(weights.fetch(name, progress=ProgressLine(name, sys.stderr)))
    return 0


class ProgressLine:
    """How far a download is: one line that is overwritten on a terminal, else a line now and then."""

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name = name
        self._stream = stream
        self._shown_at = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        complete = done == total
        of_all = f" of {total / 1e6:,.0f} MB ({done / total:.0%})" if total else " MB"
        line = f"{self._name}: {done / 1e6:,.0f}{of_all}"
        if self._stream.isatty():
            self._stream.write(f"\r{line}" + ("\n" if complete else ""))
        elif complete or time.monotonic() - self._shown_at >= BETWEEN_LINES:
            self._shown_at = time.monotonic()
            self._stream.write(f"{line}\n")
        self._stream.flush()
