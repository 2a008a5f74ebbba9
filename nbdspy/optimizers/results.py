"""What a compile leaves behind: the better program, every trial, and how sure the gain is."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any, Literal

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import CompileWarning, UsageError, warn_caller
from nbdspy.evaluation import Difference, EvaluationResult, Interval, compare
from nbdspy.models import Spent
from nbdspy.modules import Module
from nbdspy.optimizers import frames
from nbdspy.optimizers.lineage import Sources
from nbdspy.plots import ScorePlot, ScorePoint
from nbdspy.plots.lines import between

if TYPE_CHECKING:
    import pandas as pd

    from nbdspy.optimizers.demos import Trace
    from nbdspy.optimizers.proposals import Proposal


@dataclass(frozen=True, slots=True, kw_only=True)
class Trial:
    """One program that was tried, and how it did on the validation examples.

    `calls` is how many calls the run had made when the trial ended, those of the trials before among them. `choices` is
    what was chosen for it, `parent` the trial whose program it was made from; None means the program that went in. A
    trial that `is_sample` was meant to be scored on some of the examples only; one that `is_given_up` failed on too
    many, and those are its rows. One that `is_suggested` has an instruction of the user's.
    """

    number: int
    label: str
    program: Module
    evaluation: EvaluationResult
    calls: int = 0
    choices: Mapping[str, Any] = field(default_factory=dict)
    is_sample: bool = False
    is_given_up: bool = False
    parent: int | None = None
    is_suggested: bool = False

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
    """Why a run of the teacher on a training example became demonstrations, or not; `lost` when the model failed.

    `index` is the example's place among those it was given, `round` which of its rounds it was.
    """

    index: int
    kept: bool
    why: str
    score: float | None = None
    lost: bool = False
    round: int = 0
    example: Example | None = field(default=None, compare=False, repr=False)


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
    ended early, if it did, and `unscored` how many examples of trials that had begun were not scored; `reused` is how
    many rollouts were taken over from earlier runs, unpaid. `tried`, `notes`, `traces` and `proposed` are the records
    that the tables are made of.
    """

    best: Module
    base: Module
    program: str
    optimizer: str
    metric: str
    seed: int
    tried: tuple[Trial, ...] = ()
    notes: tuple[TraceNote, ...] = ()
    traces: tuple[Trace, ...] = ()
    proposed: tuple[Proposal, ...] = ()
    trainset: Sequence[Example] = ()
    warnings: tuple[str, ...] = ()
    counts: Counts = Counts()
    held_out: HeldOut | None = None
    spent: Spent = Spent()
    reused: int = 0
    seconds: float = 0.0
    stopped: str | None = None
    lm: str = ""
    adapter: str = ""
    unscored: int = 0

    @property
    def best_trial(self) -> Trial | None:
        """The trial of `best`; None when nothing was scored."""
        return self._trial_of(self.best)

    @property
    def base_trial(self) -> Trial | None:
        """The trial of the program that went in; None when it was not scored."""
        return self._trial_of(self.base)

    def _trial_of(self, program: Module) -> Trial | None:
        """Of the trials of a program, or else of its equals, the first that was scored to the end, or the first."""
        own = [trial for trial in self.tried if trial.program is program]
        own = own or [trial for trial in self.tried if frames.is_same(trial.program, program)]
        return next((trial for trial in own if trial.is_finished), next(iter(own), None))

    @property
    def base_score(self) -> float | None:
        """The score of the program that went in."""
        return None if self.base_trial is None else self.base_trial.score

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
        """The paired difference between the best program and the one that went in; None without examples of both."""
        if self.best_trial is None or self.base_trial is None:
            return None
        before, after = (
            {row.index: row.score for row in trial.evaluation.rows} for trial in (self.base_trial, self.best_trial)
        )
        both = [index for index in before if index in after]
        return Difference.of_pairs([before[i] for i in both], [after[i] for i in both]) if both else None

    @property
    def cost(self) -> float | None:
        """US dollars; None when the price of a call is unknown."""
        return None if self.spent.unpriced else self.spent.cost

    @property
    def calls(self) -> int:
        """Calls that reached a model."""
        return self.spent.calls

    @cached_property
    def trials(self) -> pd.DataFrame:
        """A row for each trial: score, interval, what was chosen, and what was changed against its parent.

        `calls` are all that the run had made by its end, so they grow from row to row. One that is `given_up` failed on
        too many examples.
        """
        return frames.trials_frame(self)

    @cached_property
    def candidates(self) -> pd.DataFrame:
        """A row for each predictor of each program that was tried: what it says and shows, and where that is from."""
        return frames.candidates_frame(self)

    @cached_property
    def changes(self) -> pd.DataFrame:
        """A row for each predictor that a trial changed: the instruction's diff, the demos that came and went."""
        return frames.changes_frame(self)

    @cached_property
    def examples(self) -> pd.DataFrame:
        """A row for each validation example, with the answers and scores of the program that went in and the best.

        `result.examples.query("change == 'lost'")` are those that the best lost; `failed` tells in which of the two
        programs an example failed for good: "before", "after", "both" or "".
        """
        return frames.examples_frame(self)

    @cached_property
    def proposals(self) -> pd.DataFrame:
        """A row for each instruction that a model proposed."""
        return frames.proposals_frame(self)

    @cached_property
    def bootstraps(self) -> pd.DataFrame:
        """A row for each run of the teacher: the metric's verdict, and why the trace was kept or dropped."""
        return frames.traces_frame(self)

    @cached_property
    def lineage(self) -> pd.DataFrame:
        """A row for each instruction and demonstration of the best program: which trial, trace or proposal made it."""
        return frames.lineage_frame(self, self.best)

    def lineage_of(self, program: Module) -> pd.DataFrame:
        """The same of another program of this compile, such as `program_at(3)`."""
        return frames.lineage_frame(self, program)

    @property
    def sources(self) -> Sources:
        """What programs were made of."""
        return Sources(
            base=self.base, trainset=self.trainset, traces=self.traces, proposals=self.proposed, tried=self.tried
        )

    def program_at(self, trial: int) -> Module:
        """The program of a trial, by its number.

        Raises:
            UsageError: When there was no such trial.
        """
        for each in self.tried:
            if each.number == trial:
                return each.program
        known = f"they go from 0 to {len(self.tried) - 1}" if self.tried else "nothing was scored"
        raise UsageError(f"There was no trial {trial!r}; {known}.", hint="See result.trials.")

    def top(self, n: int = 1) -> list[Module]:
        """The `n` best of the programs that were tried, each once, those scored to the end first; `best` leads.

        Fewer when not so many different ones were tried, such as for `Ensemble(...).compile(result.top(7))`.

        Raises:
            UsageError: When `n` is no count.
        """
        if isinstance(n, bool) or not isinstance(n, int) or n < 1:
            raise UsageError(f"n cannot be {n!r}.", hint="It is how many programs are given, at least 1.")
        tried = [trial for _, trial in frames.different(self)]
        ranked = sorted(tried, key=lambda trial: (not trial.is_finished, -trial.score, trial.number))
        others = [trial.program for trial in ranked if not frames.is_same(trial.program, self.best)]
        return [self.best, *others][:n]

    def plot(self, *, unit: Literal["trials", "calls"] = "trials") -> ScorePlot:
        """The scores of the trials as a chart, over their numbers or over the calls that were made.

        It is a picture in a notebook with `%load_ext nbdspy`, lines of text elsewhere, and a figure for a report by its
        `to_matplotlib()` or `to_altair()`.
        """
        points = tuple(
            ScorePoint(
                at=trial.calls if unit == "calls" else trial.number, score=trial.score, low=trial.interval.low,
                high=trial.interval.high, label=trial.label, is_whole=trial.is_finished,
                n=trial.evaluation.n,
            )
            for trial in self.tried
        )  # fmt: skip
        return ScorePlot(points=points, base=self.base_score, metric=self.metric, program=self.program, unit=unit)

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
        base = self.held_out.before if self.held_out else self.base_trial
        if found is None or base is None:
            return f"{self.optimizer}({self.program}): nothing was scored{ended}"
        before, after = (self.held_out.before.mean, self.held_out.after.mean) if self.held_out else (
            self.base_score or 0.0, self.score or 0.0)  # fmt: skip
        where = f"held out, n = {found.n}" if self.held_out else f"validation, n = {found.n}, chosen by it"
        if self.best is self.base:
            return (
                f"{self.optimizer}({self.program}): nothing better than the program that went in, "
                f"{100 * before:.0f} % {self.metric} "
                f"({between(base.interval.low, base.interval.high)}, 95 % interval, {where}){ended}"
            )
        digits = render.decimals(before, after)
        old, new = (f"{100 * score:.{digits}f} %" for score in (before, after))
        gain, low, high = (f"{100 * points:+.{digits}f}" for points in (found.mean, found.low, found.high))
        return (
            f"{self.optimizer}({self.program}): {old} -> {new} {self.metric} "
            f"({gain} points, 95 % interval {low} to {high}, {where}){ended}"
        )


def tell_warnings(texts: Iterable[str]) -> None:
    """Say what a compile warns of where it is heard without a look at the result, at the user's own line."""
    for text in texts:
        warn_caller(text, CompileWarning)


def keep_in(error: BaseException, result: Result, said: str) -> None:
    """Put what a compile had found into the error that ends it, as `result`, and say so in the error's notes.

    The error stays what it is, whoever raised it, so that whatever waits for it still catches it.
    """
    error.result = result  # type: ignore[attr-defined]
    error.add_note(f"{said} It is this error's `result`.")
