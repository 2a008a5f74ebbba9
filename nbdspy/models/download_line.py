"""How far a download is, for people at a terminal and in logs."""

from __future__ import annotations

import time
from typing import TextIO

from nbdspy import render

BETWEEN_LINES = 10.0  # seconds, where a line cannot be overwritten


class DownloadLine:
    """One line that is overwritten on a terminal, else a line now and then.

    Example:
        >>> import sys
        >>> DownloadLine("smollm2", sys.stdout)(49_000_000, 98_000_000)
        smollm2: 49 MB of 98 MB (50%)
    """

    def __init__(self, name: str, stream: TextIO) -> None:
        self._name = name
        self._stream = stream
        self._shown_at = float("-inf")

    def __call__(self, done: int, total: int) -> None:
        complete = done == total
        of_all = f" of {render.size(total)} ({done / total:.0%})" if total else ""
        line = f"{self._name}: {render.size(done)}{of_all}"
        if self._stream.isatty():
            self._stream.write(f"\r{line}" + ("\n" if complete else ""))
        elif complete or time.monotonic() - self._shown_at >= BETWEEN_LINES:
            self._shown_at = time.monotonic()
            self._stream.write(f"{line}\n")
        self._stream.flush()
