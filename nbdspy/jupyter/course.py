"""How far a run is, as its events tell it."""

from __future__ import annotations

import time
from collections.abc import Callable
from dataclasses import replace
from typing import Final

from nbdspy import events
from nbdspy.evaluation import ExampleScored
from nbdspy.frames.showing import RowPredicted
from nbdspy.models import Replied
from nbdspy.optimizers import (
    CallsPlanned,
    PhaseStarted,
    Run,
    ScoringStarted,
    Steered,
    Suggested,
    TraceTried,
    TrialEnded,
)  # fmt: skip
from nbdspy.views import figures, tally
from nbdspy.views.progress import Progress

PAUSE: Final = ("pause", "Pause")
RESUME: Final = ("resume", "Resume")
STOP: Final = ("stop", "Stop, keep best")
BUTTONS: Final[dict[str, tuple[tuple[str, str], ...]]] = {"running": (PAUSE, STOP), "paused": (RESUME, STOP)}
"""What a run that can be steered may be asked for, by its state."""
TELLING: Final = frozenset({
    Replied, CallsPlanned, PhaseStarted, TraceTried, ScoringStarted, ExampleScored, RowPredicted, TrialEnded, Suggested,
    Steered,
})  # fmt: skip
"""The events that tell how far a run is; most are of other kinds, such as the spans."""


class Course:
    """Keeps the last known state of a run: which program of how many, which of its examples, what that cost.

    `run` is the compile that is heard; None of anything else.

    Args:
        title: What runs.
        doing: What it does until it says more.
        clock: Seconds.
    """

    def __init__(self, title: str, doing: str = "", *, clock: Callable[[], float] = time.monotonic) -> None:
        self._progress = Progress(title=title, doing=doing)
        self._clock = clock
        self._started = clock()
        self._calls = 0
        self._most_calls = 0
        self._best: list[str] = []
        self._taught: TraceTried | None = None
        self._scoring: ScoringStarted | None = None
        self._step: ExampleScored | RowPredicted | None = None
        self._scored = 0
        self._ended = 0
        self._of_ended = 0
        self.run: Run | None = None

    @property
    def progress(self) -> Progress:
        """The state now."""
        buttons = () if self.run is None else BUTTONS.get(self.run.state, ())
        done, total, counted = self._counted()
        facts = [*self._best, *self._spent()]
        return replace(self._progress, done=done, total=total, counted=counted, facts=facts, buttons=buttons)

    def hear(self, event: events.Event) -> bool:
        """Take an event in; the answer is whether it told anything. What it comes to is put in words when asked for."""
        if type(event) not in TELLING:
            return False
        now = self._progress
        match event:
            case Replied(reply=reply):
                self._calls += not (reply.cached or reply.recorded)
            case ExampleScored():
                self._scored += 1
                self._step = event
            case RowPredicted():
                self._step = event
            case CallsPlanned(calls=(_, most), warnings=doubts):
                self._most_calls = most
                self._progress = replace(now, doubts=doubts)
            case PhaseStarted(run=run, text=text):
                self.run, self._taught, self._scoring, self._step = run, None, None, None
                self._scored, self._ended, self._of_ended = 0, 0, 0
                self._progress = replace(now, doing=text)
            case TraceTried():
                self._taught = event
            case ScoringStarted(text=text):
                self._scoring = event
                if text:  # it is no trial
                    self._scored, self._ended, self._of_ended = 0, event.number - 1, 0
                doing = text or ("scoring candidates" if self._taught is None else now.doing)
                self._progress = replace(now, doing=doing)
            case TrialEnded(run=run, trial=trial):
                self._ended += 1
                self._of_ended += trial.evaluation.n
                self._best = [f"best {figures.percent(run.best_trial.score)}"] if run.best_trial is not None else []
            case Steered(run=run):
                self._progress = replace(now, state=run.state if run.state in ("paused", "stopping") else "")
        return True

    def _counted(self) -> tuple[int, int, str]:
        """How much is done, of how much, and the same in words."""
        match self._step:
            case _ if self._taught or self._scoring:
                return self._side_by_side()
            case ExampleScored(done=done, total=total):
                return done, total, f"{done:,} of {total:,} examples"
            case RowPredicted(done=done, total=total, counted=counted):
                return done, total, counted
        return 0, 0, ""

    def _side_by_side(self) -> tuple[int, int, str]:
        """What the teacher has tried, and what was scored beside it."""
        parts = [part for part in (self._of_the_teacher(), self._of_all()) if part is not None]
        done, total, counted = zip(*parts, strict=True)
        return sum(done), sum(total), " · ".join(counted)

    def _of_the_teacher(self) -> tuple[int, int, str] | None:
        if (taught := self._taught) is None:
            return None
        kept = f"{taught.kept:,} of {taught.wanted:,} traces kept"
        return taught.done, taught.total, f"{taught.done:,} of {taught.total:,} examples · {kept}"

    def _of_all(self) -> tuple[int, int, str] | None:
        """The programs that are scored, and the examples of those that are out, of which there may be several."""
        if (scoring := self._scoring) is None:
            return None
        is_out = self._ended < scoring.number
        number = self._ended + is_out
        out = max(0, self._scored - self._of_ended)
        total = scoring.programs * scoring.examples
        done = min(out, scoring.examples) if is_out else scoring.examples
        counted = f"{number:,} of {figures.count(scoring.programs, 'program')}"
        counted += f" · {done:,} of {scoring.examples:,} examples"
        return min(self._ended * scoring.examples + out * is_out, total), total, counted

    def _spent(self) -> list[str]:
        seconds = self._clock() - self._started
        calls = figures.count(self._calls, "call")
        if self._most_calls > self._calls:
            calls = f"{self._calls:,} of at most {figures.count(self._most_calls, 'call')}"
        passed = f"{seconds:.0f} s" if seconds < 9.5 else figures.duration(seconds)
        limit = "" if self.run is None else tally.left(self.run.budget)
        return [*([calls] if self._calls else []), *([passed] if seconds >= 1 else []), *([limit] if limit else [])]
