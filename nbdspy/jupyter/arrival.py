"""An answer on a page while it is written, and the whole of it in the same place."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from typing import Any, Final

from nbdspy import events
from nbdspy.errors import described
from nbdspy.jupyter.place import Place
from nbdspy.jupyter.screen import Screen
from nbdspy.models import Budget, Replied, Requested
from nbdspy.streaming import Hearing, StreamResponse
from nbdspy.streaming.listener import every_output
from nbdspy.views.arriving import Arriving, Asked, Work, card

WORK: Final = frozenset({"tool", "retrieval", "interpreter_execute", "interpreter_tool_call"})
UNSEEN: Final = ("module", "predict", "lm", "adapter_format", "adapter_parse", "embedding", "evaluate", "compile")
"""Kinds of work that the card says otherwise, or not at all."""


class Arrival:
    """Shows what a program's predictors are asked and write, and the tools that it uses; on no page, nothing before the
    end. Safe between threads.

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
        self._asked = 0
        self._tally = Budget()
        self._working = 0  # the number of the work that is shown
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
            with events.listening_here(self._follow), hearing.heard():
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

    @events.hears(events.Span, Requested, Replied, without=UNSEEN)
    def _follow(self, event: events.Span | events.Event) -> None:
        """What happens besides words: a model is asked, it has answered, a tool is at work."""
        with self._lock:
            match event:
                case Requested():
                    self._ask(event)
                case Replied(reply=reply):
                    self._tally.count(reply)
                    self._now = replace(self._now, spent=self._tally.spent)
                case events.Span() if event.kind in WORK:
                    self._work(event)
                case _:
                    return
            self._show()

    def _ask(self, event: Requested) -> None:
        """A model is asked: from now on there is something to see; `_lock` is held."""
        request, asked = event.request, self._now.asked
        if request.messages or request.prompt is not None:  # else it makes vectors
            self._asked += 1
            asked = Asked(request=request, number=self._asked)
        self._now = replace(self._now, doing=f"asking {request.model}", asked=asked)

    def _work(self, span: events.Span) -> None:
        """A tool is at work, or was: it stays until there is another one; `_lock` is held."""
        if span.is_over and span.number != self._working:  # one that began later is shown
            return
        self._working = span.number
        work = Work(
            kind=span.kind, name=span.name, inputs=span.inputs, outputs=span.outputs, is_over=span.is_over,
            error="" if span.error is None else described(span.error),
        )  # fmt: skip
        now = self._now.doing
        doing = work.doing if not span.is_over else "" if now == work.doing else now
        self._now = replace(self._now, work=work, doing=doing)

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
