"""The card of a compile while it goes on: what is heard of it, drawn as far as it has changed."""

from __future__ import annotations

import time
from collections.abc import Callable
from contextvars import copy_context
from functools import partial
from typing import Final

from nbdspy import events
from nbdspy.errors import UsageError
from nbdspy.evaluation import ExampleScored, Row
from nbdspy.jupyter.place import Later
from nbdspy.optimizers import CallsPlanned, PhaseStarted, Run, Steered, Suggested, Trial, TrialEnded
from nbdspy.runtime import later
from nbdspy.views import compilation, figures, safe, tally
from nbdspy.views.drawing import Card
from nbdspy.views.progress import Progress, line_of
from nbdspy.views.underway import Underway, drafts_of, phases_of

PACE: Final = 40
"""What a trial changes is drawn for one part in so many of the time, however fast trials come."""
LEAST_CALLS: Final = 20  # after which their pace says how long the rest takes
LEAST_SECONDS: Final = 3.0
TRY: Final = "try "


class CompileCard:
    """Keeps what a compile's events tell, and draws its card from that and from the run.

    Args:
        again: Called when a part that was not drawn with the rest may be drawn.
        clock: Seconds.
        later: Calls a function once seconds have passed.
    """

    def __init__(
        self, again: Callable[[], object], *, clock: Callable[[], float] = time.monotonic, later: Later = later
    ) -> None:  # fmt: skip
        self._again = again
        self._later = later
        self._is_waiting = False
        self._clock = clock
        self._started = clock()
        self._run: Run | None = None
        self._steps: tuple[str, ...] = ()
        self._most_calls = 0
        self._entered: list[str] = []
        self._text = ""
        self._last: Row | None = None
        self._said = ""
        self._paused_at: float | None = None
        self._paused = 0.0
        self._found: dict[str, str] = {}
        self._is_stale = True
        self._free_at = clock()

    @property
    def run(self) -> Run | None:
        """The run that is heard; None before its first phase."""
        return self._run

    def hear(self, event: events.Event) -> None:
        """Take an event in."""
        match event:
            case CallsPlanned(calls=(_, most), steps=steps):
                self._most_calls, self._steps = most, steps
            case PhaseStarted(run=run, phase=phase, text=text):
                self._run, self._text, self._is_stale = run, text, True
                self._entered.append(phase)
            case ExampleScored(row=row):
                self._last = row
            case TrialEnded(trial=trial):
                self._is_stale = True
                if trial.is_suggested:
                    self._said = _scored(trial)
            case Suggested(run=run, suggestion=suggestion):
                self._most_calls += len(run.valset) * max(1, len(run.base.predictors()))
                self._said = f"“{safe.short(suggestion.instruction, 60)}” is tried next."
            case Steered(run=run):
                self._count_pause(is_paused=run.state == "paused")

    def press(self, what: str, text: str) -> None:
        """Do what a button says, unless the run has just ended; what came of it stands in the card."""
        run = self._run
        if run is None or run.is_done:
            return
        match what:
            case "pause":
                run.pause()
            case "resume":
                run.resume()
            case "stop":
                run.stop()
            case _ if what.startswith(TRY):
                try:
                    run.suggest(text, what.removeprefix(TRY))
                except UsageError as error:
                    self._said = " ".join(filter(None, [error.message, error.hint]))

    def card(self, progress: Progress) -> Card:
        """The card at this moment."""
        run = self._run
        assert run is not None
        result, now = run.result(), self._underway(run, progress)
        drawn = compilation.top(result, now, volatile=True)
        began = self._clock()
        if self._is_stale and began >= self._free_at:
            self._is_stale = False
            self._found = compilation.found(result, volatile=True, underway=now)
            ended = self._clock()
            self._free_at = ended + PACE * (ended - began)
        elif self._is_stale and not self._is_waiting:
            self._is_waiting = True
            self._later(self._free_at - began, partial(copy_context().run, self._wake))
        return Card(fragments={**drawn, **self._found}, text=line_of(progress))

    def _wake(self) -> None:
        self._is_waiting = False
        self._again()

    def _underway(self, run: Run, progress: Progress) -> Underway:
        return Underway(
            phase=run.phase, text=self._text, calls=self._most_calls, state=progress.state,
            phases=phases_of(run, self._steps, self._entered), done=progress.done, total=progress.total,
            counted=progress.counted, last=self._last, left=self._left(run), limit=tally.left(run.budget),
            buttons=progress.buttons, drafts=drafts_of(run.best) if run.takes_suggestions else (),
            compared=len(run.valset), said=self._said, doubts=progress.doubts,
        )  # fmt: skip

    def _left(self, run: Run) -> float | None:
        """About how long the calls that are planned at most still take, at the pace so far; None where none is known.

        Programs that are surely worse are given up early, so that it is often less.
        """
        spent = run.budget.spent
        done = spent.calls + spent.cached + spent.recorded
        seconds = self._clock() - self._started - self._paused
        if self._paused_at is not None or run.halted() or done < LEAST_CALLS or seconds < LEAST_SECONDS:
            return None
        return seconds * (self._most_calls - done) / done if done < self._most_calls else None

    def _count_pause(self, *, is_paused: bool) -> None:
        if is_paused and self._paused_at is None:
            self._paused_at = self._clock()
        elif not is_paused and self._paused_at is not None:
            self._paused += self._clock() - self._paused_at
            self._paused_at = None


def _scored(trial: Trial) -> str:
    return f"Yours scored {figures.percent(trial.score)} ({figures.between(trial.interval)}), trial {trial.number}."
