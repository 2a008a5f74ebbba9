"""LabeledFewShot: labelled training examples as demonstrations (DSPy paper, section 4)."""

from __future__ import annotations

import random
from collections.abc import Sequence

from nbdspy.data import Example
from nbdspy.evaluation import Metric
from nbdspy.modules import Module, set_demos
from nbdspy.modules.freezing import DEMOS, free_predictors
from nbdspy.optimizers.demos import with_demos
from nbdspy.optimizers.optimizer import Optimizer, check_steps
from nbdspy.optimizers.plans import Step
from nbdspy.optimizers.run import Run
from nbdspy.render import count


class LabeledFewShot(Optimizer):
    """Shows each predictor `k` random training examples; asks no model, unless there is a valset to check on.

    Args:
        k: Demonstrations per predictor.
        sample: Draw them at random; False takes the first.
        metric: For the check on a valset.
        seed: Of the draw.
        num_threads: Examples at once.
        max_errors: Failed examples after which the check gives up.

    Example:
        >>> from nbdspy.modules import Predict
        >>> trainset = [Example(question="6 * 7", answer="42").with_inputs("question")]
        >>> LabeledFewShot(k=1).run(Predict("question -> answer"), trainset=trainset).best
        Predict(question -> answer, 1 demos)
    """

    name = "labeled_few_shot"
    changes = (DEMOS,)

    def __init__(
        self, k: int = 16, *, sample: bool = True, metric: str | Metric | None = None, seed: int = 0,
        num_threads: int | None = None, max_errors: int | None = None,
    ) -> None:  # fmt: skip
        self.k = k
        self.sample = sample
        self.metric = metric
        self.seed = seed
        self.num_threads = num_threads
        self.max_errors = max_errors

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        run.enter("label", f"{count(min(self.k, len(trainset)), 'labelled example')} per predictor")
        most = self.k if self.sample else len(trainset)
        program = with_demos(student, [], trainset, most=most, rng=random.Random(self.seed))
        if not self.sample:
            position = {id(example): number for number, example in enumerate(trainset)}
            for _, predictor in free_predictors(program, DEMOS):
                set_demos(predictor, sorted(predictor.demos, key=lambda demo: position[id(demo)])[: self.k])
        shown = max((len(predictor.demos) for _, predictor in free_predictors(program, DEMOS)), default=0)
        self.offer(run, program, f"{shown} labelled")

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        shown = min(self.k, len(trainset))
        text = f"{count(shown, 'labelled example')}, no calls"
        return [
            Step(phase="label", text=text, low=0, high=0, most=shown), *check_steps(valset, demos=shown),
        ]  # fmt: skip
