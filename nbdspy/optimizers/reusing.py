"""What of a plan is known from earlier runs, and so is not paid again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nbdspy.data import Example
from nbdspy.evaluation import metric_named
from nbdspy.modules import Module
from nbdspy.optimizers.optimizer import Optimizer
from nbdspy.optimizers.plans import HELD_OUT, Step
from nbdspy.optimizers.score_table import ScoreTable


def spared(
    steps: Sequence[Step], table: ScoreTable, program: Module, optimizer: Optimizer, *, valset: Sequence[Example],
    testset: Sequence[Example] | None,
) -> list[Step]:  # fmt: skip
    """The steps without the rollouts that the table has.

    Those of the program that goes in are known to be spared. Which other programs will be tried is not known, so all
    of theirs may be: then the least is none.
    """
    if optimizer.metric is None or not table.finds_some():
        return list(steps)
    key = table.key(program, metric_named(optimizer.metric))
    at_first = next((number for number, step in enumerate(steps) if step.first), None)
    left = []
    for number, step in enumerate(steps):
        examples = valset if number == at_first else (testset or ()) if step.phase == HELD_OUT else ()
        known = table.count(key, examples)
        left.append(replace(step, low=0, high=step.high - known, known=known))
    return left
