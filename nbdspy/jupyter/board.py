"""Where work that goes on is shown: one display that changes in place, or a line now and then."""

from __future__ import annotations

import sys
import threading
import time
from collections.abc import Callable
from typing import TYPE_CHECKING, Any, Final

from nbdspy.jupyter.screen import Screen
from nbdspy.views.progress import Progress, card

if TYPE_CHECKING:
    from nbdspy.jupyter.live import Press
    from nbdspy.jupyter.place import Draw

BETWEEN_LINES: Final = 10.0


class Board:
    """Shows one piece of work, and in the same place what came of it. Safe between threads.

    Args:
        screen: Where to show it.
        first: What is known at the start.
        quiet: Show nothing at all, not even the result.
        press: Told of the card's buttons.
        hint: A sentence for pages where buttons do not work.
        remedy: How to go on when the kernel is gone.
        clock: Seconds.
    """

    def __init__(
        self, screen: Screen, first: Progress, *, quiet: bool = False, press: Press | None = None, hint: str = "",
        remedy: str = "", clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._screen = screen
        self._quiet = quiet
        self._frontend = "static" if quiet else screen.frontend
        self._clock = clock
        self._lock = threading.Lock()
        self._shown_at = clock()
        self._doubts = first.doubts
        self._is_over = False
        self._place = None if self._frontend != "live" else screen.place(
            card(first), press=press, hint=hint, remedy=remedy, clock=clock
        )  # fmt: skip

    def show(self, now: Callable[[], Progress], draw: Draw | None = None, *, at_once: bool = False) -> None:
        """Show how far it is, as it is when it is shown; a log gets a line now and then.

        Args:
            now: Gives the step that it is at.
            draw: Draws what a page shows, where that is more.
            at_once: Show it now: doubts, or what somebody asked for.
        """
        if self._place is not None:
            self._place.show(draw or (lambda: card(now())), at_once=at_once)
        elif self._frontend == "lines" and (at_once or self._is_time()):
            with self._lock:
                if not self._is_over:  # a worker was slower than the end
                    self._log(now())

    def _log(self, progress: Progress) -> None:
        """New doubts, or a line when it is time; `_lock` is held."""
        if progress.doubts != self._doubts:
            self._doubts = progress.doubts
            sys.stderr.write("".join(f"! {doubt}\n" for doubt in progress.doubts))
        elif self._is_time():
            sys.stderr.write(f"{card(progress).text}\n")
        else:
            return
        self._shown_at = self._clock()

    def _is_time(self) -> bool:
        return self._clock() - self._shown_at >= BETWEEN_LINES

    def finish(
        self, found: Any, *, view: Any = None, notes: tuple[str, ...] = (), is_returned: bool = True
    ) -> None:  # fmt: skip
        """Show what was found.

        Args:
            found: A result.
            view: What is shown of it; None is the result itself.
            notes: Sentences under it.
            is_returned: Whether it becomes the cell's value too, which then must not be shown twice.
        """
        shown = found if view is None else view
        with self._lock:
            self._is_over = True
            if self._quiet:
                self._screen.hush(found)
            elif self._place is not None:
                self._place.finish(self._screen.bundle(shown, notes))
                if is_returned:
                    self._screen.hush(found)
            elif is_returned:
                self._screen.show(found, shown, notes=notes)
            else:
                self._screen.publish(self._screen.bundle(shown, notes))

    def leave(self, title: str, where: str) -> None:
        """Say once that it goes on in the background, where nothing shown later would be seen."""
        if self._place is None and not self._quiet:
            self._screen.publish(card(Progress(title=title, doing=where)).bundle())

    def finish_later(self, found: Any, line: str, *, notes: tuple[str, ...] = ()) -> None:
        """Show what was found after the cell has ended: in its place, or as a line in a terminal."""
        if self._place is not None:
            self.finish(found, notes=notes, is_returned=False)
        elif self._frontend == "lines":
            sys.stderr.write(f"{line}\n")

    def abandon(self, progress: Progress, line: str = "") -> None:
        """Leave the last state standing, for work that did not come to its end; or a line of it in a terminal."""
        with self._lock:
            self._is_over = True
            if self._place is not None:
                self._place.finish(card(progress).bundle())
            elif self._frontend == "lines" and line:
                sys.stderr.write(f"{line}\n")
