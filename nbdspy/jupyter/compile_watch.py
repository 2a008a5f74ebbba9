"""A compile on a board: its card, and the buttons that steer it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final
from weakref import WeakValueDictionary

from nbdspy import events
from nbdspy.jupyter.compile_card import CompileCard
from nbdspy.jupyter.screen import Screen
from nbdspy.jupyter.watch import Watch
from nbdspy.optimizers import Run
from nbdspy.views.drawing import Card
from nbdspy.views.progress import Progress

REMEDY: Final = "The same line with --resume goes on from there."

_watches: Final[WeakValueDictionary[int, CompileWatch]] = WeakValueDictionary()  # by the id of the run that is heard


class CompileWatch(Watch):
    """Shows how a compile goes on that the block causes; see `Watch`."""

    def __init__(
        self, screen: Screen, title: str, *, quiet: bool = False, hint: str = "",
        clock: Callable[[], float] = time.monotonic,
    ) -> None:  # fmt: skip
        self._card = CompileCard(self._show, clock=clock)
        super().__init__(screen, title, quiet=quiet, hint=hint, remedy=REMEDY, press=self._press, clock=clock)

    def _press(self, what: str, text: str) -> None:
        """A button of the page: the run that is heard does what it says."""
        self._card.press(what, text)
        self._show(at_once=True)

    def _take(self, event: events.Event) -> None:
        before = self._card.run
        self._card.hear(event)
        super()._take(event)
        if self._card.run is not None and self._card.run is not before:
            _watches[id(self._card.run)] = self

    def _drawn(self, progress: Progress) -> Card:
        return super()._drawn(progress) if self._card.run is None else self._card.card(progress)

    def step_of(self, run: Run) -> Progress | None:
        """The step that the card tells of; None when it is the card of another run."""
        return self._progress() if self._card.run is run else None


def step_of(run: Run) -> Progress | None:
    """The step of a run as its card tells it; None of a run that has no card."""
    watch = _watches.get(id(run))
    return None if watch is None else watch.step_of(run)
