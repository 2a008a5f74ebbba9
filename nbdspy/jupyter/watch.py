"""A run on a board, for as long as it goes on."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextlib import ExitStack
from dataclasses import replace
from types import TracebackType
from typing import TYPE_CHECKING, Any, Self

from nbdspy import events
from nbdspy.jupyter.board import Board
from nbdspy.jupyter.course import TELLING, Course
from nbdspy.jupyter.screen import Screen
from nbdspy.optimizers import CallsPlanned, Steered, Suggested
from nbdspy.views.drawing import Card
from nbdspy.views.progress import Progress, card

if TYPE_CHECKING:
    from nbdspy.jupyter.live import Press

UNFINISHED = "It did not come to its end."
AT_ONCE = (CallsPlanned, Steered, Suggested)  # with which doubts come, or which somebody asked for


class Watch:
    """Shows how that goes on which the block causes; `finish` puts what it found in the same place.

    What runs beside it is not heard, and what the block began in the background is heard after it too.

    Args:
        screen: Where to show it.
        title: What runs.
        doing: What it does until it says more.
        quiet: Show nothing at all.
        hint: How to steer it in a page without buttons.
        remedy: How to go on when the kernel is gone.
        press: Told of the card's buttons.
        clock: Seconds.
    """

    def __init__(
        self, screen: Screen, title: str, doing: str = "", *, quiet: bool = False, hint: str = "",
        remedy: str = "", press: Press | None = None, clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._course = Course(title, doing, clock=clock)
        self._board = Board(
            screen, self._course.progress, quiet=quiet, press=press, hint=hint, remedy=remedy, clock=clock
        )  # fmt: skip
        self._lock = threading.Lock()
        self._over = False
        self._left = False
        self._here = ExitStack()

    def __enter__(self) -> Self:
        self._here.enter_context(events.listening_here(self._hear))
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        self._here.close()
        if not self._over and not self._left:
            self.stand(UNFINISHED)

    def finish(
        self, found: Any, *, view: Any = None, notes: tuple[str, ...] = (), is_returned: bool = True
    ) -> None:  # fmt: skip
        """Show what the run found, as `view` where that is given; it is the cell's value unless it was stopped."""
        self._over = True
        self._board.finish(found, view=view, notes=notes, is_returned=is_returned)

    def leave(self, where: str) -> None:
        """Let it go on in the background; `where` says how to see it where the page does not."""
        self._left = True
        self._board.leave(self._course.progress.title, where)

    def finish_later(self, found: Any, line: str, *, notes: tuple[str, ...] = ()) -> None:
        """Show what was found in the background, or a line of it in a terminal."""
        self._over = True
        self._board.finish_later(found, line, notes=notes)

    def stand(self, words: str, line: str = "") -> None:
        """Leave the last state standing, with words for its end; or a line of it in a terminal."""
        self._over = True
        self._board.abandon(replace(self._course.progress, ended=words), line)

    @events.hears(*TELLING)
    def _hear(self, event: events.Event) -> None:
        with self._lock:
            self._take(event)
        self._show(at_once=isinstance(event, AT_ONCE))

    def _take(self, event: events.Event) -> None:
        """Keep what an event tells; `_lock` is held."""
        self._course.hear(event)

    def _show(self, *, at_once: bool = False) -> None:
        self._board.show(self._progress, self._draw, at_once=at_once)

    def _progress(self) -> Progress:
        with self._lock:
            return self._course.progress

    def _draw(self) -> Card:
        return self._drawn(self._progress())

    def _drawn(self, progress: Progress) -> Card:
        """What a page shows of this moment."""
        return card(progress)
