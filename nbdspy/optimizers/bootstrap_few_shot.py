"""BootstrapFewShot: demonstrations from the teacher's own successful runs (DSPy paper, appendix E.1)."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.data import Example
from nbdspy.evaluation import Metric, metric_named
from nbdspy.modules import Module
from nbdspy.modules.freezing import DEMOS, free_predictors
from nbdspy.optimizers.demos import Trace, bootstrap, ready_teacher, with_demos
from nbdspy.optimizers.optimizer import Optimizer, check_steps
from nbdspy.optimizers.plans import Step, span
from nbdspy.optimizers.run import Run

NO_TRACES = (
    "No run of the teacher was accepted, so all demonstrations are labelled examples. Why, for each example, is in "
    "result.notes, where the result is what nbdspy.compile(...) or optimizer.run(...) returns."
)


class BootstrapFewShot(Optimizer):
    """Runs a teacher on training examples, keeps the traces that the metric accepts, and shows them.

    Args:
        metric: What accepts a trace; None accepts every one.
        metric_threshold: The least score of an accepted trace; None takes what is not 0.
        teacher_settings: Settings in force while the teacher works, such as `{"lm": stronger}`.
        max_bootstrapped_demos: Traces to keep.
        max_labeled_demos: Demonstrations per predictor in all: the traces, then labelled examples. Each predictor
            gets its own share (in DSPy later predictors draw from what earlier ones left).
        max_rounds: Later rounds try again what was not accepted, at temperature 1.
        max_errors: Failed examples after which the check on a valset gives up.
        seed: Of every random choice.
        num_threads: Examples at once.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> trainset = [Example(question="6 * 7", answer="42").with_inputs("question")]
        >>> with context(lm=DummyLM([{"answer": "42"}])):
        ...     result = BootstrapFewShot("exact_match").run(Predict("question -> answer"), trainset=trainset)
        >>> result.best.demos
        [Example(augmented=True, question='6 * 7', answer='42')]
    """

    name = "bootstrap_few_shot"
    changes = (DEMOS,)

    def __init__(
        self, metric: str | Metric | None = None, *, metric_threshold: float | None = None,
        teacher_settings: Mapping[str, Any] | None = None, max_bootstrapped_demos: int = 4,
        max_labeled_demos: int = 16, max_rounds: int = 1, max_errors: int | None = None, seed: int = 0,
        num_threads: int | None = None,
    ) -> None:  # fmt: skip
        self.metric = metric
        self.metric_threshold = metric_threshold
        self.teacher_settings = teacher_settings
        self.max_bootstrapped_demos = max_bootstrapped_demos
        self.max_labeled_demos = max_labeled_demos
        self.max_rounds = max_rounds
        self.max_errors = max_errors
        self.seed = seed
        self.num_threads = num_threads

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        if self.traces_wanted():
            run.enter("bootstrap", f"the teacher on up to {len(trainset)} training examples")
        traces = self._traces(run, student, trainset, teacher)
        if run.halted():
            return
        program = with_demos(student, traces, trainset, most=self.max_labeled_demos, rng=random.Random(self.seed))
        self.offer(run, program, label_of(program, len(traces)))

    def traces_wanted(self) -> int:
        """How many accepted traces are enough."""
        return self.max_bootstrapped_demos

    def _traces(
        self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None
    ) -> Sequence[Trace]:
        if not self.traces_wanted():
            return []
        traces = bootstrap(
            run,
            ready_teacher(student, teacher, trainset, most=self.max_labeled_demos, seed=self.seed),
            trainset,
            metric=None if self.metric is None else metric_named(self.metric),
            threshold=self.metric_threshold,
            enough=self.traces_wanted(),
            rounds=self.max_rounds,
            settings=self.teacher_settings,
        )
        if not traces and not run.halted():
            run.warn(NO_TRACES)
        return traces

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        most = len(trainset) * self.max_rounds if self.max_bootstrapped_demos > 0 else 0
        low = min(self.max_bootstrapped_demos, len(trainset))
        text = f"the teacher on {span(low, most)} training examples, until {self.max_bootstrapped_demos} are accepted"
        demos = max(self.max_labeled_demos, self.max_bootstrapped_demos)
        shown = min(self.max_labeled_demos, len(trainset))
        bootstrap = Step(phase="bootstrap", text=text, low=low, high=most, fewest=shown, most=shown, taught=True)
        return [bootstrap, *check_steps(valset, demos=demos)]


def label_of(program: Module, traces: int) -> str:
    """What a candidate shows, in words: "4 bootstrapped, 12 labelled"."""
    shown = max((len(predictor.demos) for _, predictor in free_predictors(program, DEMOS)), default=0)
    parts = [f"{traces} bootstrapped"] if traces else []
    return ", ".join(parts + ([f"{shown - traces} labelled"] if shown > traces else [])) or "no demonstrations"
