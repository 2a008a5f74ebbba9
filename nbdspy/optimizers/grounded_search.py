"""What MIPRO and its kin begin with, and what they plan: a base score, traces of a teacher, a look around."""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from contextlib import AbstractContextManager, nullcontext
from typing import Any, Final, Literal, NamedTuple

from nbdspy.configuration import context, settings
from nbdspy.data import Example
from nbdspy.evaluation import metric_named
from nbdspy.models import BaseLM
from nbdspy.modules import Module
from nbdspy.optimizers.bootstrap_few_shot import NO_TRACES
from nbdspy.optimizers.demo_sets import demo_sets
from nbdspy.optimizers.demos import Demos, Trace, bootstrap, ready_teacher
from nbdspy.optimizers.grounding import Grounding, example_as_text, ground, grounding_calls, grounding_letters
from nbdspy.optimizers.instructions import free_names
from nbdspy.optimizers.minibatches import Schedule
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.plans import Step, base_step, span
from nbdspy.optimizers.prompt_model import PromptModel
from nbdspy.optimizers.proposals import proposal_letters
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.run import Run
from nbdspy.runtime import import_ahead


class Preset(NamedTuple):
    """What a word for "how much to spend" stands for."""

    candidates: int
    examples: int


PRESETS: Final[Mapping[str, Preset]] = {
    "light": Preset(candidates=6, examples=100),
    "medium": Preset(candidates=12, examples=300),
    "heavy": Preset(candidates=18, examples=1000),
}
TO_PROPOSE_FROM = 3  # traces that a proposal is shown, as in DSPy


class Sizes(NamedTuple):
    """How many sets of demonstrations there are, the program's own included, proposals per predictor, and trials."""

    demo_sets: int
    proposals: int
    schedule: Schedule


