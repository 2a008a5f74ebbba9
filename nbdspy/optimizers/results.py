"""What a compile leaves behind: the better program, every trial, and how sure the gain is."""

from __future__ import annotations

import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.errors import CompileWarning
from nbdspy.evaluation import Difference, EvaluationResult, Interval, compare
from nbdspy.models import Spent
from nbdspy.modules import Module

if TYPE_CHECKING:
    from nbdspy.optimizers.proposals import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One program that was tried, and how it did on the validation examples.

    `calls` is how many calls the run had made when the trial ended, `choices` what was chosen for it. A trial that
    `is_sample` was meant to be scored on some of the examples only.
    """

    number: int
    label: str
    program: Module
    evaluation: EvaluationResult
    calls: int = 0
    choices: Mapping[str, Any] = field(default_factory=dict)
    is_sample: bool = False

    @property
    def is_finished(self) -> bool:
        """Whether it was scored on all validation examples; else on a sample, or it was surely worse before that."""
        return self.evaluation.n >= self.evaluation.planned

    @property
    def score(self) -> float:
        """The mean score, 0 to 1."""
        return self.evaluation.mean

    @property
    def interval(self) -> Interval:
        """The 95 % interval of the score."""
        return self.evaluation.interval


@dataclass(frozen=True, slots=True, kw_only=True)
class TraceNote:
    """Why a run of the teacher on a training example became demonstrations, or not; `lost` when the model failed."""

    index: int
    kept: bool
    why: str
    score: float | None = None
    lost: bool = False


@dataclass(frozen=True, slots=True, kw_only=True)
class HeldOut:
    """Both programs on examples that nothing was chosen by."""

    before: EvaluationResult
    after: EvaluationResult

    @property
    def difference(self) -> Difference:
        """The paired difference with its 95 % interval."""
        return compare(self.before, self.after)


@dataclass(frozen=True, slots=True, kw_only=True)
class Counts:
    """How many examples were used for what."""

    train: int = 0
    val: int = 0
    test: int = 0


@dataclass(frozen=True, kw_only=True)
class Result:
    """What a compile found.

    `best` is never a program that measured worse than `base`, the one that went in. Scores are 0 to 1 and of the
    validation examples, where choosing the best of many flatters; `held_out` is not flattered. `stopped` says why it
    ended early, if it did.
    """

    best: Module
    base: Module
    program: str
    optimizer: str
    metric: str
    seed: int
    tried: tuple[Trial, ...] = ()
    notes: tuple[TraceNote, ...] = ()
    proposed: tuple[Proposal, ...] = ()
    warnings: tuple[str, ...] = ()
    counts: Counts = Counts()
    held_out: HeldOut | None = None
    spent: Spent = Spent()
    seconds: float = 0.0
    stopped: str | None = None
    lm: str = ""
    adapter: str = ""

    @property
    def best_trial(self) -> Trial | None:
        """The trial of `best`; None when nothing was scored."""
        return next((trial for trial in self.tried if trial.program is self.best), None)

    @property
    def base_score(self) -> float | None:
        """The score of the program that went in."""
        return self.tried[0].score if self.tried else None

    @property
    def score(self) -> float | None:
        """The score of the best program."""
        return None if self.best_trial is None else self.best_trial.score

    @property
    def interval(self) -> Interval | None:
        """The 95 % interval of the best program's score."""
        return None if self.best_trial is None else self.best_trial.interval

    @property
    def difference(self) -> Difference | None:
        """The paired difference between the best program and the one that went in, on the validation examples."""
        if self.best_trial is None:
            return None
        return compare(self.tried[0].evaluation, self.best_trial.evaluation)

    @property
    def cost(self) -> float | None:
        """US dollars; None when the price of a call is unknown."""
        return None if self.spent.unpriced else self.spent.cost

    @property
    def calls(self) -> int:
        """Calls that reached a model."""
        return self.spent.calls

    def __repr__(self) -> str:
        if not self.warnings:
            return self.summary
        many = f"{len(self.warnings)} warnings, the first" if len(self.warnings) > 1 else "1 warning"
        return f"{self.summary}\n{many}: {self.warnings[0]}"

    @property
    def summary(self) -> str:
        """How much better, in one line."""
        ended = f"; stopped: {self.stopped}" if self.stopped else ""
        found = self.held_out.difference if self.held_out else self.difference
        if found is None:
            return f"{self.optimizer}({self.program}): nothing was scored{ended}"
        before, after = (self.held_out.before.mean, self.held_out.after.mean) if self.held_out else (
            self.base_score or 0.0, self.score or 0.0)  # fmt: skip
        where = f"held out, n = {found.n}" if self.held_out else f"validation, n = {found.n}, chosen by it"
        if self.best is self.base:
            return (
                f"{self.optimizer}({self.program}): nothing better than the program that went in, "
                f"{100 * before:.0f} % {self.metric} ({where}){ended}"
            )
        digits = render.decimals(before, after)
        old, new = (f"{100 * score:.{digits}f} %" for score in (before, after))
        gain, low, high = (f"{100 * points:+.{digits}f}" for points in (found.mean, found.low, found.high))
        return (
            f"{self.optimizer}({self.program}): {old} -> {new} {self.metric} "
            f"({gain} points, 95 % interval {low} to {high}, {where}){ended}"
        )


def tell_warnings(result: Result, *, stacklevel: int) -> None:
    """Say a result's warnings where they are heard without a look at it."""
    for text in result.warnings:
        warnings.warn(text, CompileWarning, stacklevel=stacklevel)


def keep_in(error: Exception, result: Result, said: str) -> None:
    """Put what a compile had found into the error that ends it, as `result`, and say so in the error's notes.

    The error stays what it is, whoever raised it, so that whatever waits for it still catches it.
    """
    error.result = result  # type: ignore[attr-defined]
    error.add_note(f"{said} It is this error's `result`.")
