"""BootstrapFewShotWithRandomSearch: many random sets of demonstrations, the best on validation (DSPy paper, E.2)."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any

from nbdspy.data import Example
from nbdspy.evaluation import Metric
from nbdspy.modules import Module
from nbdspy.modules.freezing import DEMOS, free_predictors
from nbdspy.optimizers.bootstrap_few_shot import BootstrapFewShot, label_of
from nbdspy.optimizers.demos import Trace, spread, with_demos
from nbdspy.optimizers.plans import Step, base_step, span
from nbdspy.optimizers.racing import BLOCK
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.searching import Candidate

LAG = 4  # candidates at once; a race is against the best of those that had ended before these


class BootstrapFewShotWithRandomSearch(BootstrapFewShot):
    """Scores candidates on the same validation examples and keeps the best.

    The candidates, in order: the program as it came; without demonstrations, if it has any; labelled examples only;
    the first traces; then `num_candidate_programs` with traces and labelled examples at random. Three things differ
    from DSPy: the teacher runs once for all candidates, until there are enough traces to choose from; the number of
    labelled examples is drawn too; and a candidate is given up as soon as it is surely worse than the best so far.

    Args:
        metric: Scores candidates and accepts traces.
        metric_threshold: The least score of an accepted trace; None takes what is not 0.
        teacher_settings: Settings in force while the teacher works, such as `{"lm": stronger}`.
        max_bootstrapped_demos: Most traces per candidate.
        max_labeled_demos: Most demonstrations per predictor and candidate, traces included.
        max_rounds: Later rounds of the teacher try again what was not accepted, at temperature 1.
        num_candidate_programs: Random candidates.
        stop_at_score: Stop when a candidate scores this much, 0 to 1.
        max_errors: Failed examples after which a candidate gives up.
        seed: Of every random choice.
        num_threads: Examples at once.
    """

    name = "random_search"

    def __init__(
        self, metric: str | Metric = "exact_match", *, metric_threshold: float | None = None,
        teacher_settings: Mapping[str, Any] | None = None, max_bootstrapped_demos: int = 4,
        max_labeled_demos: int = 16, max_rounds: int = 1, num_candidate_programs: int = 16,
        stop_at_score: float | None = None, max_errors: int | None = None, seed: int = 0,
        num_threads: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            metric, metric_threshold=metric_threshold, teacher_settings=teacher_settings,
            max_bootstrapped_demos=max_bootstrapped_demos, max_labeled_demos=max_labeled_demos, max_rounds=max_rounds,
            max_errors=max_errors, seed=seed, num_threads=num_threads,
        )  # fmt: skip
        self.num_candidate_programs = num_candidate_programs
        self.stop_at_score = stop_at_score

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        untaught = list(self._untaught(student, trainset))
        text = f"{len(untaught)} programs without traces, the teacher on up to {len(trainset)} training examples"
        run.enter("bootstrap", text, programs=len(untaught))
        _, traces = run.beside_base(
            lambda: self._try(run, untaught), lambda: self._traces(run, student, trainset, teacher)
        )
        if run.halted() or self._is_enough(run.best_of(run.searched)):
            return
        count = self._tries(student) - len(untaught)
        run.enter("search", f"{count} more programs on {len(run.valset)} validation examples", programs=count)
        self._try(run, self._taught(student, traces, trainset))

    def _try(self, run: Run, candidates: Iterable[tuple[Module, str]]) -> None:
        run.search(_Listed(candidates, self._is_enough), lag=LAG)

    def _is_enough(self, trial: Trial | None) -> bool:
        if trial is None or self.stop_at_score is None:
            return False
        return trial.is_finished and trial.score >= self.stop_at_score

    def _untaught(self, student: Module, trainset: Sequence[Example]) -> Iterator[tuple[Module, str]]:
        """The candidates without traces, with their labels; they are scored while the teacher works."""
        yield student, "as it came"
        if _shows_some(student):
            yield with_demos(student, [], [], most=0, rng=random.Random(0)), "no demonstrations"
        yield self._candidate(-2, student, [], trainset)

    def _taught(
        self, student: Module, traces: Sequence[Trace], trainset: Sequence[Example]
    ) -> Iterator[tuple[Module, str]]:
        for number in range(-1, self.num_candidate_programs):
            yield self._candidate(number, student, traces, trainset)

    def _candidate(
        self, number: int, student: Module, traces: Sequence[Trace], trainset: Sequence[Example]
    ) -> tuple[Module, str]:
        """A candidate with its label; it has a generator of its own, so that it depends on none before it."""
        rng = random.Random(f"{self.seed} candidate {number}")
        chosen = self._chosen(number, traces, rng)
        most = self.max_labeled_demos if number < 0 else self._size(len(chosen), rng)
        program = with_demos(student, chosen, trainset, most=most, rng=rng)
        return program, label_of(program, len(chosen))

    def _chosen(self, number: int, traces: Sequence[Trace], rng: random.Random) -> Sequence[Trace]:
        if number < 0:
            return traces[: self.max_bootstrapped_demos]
        count = rng.randint(1, max(1, self.max_bootstrapped_demos)) if traces else 0
        return spread(traces, count, rng, by=lambda trace: trace.answer)

    def _size(self, traces: int, rng: random.Random) -> int:
        """How many demonstrations in all: small sets as often as large ones; to small models more is not better."""
        return max(traces, round(self.max_labeled_demos ** rng.random())) if self.max_labeled_demos else traces

    def traces_wanted(self) -> int:
        """Enough for every candidate to have its own."""
        return self.max_bootstrapped_demos * max(1, self.num_candidate_programs)

    def chosen_by(self, trainset: Sequence[Example], valset: Sequence[Example] | None) -> Sequence[Example]:
        return trainset if valset is None else valset

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        tries = self._tries(student)
        has_choice = self.stop_at_score is None and len(trainset) > self.max_labeled_demos
        others = tries - 1 if has_choice else 0  # of few examples the same are drawn again, which costs nothing
        low = min(len(trainset), self.traces_wanted())
        high = len(trainset) * self.max_rounds if low else 0
        shown = min(self.max_labeled_demos, len(trainset))
        return [
            base_step(len(valset)),
            Step(
                phase="bootstrap", text=f"the teacher on {span(low, high)} training examples", low=low, high=high,
                fewest=shown, most=shown, taught=True,
            ),
            Step(
                phase="search", text=f"{tries - 1} more programs on {len(valset)} validation examples",
                low=others * min(BLOCK, len(valset)), high=(tries - 1) * len(valset),
                most=max(self.max_labeled_demos, self.max_bootstrapped_demos),
            ),
        ]  # fmt: skip

    def _tries(self, student: Module) -> int:
        return self.num_candidate_programs + 3 + _shows_some(student)


def _shows_some(student: Module) -> bool:
    """Whether it has demonstrations that may be taken away."""
    return any(predictor.demos for _, predictor in free_predictors(student, DEMOS))


class _Listed:
    """Asks for one candidate after the other, until one is good enough."""

    def __init__(self, candidates: Iterable[tuple[Module, str]], is_enough: Callable[[Trial], bool]) -> None:
        self._candidates = iter(candidates)
        self._is_enough = is_enough
        self._is_done = False

    def ask(self, number: int) -> Candidate | None:
        program, label = (None, "") if self._is_done else next(self._candidates, (None, ""))
        return None if program is None else Candidate(program=program, label=label, racing=True)

    def tell(self, trial: Trial) -> None:
        self._is_done |= self._is_enough(trial)
