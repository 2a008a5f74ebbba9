"""The comparison on examples that nothing was chosen by, after the choice is made."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from nbdspy.data import Example
from nbdspy.errors import BudgetExceeded, Stopped
from nbdspy.evaluation import Evaluate, Metric
from nbdspy.models import Budget, spending
from nbdspy.optimizers.plans import Step
from nbdspy.optimizers.results import HeldOut, Result


def hold_out(
    result: Result, testset: Sequence[Example], *, metric: Metric, threads: int | None, budget: Budget
) -> Result:
    """The result with both programs scored on the test examples; without, when a limit is reached before the end.

    Raises:
        Stopped: When interrupted; `result` holds what the search found.
    """
    score = Evaluate(devset=testset, metric=metric, num_threads=threads)
    found = replace(result, counts=replace(result.counts, test=len(testset)))
    with spending(budget):
        try:
            before = score(found.base)
            after = before if found.best is found.base else score(found.best)
        except BudgetExceeded as reached:
            return replace(found, stopped=found.stopped or str(reached), spent=budget.spent)
        except Stopped as pressed:
            raise Stopped("The search is done; its best program is kept.", result=found) from pressed
    return replace(found, held_out=HeldOut(before=before, after=after), spent=budget.spent)


def held_out_step(examples: int) -> Step:
    """What the comparison takes."""
    runs = 2 * examples
    return Step(phase="held out", text=f"2 programs on {examples} test examples", low=runs, high=runs)
