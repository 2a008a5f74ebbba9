"""An answer on a page while it is written, and the whole of it in the same place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any

from nbdspy import events
from nbdspy.jupyter.place import Place
from nbdspy.jupyter.screen import Screen
from nbdspy.models import Requested
from nbdspy.streaming import Hearing, StreamResponse
from nbdspy.streaming.listener import every_output
from nbdspy.views.arriving import Arriving, card


class Arrival:
    """Shows what a program's predictors write; on no page, nothing before the end. Safe between threads.

    Args:
        screen: Where to show it.
        title: What the user calls the program.
        quiet: Show nothing at all.
        clock: Seconds.
    """

    def __init__(
        self, screen: Screen, title: str, *, quiet: bool = False, clock: Callable[[], float] = time.monotonic
    ) -> None:  # fmt: skip
        self._screen = screen
        self._is_live = not quiet and screen.frontend == "live"
        self._clock = clock
        self._lock = threading.Lock()
        self._now = Arriving(program=title, answers={})
        self._writer = ""
        self._place: Place | None = None

    @property
    def is_shown(self) -> bool:
        """Whether there is something of it on the page."""
        return self._place is not None

    @contextmanager
    def watching(self, program: Any) -> Iterator[None]:
        """Show what the program says in this block; what it said stays when it does not come to its end."""
        if not self._is_live:
            yield
            return
        hearing = Hearing(program, every_output(program), self._hear)
        try:
            with events.listening_here(self._begin), hearing.heard():
                yield
        except BaseException:
            if self._place is not None:
                self._place.finish(card(replace(self._now, ended="It did not come to its end.")).bundle())
            raise

    def finish(self, value: Any, view: Any, *, notes: tuple[str, ...] = ()) -> None:
        """Show the whole answer as `view`; the value is not shown again by its cell."""
        if self._place is None:
            self._screen.show(value, view, notes=notes)
        else:
            self._place.finish(self._screen.bundle(view, notes))
            self._screen.hush(value)

    @events.hears(Requested)
    def _begin(self, event: Requested) -> None:
        """A model is asked: from now on there is something to see."""
        with self._lock:
            self._now = replace(self._now, doing=f"asking {event.request.model}")
            self._show()

    def _hear(self, said: Any) -> None:
        assert isinstance(said, StreamResponse)
        with self._lock:
            before = self._now.answers if said.predict_name == self._writer else {}
            whole = self._now.whole if said.predict_name == self._writer else frozenset()
            self._writer, name = said.predict_name, said.signature_field_name
            has_begun = name in before and name not in whole and not said.replaces
            text = before[name] + said.chunk if has_begun else said.chunk
            doing = "writing" if said.predict_name == "self" else f"writing · {said.predict_name}"
            self._now = replace(
                self._now, doing=doing, answers={**before, name: text},
                whole=whole | {name} if said.is_last_chunk else whole - {name},
            )  # fmt: skip
            self._show()

    def _show(self) -> None:
        if self._place is None:
            self._place = self._screen.place(card(self._now), clock=self._clock)
        else:
            self._place.show(lambda: card(self._now))
