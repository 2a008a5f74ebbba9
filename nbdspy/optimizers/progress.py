"""What a compile tells while it goes on, for whoever watches it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy import events

if TYPE_CHECKING:
    from nbdspy.optimizers.job import Job
    from nbdspy.optimizers.results import Trial
    from nbdspy.optimizers.run import Run


@dataclass(frozen=True, kw_only=True)
class CallsPlanned(events.Event):
    """A compile is about to begin: how many calls it takes at least and at most, and what speaks against it.

    `steps` are the names of the steps of its plan, in their order.
    """

    calls: tuple[int, int]
    warnings: tuple[str, ...] = ()
    steps: tuple[str, ...] = ()


@dataclass(frozen=True, kw_only=True)
class PhaseStarted(events.Event):
    """A run went into its next phase."""

    run: Run
    phase: str
    text: str


@dataclass(frozen=True, kw_only=True)
class TraceTried(events.Event):
    """A run of the teacher became demonstrations or not: `done` of `total` training examples, `kept` of `wanted`."""

    done: int
    total: int
    kept: int
    wanted: int


@dataclass(frozen=True, kw_only=True)
class ScoringStarted(events.Event):
    """A program is about to be scored on `examples` examples: the `number`th of up to `programs` of its phase.

    `text` says what for, where that is no phase of a run.
    """

    number: int
    programs: int
    examples: int
    text: str = ""


@dataclass(frozen=True, kw_only=True)
class TrialEnded(events.Event):
    """A run scored a program."""

    run: Run
    trial: Trial


@dataclass(frozen=True, kw_only=True)
class Steered(events.Event):
    """Somebody paused a run, let it go on, or told it to end."""

    run: Job[Any]