class GroundedSearch(Optimizer):
    """Base of the optimizers that bootstrap demonstrations and let a model propose instructions."""

    prompt_model: BaseLM | None
    task_model: BaseLM | None
    teacher_settings: Mapping[str, Any] | None
    max_bootstrapped_demos: int
    max_labeled_demos: int
    auto: Literal["light", "medium", "heavy"] | None
    metric_threshold: float | None
    program_aware_proposer: bool
    data_aware_proposer: bool
    fewshot_aware_proposer: bool
    view_data_batch_size: int

    def sizes(self, student: Module, examples: int) -> Sizes:
        """How much of what a search takes, with so many validation examples."""
        raise NotImplementedError

    @property
    def _is_zero_shot(self) -> bool:
        return self.max_bootstrapped_demos == 0 and self.max_labeled_demos == 0

    def _asker(self, run: Run) -> PromptModel:
        return PromptModel(settings.lm if self.prompt_model is None else self.prompt_model, run, self.seed)

    def _task_model(self) -> AbstractContextManager[Any]:
        return nullcontext() if self.task_model is None else context(lm=self.task_model)

    def _begin(
        self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None, asker: PromptModel,
        sizes: Sizes,
    ) -> tuple[Trial | None, Sequence[Trace], Grounding]:  # fmt: skip
        """What needs nothing else, side by side: the score of the program as it came, traces, and a look around."""
        import_ahead("optuna")
        base, traces, grounding = run.beside_base(
            lambda: run.attempt(student, "as it came"),
            lambda: self._traces(run, student, trainset, teacher, sizes),
            lambda: self._grounding(run, asker, student, trainset, sizes),
        )
        if not traces and self._traces_wanted(sizes) and not run.halted():
            run.warn(NO_TRACES)
        for problem in grounding.problems:
            run.warn(problem)
        return base, traces, grounding

    def _traces(
        self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None, sizes: Sizes
    ) -> Sequence[Trace]:
        return bootstrap(
            run,
            ready_teacher(student, teacher, trainset, most=self.max_labeled_demos, seed=self.seed),
            trainset,
            metric=None if self.metric is None else metric_named(self.metric),
            threshold=self.metric_threshold,
            enough=self._traces_wanted(sizes),
            settings=self.teacher_settings,
        )

    def _traces_wanted(self, sizes: Sizes) -> int:
        """Enough for every set to have its own."""
        if self._is_zero_shot:
            return TO_PROPOSE_FROM if self.fewshot_aware_proposer else 0
        return self.max_bootstrapped_demos * max(1, sizes.demo_sets - 2)

    def _grounding(
        self, run: Run, asker: PromptModel, student: Module, trainset: Sequence[Example], sizes: Sizes
    ) -> Grounding:
        if not sizes.proposals or not free_names(student) or run.halted():
            return Grounding()
        return ground(asker, student, trainset, **self._looks())

    def _looks(self) -> dict[str, Any]:
        return {
            "view_data_batch_size": self.view_data_batch_size,
            "data": self.data_aware_proposer,
            "code": self.program_aware_proposer,
        }

    def _sets(
        self, student: Module, traces: Sequence[Trace], trainset: Sequence[Example], sizes: Sizes
    ) -> Sequence[Demos]:
        return demo_sets(
            student, traces, trainset, count=sizes.demo_sets, labeled=self.max_labeled_demos,
            bootstrapped=TO_PROPOSE_FROM if self._is_zero_shot else self.max_bootstrapped_demos, seed=self.seed,
        )  # fmt: skip

    def split(
        self, trainset: Sequence[Example], valset: Sequence[Example] | None
    ) -> tuple[Sequence[Example], Sequence[Example]]:
        """Without a valset the last four fifths of the trainset are it; of more than `auto` takes, a random part is."""
        if valset is None:
            cut = len(trainset) - min(1000, max(1, int(0.8 * len(trainset))))
            trainset, valset = (trainset[:cut], trainset[cut:]) if cut else (trainset, trainset)
        most = len(valset) if self.auto is None else PRESETS[self.auto].examples
        if len(valset) > most:
            rng = random.Random(f"{self.seed} validation examples")
            valset = [valset[index] for index in sorted(rng.sample(range(len(valset)), most))]
        return trainset, valset

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        sizes = self.sizes(student, len(valset))
        wanted = self._traces_wanted(sizes)
        shown = min(self.max_labeled_demos, len(trainset))
        low, high = min(wanted, len(trainset)), len(trainset) if wanted else 0
        return [
            base_step(len(valset)),
            Step(
                phase="bootstrap", text=f"the teacher on {span(low, high)} training examples", low=low, high=high,
                fewest=shown, most=shown, taught=True,
            ),
            *self._asking_steps(student, trainset, sizes.proposals),
            Step(
                phase="search", text=sizes.schedule.text(len(valset)), low=0, high=sizes.schedule.runs(len(valset)),
                most=max(self.max_labeled_demos, self.max_bootstrapped_demos),
            ),
        ]  # fmt: skip

    def _asking_steps(self, student: Module, trainset: Sequence[Example], proposals: int) -> list[Step]:
        """The calls of the prompt model; each proposal is asked for once, or twice where the first is of no use."""
        names = free_names(student)
        count = proposals * len(names)
        if not count:
            return []
        looks = grounding_calls(student, len(trainset), **self._looks())
        letters = [proposal_letters(student, name) for name in names]
        demos = TO_PROPOSE_FROM * max(len(example_as_text(example)) for example in trainset)
        return [
            Step(
                phase="look", text=f"{span(*looks)} calls to describe data and program", low=0, high=0,
                asks=looks, letters=grounding_letters(student, trainset, **self._looks()),
            ),
            Step(
                phase="propose", text=f"{span(count, 2 * count)} calls for instructions", low=0, high=0,
                asks=(count, 2 * count), letters=(
                    proposals * sum(low for low, _ in letters), 2 * proposals * sum(high + demos for _, high in letters)
                ),
            ),
        ]  # fmt: skip
