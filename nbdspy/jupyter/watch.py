"""A run as its events tell it, on a board."""

from __future__ import annotations

import threading
from dataclasses import replace
from types import TracebackType
from typing import Any, Self

from nbdspy import events
from nbdspy.evaluation import ExampleScored
from nbdspy.jupyter.board import Board
from nbdspy.jupyter.screen import Screen
from nbdspy.models import Replied
from nbdspy.optimizers import PhaseStarted, TrialEnded
from nbdspy.views import figures
from nbdspy.views.progress import Progress


class Watch:
    """Shows how everything goes on that runs in the block; `finish` puts what it found in the same place."""

    def __init__(self, screen: Screen, title: str, *, quiet: bool = False) -> None:
        self._now = Progress(title=title)
        self._board = Board(screen, self._now, quiet=quiet)
        self._lock = threading.Lock()
        self._calls = 0
        self._trials: tuple[str, ...] = ()
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
            self._board.abandon(replace(self._now, ended="It did not come to its end."))

    def finish(self, found: Any, *, notes: tuple[str, ...] = (), is_returned: bool = True) -> None:
        """Show what the run found, which is the cell's value unless it was stopped."""
        self._finished = True
        events.unsubscribe(self._listener)
        self._board.finish(found, notes=notes, is_returned=is_returned)

    def _hear(self, event: events.Event) -> None:
        match event:
            case Replied(reply=reply):
                self._show(calls=not (reply.cached or reply.recorded))
            case ExampleScored(done=done, total=total):
                self._show(done=done, total=total, counted=f"{done:,} of {total:,} examples")
            case PhaseStarted(text=text):
                self._show(doing=text, done=0, total=0, counted="")
            case TrialEnded(run=run):
                best = [f"best {figures.percent(run.best_trial.score)}"] if run.best_trial is not None else []
                self._trials = (figures.count(len(run.trials), "trial"), *best)
                self._show()

    def _show(self, *, calls: int = 0, **changes: Any) -> None:
        with self._lock:  # replies come on every worker's thread
            self._calls += calls
            counted = [figures.count(self._calls, "call")] if self._calls else []
            self._now = replace(self._now, facts=[*self._trials, *counted], **changes)
        self._board.show(self._now)
