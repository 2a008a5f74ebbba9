"""One place of a page that changes: in pieces where a widget answers, else as a whole, and no faster than is read."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from contextvars import copy_context
from typing import Any, Final

from nbdspy.jupyter.live import LiveCard, size_of
from nbdspy.jupyter.rate import BYTES_A_SECOND, Rate
from nbdspy.runtime import later
from nbdspy.views.drawing import Card, drawn, with_notes

BETWEEN_UPDATES: Final = 0.1  # seconds; a page is not redrawn faster than eyes can follow
PATIENCE: Final = 3.0  # seconds that a page has to say that it shows the widget
BETWEEN_KEPT: Final = 10.0  # seconds after which what a page keeps of a widget is renewed
LOST: Final = "The kernel that drew this is gone, and the buttons with it: nothing goes on here."
UNFINISHED: Final = "Kept while it went on; what came of it was not."

Draw = Callable[[], Card]
Later = Callable[[float, Callable[[], object]], Callable[[], None]]
Publish = Callable[[dict[str, Any]], None]


class Place:
    """Shows the states of one thing, and at the end what came of it. Safe between threads.

    The last state is always shown, if need be a moment later. What it begins with and what stays are shown at once, and
    there is room for them in what a second may hold. A page without widgets, or one whose buttons cannot reach
    a busy kernel, is sent whole cards.

    Where our extension shows the widget, the card beside it, which a notebook keeps, is renewed now and then: it is
    what can be read when the notebook was saved while this went on, and the kernel is gone.

    Args:
        publish: Puts a bundle into the place; what was there before is replaced.
        card: The first state.
        live: The widget that the page may show it in.
        hint: A sentence for a page that has no buttons.
        remedy: How to go on when the kernel is gone.
        clock: Seconds.
        later: Calls a function once seconds have passed; its answer takes that back.
    """

    def __init__(
        self, publish: Publish, card: Card, *, live: LiveCard | None = None, hint: str = "",
        remedy: str = "", clock: Callable[[], float] = time.monotonic, later: Later = later,
    ) -> None:  # fmt: skip
        self._later = later
        self._publish = publish
        self._live = live
        self._hint = hint
        self._unfinished = [" ".join(filter(None, [UNFINISHED, remedy]))]
        self._clock = clock
        self._lock = threading.RLock()
        self._context = copy_context()  # in which a page knows the cell that this belongs to
        self._waiting: Draw | None = None
        self._unkept = card
        self._cancel: Callable[[], None] | None = None
        self._cancel_keeping: Callable[[], None] | None = None
        self._is_over = False
        self._is_drawing = False
        self._opened = clock()
        self._free_at = self._opened + BETWEEN_UPDATES
        self._keep_at = self._opened + PATIENCE
        self._rate = Rate()
        first = self._whole(card) | ({} if live is None else live.bundle)
        publish(first)
        self._rate.sent(size_of(first) + (0 if live is None else live.size), at=clock())

    def show(self, draw: Draw, *, at_once: bool = False) -> None:
        """Show a later state, now or when it is time; it is drawn only then."""
        self._waiting = draw
        is_early = self._cancel is not None and self._clock() < self._free_at
        if (is_early or self._is_drawing) and not at_once:
            return  # drawn when its time has come; without the lock, as workers that all wait for it cost much
        with self._lock:
            if self._is_over:  # a worker was slower than the end
                return
            self._waiting = draw
            if at_once or self._free_at <= self._clock():
                self._update()
            else:
                self._wait()

    def finish(self, bundle: dict[str, Any]) -> None:
        """Put what stays there."""
        with self._lock:
            self._is_over = True
            self._forget()
            if self._cancel_keeping is not None:
                self._cancel_keeping()
            self._publish(bundle)
            if self._live is not None:
                self._live.close()

    def _catch_up(self) -> None:
        with self._lock:
            self._cancel = None
            if not self._is_over:
                self._update()

    def _wait(self) -> None:
        """Draw when it is time."""
        if self._cancel is None:
            wait = max(0.0, self._free_at - self._clock())
            self._cancel = self._later(wait, lambda: self._context.copy().run(self._catch_up))

    def _update(self) -> None:
        """Show what waits; `_lock` is held."""
        self._forget()  # before what waits is taken: who saw that it is to be drawn has put it there by now
        draw, self._waiting = self._waiting, None
        if draw is None:
            return
        self._is_drawing = True
        try:
            self._show(draw)
        finally:
            self._is_drawing = False
        if self._waiting is not None:  # what came meanwhile
            self._wait()

    def _show(self, draw: Draw) -> None:
        card, now = draw(), self._clock()
        unseen = self._live if now - self._opened > PATIENCE and self._live and not self._live.is_seen else None
        live = None if unseen is not None else self._live
        content = self._whole(card) if live is None else live.change(card)
        if not content:
            return
        size = size_of(content)
        if (room_at := self._rate.room_at(size)) > now:  # it is larger than the one before
            self._free_at = room_at
            self._waiting = self._waiting or draw
            return
        if live is not None:
            live.patch(content)
            self._keep_later(card)
        else:
            self._publish(content)
        if unseen is not None:
            unseen.close()
            self._live = None
        self._sent(size)
        self._free_at = max(self._free_at, self._rate.room_at(size))

    def _sent(self, size: int) -> None:
        now = self._clock()  # after sending, so that messages themselves are that far apart
        self._rate.sent(size, at=now)
        self._free_at = now + max(BETWEEN_UPDATES, size / BYTES_A_SECOND)

    def _keep_later(self, card: Card) -> None:
        """Have the page keep this state, or the last that comes before it is time; `_lock` is held."""
        self._unkept = card
        if self._live is not None and self._live.is_over_kept and self._cancel_keeping is None:
            wait = max(0.0, self._keep_at - self._clock())
            self._cancel_keeping = self._later(wait, lambda: self._context.copy().run(self._keep))

    def _keep(self) -> None:
        with self._lock:
            self._cancel_keeping = None
            if self._is_over or self._live is None:
                return
            content = with_notes(self._unkept.bundle(), self._unfinished) | self._live.bundle
            size, now = size_of(content), self._clock()
            if (room_at := self._rate.room_at(size)) > now:
                self._keep_at = room_at
                self._free_at = max(self._free_at, room_at + BETWEEN_UPDATES)  # else there would never be room for it
                self._keep_later(self._unkept)
                return
            self._publish(content)
            self._sent(size)
            self._keep_at = self._clock() + BETWEEN_KEPT

    def _forget(self) -> None:
        """Draw nothing later."""
        if self._cancel is not None:
            self._cancel()
            self._cancel = None

    def _whole(self, card: Card) -> dict[str, Any]:
        return {**(with_notes(card.bundle(), [self._hint]) if self._hint else card.bundle())}


def lost(remedy: str) -> str:
    """What a page says above a widget whose kernel is gone."""
    return drawn("lost.html", words=" ".join(filter(None, [LOST, remedy])))
