"""A compile on a board: its card, and the buttons that steer it."""

from __future__ import annotations

import time
from collections.abc import Callable
from typing import Final

from nbdspy import events
from nbdspy.jupyter.compile_card import CompileCard
from nbdspy.jupyter.screen import Screen
from nbdspy.jupyter.watch import Watch
from nbdspy.views.drawing import Card
from nbdspy.views.progress import Progress

REMEDY: Final = "The same line with --resume goes on from there."


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
        self._card.hear(event)
        super()._take(event)

    def _drawn(self, progress: Progress) -> Card:
        return super()._drawn(progress) if self._card.run is None else self._card.card(progress)
