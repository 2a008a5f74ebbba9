"""MIPRO and Bayesian bootstrap as the MIPRO paper has them (2.3); 0-shot MIPRO is MIPRO without demonstrations."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from nbdspy.evaluation import Metric
from nbdspy.models import BaseLM
from nbdspy.modules import Module
from nbdspy.modules.freezing import DEMOS
from nbdspy.optimizers.grounded_search import Sizes
from nbdspy.optimizers.minibatches import Schedule
from nbdspy.optimizers.mipro import MIPROv2


class MIPRO(MIPROv2):
    """The paper's search: as `MIPROv2`, but every trial draws a minibatch of its own and TPE is told its plain score.

    With `max_bootstrapped_demos=0, max_labeled_demos=0` it is 0-shot MIPRO. The paper takes 15 to 70 candidates and
    about 300 trials; the defaults are for a first try. Its rule: the candidates are fewer than the trials by the number
    of things that are chosen.

    Args:
        metric: Scores candidates and accepts traces.
        prompt_model: Proposes instructions; by default the configured model.
        task_model: What the program runs with, where its predictors have no model of their own.
        teacher_settings: Settings in force while the teacher works.
        max_bootstrapped_demos: Most traces in a set of demonstrations.
        max_labeled_demos: Most demonstrations in a set, traces included.
        num_candidates: Sets of demonstrations, and instructions, for each predictor.
        num_trials: Combinations to score.
        minibatch_size: Examples that a trial is scored on (B).
        minibatch_full_eval_steps: Trials between two full evaluations (S).
        init_temperature: Of the proposals.
        metric_threshold: The least score of an accepted trace; None takes what is not 0.
        max_errors: Failed examples after which a candidate gives up.
        seed: Of every random choice.
        num_threads: Calls at once.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import Planted
        >>> planted = Planted()
        >>> zero_shot = MIPRO("exact_match", max_bootstrapped_demos=0, max_labeled_demos=0)
        >>> with context(lm=planted.lm()):
        ...     result = zero_shot.run(
        ...         planted.program(), trainset=planted.examples(0, 20), valset=planted.examples(100, 60))
        >>> result.best.demos, result.score > result.base_score
        ([], True)
    """

    name = "mipro"

    def __init__(
        self, metric: str | Metric = "exact_match", prompt_model: BaseLM | None = None,
        task_model: BaseLM | None = None, teacher_settings: Mapping[str, Any] | None = None,
        max_bootstrapped_demos: int = 4, max_labeled_demos: int = 4, num_candidates: int = 10,
        num_trials: int = 30, minibatch_size: int = 35, minibatch_full_eval_steps: int = 5,
        init_temperature: float = 0.7, metric_threshold: float | None = None, max_errors: int | None = None,
        seed: int = 0, num_threads: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            metric, prompt_model, task_model, teacher_settings, max_bootstrapped_demos, max_labeled_demos, auto=None,
            num_candidates=num_candidates, num_trials=num_trials, minibatch_size=minibatch_size,
            minibatch_full_eval_steps=minibatch_full_eval_steps, init_temperature=init_temperature,
            metric_threshold=metric_threshold, max_errors=max_errors, seed=seed, num_threads=num_threads,
        )  # fmt: skip

    def _schedule(self, trials: int, batch: int, examples: int) -> Schedule:
        return Schedule(
            trials=trials, batch=batch if batch < examples else None, full_every=self.minibatch_full_eval_steps,
            same_batch=False, corrected=False,
        )  # fmt: skip


class BayesianBootstrap(MIPRO):
    """The paper's search over demonstrations alone: `MIPRO` that proposes no instructions, and asks no prompt model.

    Args:
        metric: Scores candidates and accepts traces.
        teacher_settings: Settings in force while the teacher works.
        max_bootstrapped_demos: Most traces in a set of demonstrations.
        max_labeled_demos: Most demonstrations in a set, traces included.
        num_candidates: Sets of demonstrations.
        num_trials: Combinations to score.
        minibatch_size: Examples that a trial is scored on (B).
        minibatch_full_eval_steps: Trials between two full evaluations (S).
        metric_threshold: The least score of an accepted trace; None takes what is not 0.
        max_errors: Failed examples after which a candidate gives up.
        seed: Of every random choice.
        num_threads: Calls at once.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import Planted
        >>> planted = Planted()
        >>> with context(lm=planted.lm()):
        ...     result = BayesianBootstrap("exact_match").run(
        ...         planted.program(), trainset=planted.examples(0, 40), valset=planted.examples(100, 60))
        >>> len(result.best.demos)
        4
    """

    name = "bayesian_bootstrap"
    changes = (DEMOS,)

    def __init__(
        self, metric: str | Metric = "exact_match", teacher_settings: Mapping[str, Any] | None = None,
        max_bootstrapped_demos: int = 4, max_labeled_demos: int = 4, num_candidates: int = 10,
        num_trials: int = 30, minibatch_size: int = 35, minibatch_full_eval_steps: int = 5,
        metric_threshold: float | None = None, max_errors: int | None = None, seed: int = 0,
        num_threads: int | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            metric, teacher_settings=teacher_settings, max_bootstrapped_demos=max_bootstrapped_demos,
            max_labeled_demos=max_labeled_demos, num_candidates=num_candidates, num_trials=num_trials,
            minibatch_size=minibatch_size, minibatch_full_eval_steps=minibatch_full_eval_steps,
            metric_threshold=metric_threshold, max_errors=max_errors, seed=seed, num_threads=num_threads,
        )  # fmt: skip

    def sizes(self, student: Module, examples: int) -> Sizes:
        """As MIPRO's, without proposals."""
        return super().sizes(student, examples)._replace(proposals=0)
