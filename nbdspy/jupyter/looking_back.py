"""`%trace`: what the last runs did."""

from __future__ import annotations

import threading
from typing import TYPE_CHECKING, Any

from IPython.core.magic import line_magic, magics_class

from nbdspy import events
from nbdspy.errors import UsageError
from nbdspy.jupyter import manuals
from nbdspy.jupyter.base import NotebookMagics, documented
from nbdspy.jupyter.options import Arguments
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    from nbdspy.observe import Listed, Trace


@magics_class
class TracingMagics(NotebookMagics):
    """The magic that looks back."""

    @line_magic
    @documented(manuals.TRACE)
    def trace(self, line: str) -> Any:
        from nbdspy.observe import trace

        arguments = manuals.TRACE.read(line, self.names)
        arguments.no_more_than(1, "a number of runs, or what a run gave")
        which: Any = 1
        for word in arguments.targets:
            which = int(word.raw) if word.raw.isdecimal() else self.names.get(word, arguments.line)
        try:
            whole = trace(which)
        except UsageError as error:
            error.place = arguments.line.place(arguments.targets[0])
            raise
        found = _narrowed(whole, arguments)
        notes = self.bind(arguments.given["out"], found) if "out" in arguments.given else ()
        return self.give(found, quiet=arguments.line.quiet, notes=notes)


def _narrowed(trace: Trace, arguments: Arguments) -> Trace | Listed:
    """The trace, or what of it a line asks for.

    Raises:
        UsageError: When that is two things at once, or a step that is not there.
    """
    given = arguments.given
    if "step" not in given:
        return trace.listed(given.get("find", "")) if "find" in given or "whole" in given else trace
    place = arguments.line.place(arguments.typed["step"])
    if "find" in given or "whole" in given:
        raise UsageError(
            "--step shows one step, and --find and --all list several.", hint="Keep one of them.", place=place
        )
    try:
        return trace.step(given["step"])
    except UsageError as error:
        error.place = place
        raise


class Attention:
    """Has the last runs kept from the first of them on: loading an extension must not wait for what keeps them."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._is_on = False

    def begin(self) -> None:
        """Keep runs from now on."""
        with self._lock:
            if not self._is_on:
                self._is_on = True
                events.subscribe(self._hear)

    def end(self) -> None:
        """Keep none, nor those that were kept."""
        from nbdspy.observe import forget_runs

        with self._lock:
            self._is_on = False
            events.unsubscribe(self._hear)
            forget_runs()

    @events.hears(events.Span)
    def _hear(self, work: events.Span) -> None:
        """Hand over to the recorder."""
        whole_import("nbdspy.observe.recent")
        from nbdspy.observe.recent import recorder, remember_runs

        with self._lock:
            if self._is_on:
                events.unsubscribe(self._hear)
                remember_runs()
        recorder.hear(work)  # not told to whoever came after it was said
