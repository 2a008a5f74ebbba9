"""BootstrapFewShotWithOptuna: which demonstration each predictor shows, chosen by TPE (DSPy paper, E.3)."""

from __future__ import annotations

import copy
import random
from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.data import Example
from nbdspy.evaluation import Metric
from nbdspy.modules import Module, set_demos
from nbdspy.modules.freezing import DEMOS, free_predictors
from nbdspy.optimizers.bootstrap_few_shot import BootstrapFewShot
from nbdspy.optimizers.demos import with_demos
from nbdspy.optimizers.minibatches import Minibatches, Schedule
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.plans import Step, base_step
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.sampling import Sampler
from nbdspy.optimizers.spaces import choice_of
from nbdspy.optimizers.spelling import OF_AN_OPTIMIZER, in_our_words
from nbdspy.runtime import import_ahead


class BootstrapFewShotWithOptuna(BootstrapFewShot):
    """Bootstraps one pool of demonstrations, and lets TPE choose from it, predictor by predictor.

    Every trial is scored on all validation examples. The program as it came is the first of them, so the result is
    never worse.

    Args:
        metric: Scores candidates and accepts traces.
        teacher_settings: Settings in force while the teacher works, such as `{"lm": stronger}`.
        max_bootstrapped_demos: Traces in the pool.
        max_labeled_demos: Demonstrations in the pool in all: the traces, then labelled examples.
        max_rounds: Later rounds of the teacher try again what was not accepted, at temperature 1.
        num_candidate_programs: Trials.
        num_threads: Examples at once.
        num_demos: Demonstrations that a predictor shows; 1 as in the paper and in DSPy.
        metric_threshold: The least score of an accepted trace; None takes what is not 0.
        max_errors: Failed examples after which a candidate gives up.
        seed: Of every random choice.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import Planted
        >>> planted = Planted()
        >>> with context(lm=planted.lm()):
        ...     result = BootstrapFewShotWithOptuna("exact_match").run(
        ...         planted.program(), trainset=planted.examples(0, 20), valset=planted.examples(100, 60))
        >>> len(result.best.demos)
        1
    """

    name = "optuna_search"

    def __init__(
        self, metric: str | Metric = "exact_match", teacher_settings: Mapping[str, Any] | None = None,
        max_bootstrapped_demos: int = 4, max_labeled_demos: int = 16, max_rounds: int = 1,
        num_candidate_programs: int = 16, num_threads: int | None = None, *, num_demos: int = 1,
        metric_threshold: float | None = None, max_errors: int | None = None, seed: int = 0,
    ) -> None:  # fmt: skip
        super().__init__(
            metric, metric_threshold=metric_threshold, teacher_settings=teacher_settings,
            max_bootstrapped_demos=max_bootstrapped_demos, max_labeled_demos=max_labeled_demos, max_rounds=max_rounds,
            max_errors=max_errors, seed=seed, num_threads=num_threads,
        )  # fmt: skip
        self.num_candidate_programs = num_candidate_programs
        self.num_demos = num_demos

    @in_our_words(OF_AN_OPTIMIZER)
    def compile(
        self, student: Any, *, trainset: Any, teacher: Any = None, valset: Any = None, max_demos: int | None = None
    ) -> Module:  # fmt: skip
        """The better program; `max_demos` is what DSPy calls `max_bootstrapped_demos` here."""
        this = copy.copy(self)
        this.max_bootstrapped_demos = self.max_bootstrapped_demos if max_demos is None else max_demos
        return Optimizer.compile(this, student, trainset=trainset, teacher=teacher, valset=valset)

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        import_ahead("optuna")
        run.enter("bootstrap", f"the program as it came, the teacher on up to {len(trainset)} training examples")
        base, traces = run.beside_base(
            lambda: run.attempt(student, "as it came"), lambda: self._traces(run, student, trainset, teacher)
        )
        if run.halted() or base is None:
            return
        pool = with_demos(student, traces, trainset, most=self.max_labeled_demos, rng=random.Random(self.seed))
        choices = self._choices(pool)
        if not choices:
            return
        schedule = Schedule(trials=self.num_candidate_programs, batch=None)
        run.enter("search", schedule.text(len(run.valset)), programs=schedule.programs)
        sampler = Sampler(choices, seed=self.seed)

        def build(chosen: Mapping[str, int]) -> Module:
            program = student.deepcopy()
            shown = dict(pool.named_predictors())
            for name, predictor in free_predictors(program, DEMOS):
                picked = [chosen[choice] for choice in self._named(student, name) if choice in chosen]
                set_demos(predictor, [shown[name].demos[index] for index in dict.fromkeys(picked)])
            return program

        Minibatches(sampler, build, base=base, own=None, schedule=schedule, seed=self.seed).go(run)

    def _choices(self, pool: Module) -> dict[str, range]:
        """A choice for each demonstration of each predictor, among those of the pool that are for it."""
        return {
            choice: range(len(predictor.demos))
            for name, predictor in free_predictors(pool, DEMOS) for choice in self._named(pool, name)
            if predictor.demos
        }  # fmt: skip

    def _named(self, program: Module, predictor: str) -> list[str]:
        return [choice_of(program, predictor, f"demo {number + 1}") for number in range(self.num_demos)]

    def chosen_by(self, trainset: Sequence[Example], valset: Sequence[Example] | None) -> Sequence[Example]:
        return trainset if valset is None else valset

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        bootstrap = super().steps(student, trainset, [])
        high = self.num_candidate_programs * len(valset)
        text = f"{self.num_candidate_programs} more programs on {len(valset)} validation examples"
        search = Step(phase="search", text=text, low=0, high=high, most=self.num_demos)
        return [base_step(len(valset)), *bootstrap, search]
