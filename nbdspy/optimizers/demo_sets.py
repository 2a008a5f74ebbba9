"""Sets of demonstrations to choose among, made from the same traces (MIPRO paper, 2.3; DSPy's MIPROv2, step 1)."""

from __future__ import annotations

import random
from collections.abc import Iterator, Sequence

from nbdspy.data import Example
from nbdspy.modules import Module
from nbdspy.optimizers.demos import Demos, Trace, spread, with_demos


def demo_sets(
    student: Module, traces: Sequence[Trace], trainset: Sequence[Example], *, count: int, bootstrapped: int,
    labeled: int, seed: int,
) -> list[Demos]:  # fmt: skip
    """Up to `count` sets, each with demonstrations for every predictor, no two alike.

    In order: the program's own; none, if it has any; labelled examples alone; the first traces; then a random number of
    random traces, from 1, filled up with labelled examples. Each is drawn by a generator of its own.

    Args:
        student: The program.
        traces: Runs of the teacher that the metric accepted.
        trainset: Where labelled examples come from.
        count: How many sets, the program's own included.
        bootstrapped: Most traces in a set.
        labeled: Most demonstrations in a set, traces included, unless there are more traces.
        seed: Of the draws.
    """
    sets: list[Demos] = []
    for program in _programs(student, traces, trainset, count, bootstrapped, labeled, seed):
        found = {name: list(predictor.demos) for name, predictor in program.named_predictors()}
        sets += [found] if found not in sets else []
        if len(sets) == count:
            break
    return sets


def _programs(
    student: Module, traces: Sequence[Trace], trainset: Sequence[Example], count: int, bootstrapped: int, labeled: int,
    seed: int,
) -> Iterator[Module]:  # fmt: skip
    yield student
    yield with_demos(student, [], [], most=0, rng=random.Random(0))
    if labeled:
        yield with_demos(student, [], trainset, most=labeled, rng=random.Random(f"{seed} labelled demos"))
    for number in range(count):
        rng = random.Random(f"{seed} demo set {number}")
        size = rng.randint(1, bootstrapped) if bootstrapped else 0
        chosen = spread(traces, size, rng, by=lambda trace: trace.answer) if number else traces[:bootstrapped]
        yield with_demos(student, chosen, trainset, most=labeled, rng=rng)
