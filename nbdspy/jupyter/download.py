"""A model file on its way, on a board."""

from __future__ import annotations

from typing import Any

from nbdspy import render
from nbdspy.jupyter.board import Board
from nbdspy.jupyter.screen import Screen
from nbdspy.views.progress import Progress


class Download:
    """Counts bytes; of a file that is here already only the model is shown."""

    def __init__(self, screen: Screen, model: str, *, quiet: bool = False) -> None:
        self._screen = screen
        self._model = model
        self._quiet = quiet
        self._board: Board | None = None

    def show(self, done: int, total: int) -> None:
        """How many bytes are here, of all (0 while that is unknown)."""
        counted = render.size(done) + (f" of {render.size(total)}" if total else "")
        progress = Progress(title=self._model, doing="downloading, once", done=done, total=total, counted=counted)
        if self._board is None:
            self._board = Board(self._screen, progress, quiet=self._quiet)
        self._board.show(lambda: progress)

    def finish(self, lm: Any, *, notes: tuple[str, ...] = ()) -> None:
        """Show the model, in the place of its download if there was one."""
        if self._board is not None:
            self._board.finish(lm, notes=notes)
        elif self._quiet:
            self._screen.hush(lm)
        else:
            self._screen.show(lm, notes=notes)
