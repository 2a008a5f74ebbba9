"""A run on a board, for as long as it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from nbdspy import events
from nbdspy.jupyter.board import Board
from nbdspy.jupyter.course import Course
from nbdspy.jupyter.screen import Screen


class Watch:
    """Shows how everything goes on that runs in the block; `finish` puts what it found in the same place.

    Args:
        screen: Where to show it.
        title: What runs.
        doing: What it does until it says more.
        quiet: Show nothing at all.
        clock: Seconds.
    """

    def __init__(
        self, screen: Screen, title: str, doing: str = "", *, quiet: bool = False,
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._course = Course(title, doing, clock=clock)
        self._board = Board(screen, self._course.progress, quiet=quiet, clock=clock)
        self._lock = threading.Lock()
        self._finished = False
        self._listener: events.Listener = self._hear

    def __enter__(self) -> Self:
        events.subscribe(self._listener)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        events.unsubscribe(self._listener)
        if not self._finished:
            self._board.abandon(replace(self._course.progress, ended="It did not come to its end."))

    def finish(self, found: Any, *, notes: tuple[str, ...] = (), is_returned: bool = True) -> None:
        """Show what the run found, which is the cell's value unless it was stopped."""
        self._finished = True
        events.unsubscribe(self._listener)
        self._board.finish(found, notes=notes, is_returned=is_returned)

    def _hear(self, event: events.Event) -> None:
        with self._lock:  # replies come on every worker's thread
            if not self._course.hear(event):
                return
            progress = self._course.progress
        self._board.show(progress)
