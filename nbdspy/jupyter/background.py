"""A compile that goes on after its cell: the card lives, and the variable holds the best so far."""

from __future__ import annotations

import threading
from collections.abc import Callable
from contextvars import copy_context
from typing import Any

from nbdspy import events
from nbdspy.errors import described
from nbdspy.jupyter.compile_watch import REMEDY
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.watch import Watch
from nbdspy.optimizers import Result, Run, TrialEnded
from nbdspy.views import safe


class Background:
    """Follows one run in the background to its end.

    Args:
        names: The notebook's variables.
        name: The variable that holds the best so far; one that the user gives another value is left alone.
        watch: Where it is shown.
        remember: Told of the result at the end, when the variable holds its best; the answer is shown.
    """

    def __init__(
        self, names: Namespace, name: str, watch: Watch, remember: Callable[[Result], tuple[str, ...]]
    ) -> None:  # fmt: skip
        self._names = names
        self._name = name
        self._watch = watch
        self._remember = remember
        self._lock = threading.Lock()
        self._bound: Any = None

    @events.hears(TrialEnded)
    def hear(self, event: TrialEnded) -> None:
        """Bind what is the best now; it holds for what the block begins."""
        self._bind(event.run.best)

    def follow(self, run: Run, number: int) -> tuple[str, ...]:
        """Bind what there is, and at the end the winner; the answer says what that replaced."""
        with self._lock:
            self._bound = run.best
            said = self._names.bind(self._name, run.best)
        self._watch.leave(f"run {number} goes on in the background -> {self._name} · %runs wait {number}")
        context = copy_context()  # in which a page knows the cell that this belongs to
        run.when_done(lambda: context.run(self._end, run, number))
        return (said,) if said else ()

    def _end(self, run: Run, number: int) -> None:
        error = run.error
        found = run.result()
        is_ours = self._bind(found.best)
        said = self._remember(found) if is_ours and (error is None or found.tried) else ()
        best = "the best" if error is None or found.tried else "the program that went in"
        held = f"{self._name} holds {best}" if is_ours else f"{self._name} was given another value and keeps it"
        if error is None:
            line = f"Run {number} is {run.state}; {held}."
            self._watch.finish_later(found, f"{line} {found.summary}", notes=(line, *said))
        else:
            line = f"Run {number} failed; {held}."
            notes = (line, *said, REMEDY)
            self._watch.finish_later(run, f"{line} {safe.short(described(error), 300)}", notes=notes)

    def _bind(self, best: Any) -> bool:
        """Give the variable the best, unless it was given something else meanwhile."""
        with self._lock:
            is_ours = self._names.values.get(self._name) is self._bound
            if is_ours and best is not self._bound:
                self._bound = best
                self._names.bind(self._name, best)
            return is_ours
