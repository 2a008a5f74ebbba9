"""How it is shown that a table is worked on: a line now and then, or as a notebook does it."""

from __future__ import annotations

import sys
import time
from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager, contextmanager
from dataclasses import dataclass
from typing import Final

from nbdspy import events

BETWEEN_LINES: Final = 10.0  # seconds


@dataclass(frozen=True, kw_only=True)
class RowPredicted(events.Event):
    """A row has its answer, or failed: `done` of `total` are through, and `failed` of them have none."""

    index: int
    done: int
    total: int
    failed: int

    @property
    def counted(self) -> str:
        """The same in words."""
        failed = f", {self.failed:,} failed" if self.failed else ""
        return f"{self.done:,} of {self.total:,} row{'s' * (self.total != 1)}{failed}"


Shown = Callable[[str], AbstractContextManager[object]]
"""Shows, while a block runs that has this title, what `RowPredicted` tells."""


@contextmanager
def lines(title: str, *, clock: Callable[[], float] = time.monotonic) -> Iterator[None]:
    """Write a line to stderr every ten seconds."""
    said_at = clock()

    @events.hears(RowPredicted)
    def hear(event: RowPredicted) -> None:
        nonlocal said_at
        if clock() - said_at >= BETWEEN_LINES:
            said_at = clock()
            sys.stderr.write(f"{title} · {event.counted}\n")

    with events.listening_here(hear):
        yield


_shown: Shown = lines


def show_with(shown: Shown | None) -> None:
    """Have the work on tables shown in another way from now on; None is lines again."""
    global _shown
    _shown = lines if shown is None else shown


def showing(title: str) -> AbstractContextManager[object]:
    """A block of work on a table, shown as was chosen."""
    return _shown(title)
