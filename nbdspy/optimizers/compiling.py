"""`compile`: from a program and tables to a better program, in one call."""

from __future__ import annotations

import copy
import warnings
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbdspy import events
from nbdspy.errors import CompileWarning, UsageError, did_you_mean
from nbdspy.evaluation import Evaluate, Metric, metric_named
from nbdspy.evaluation.evaluate import check_columns, examples_for
from nbdspy.evaluation.labels import warn_of_unlisted_labels
from nbdspy.models import Budget
from nbdspy.modules import as_program, program_name
from nbdspy.optimizers.arguments import check_arguments
from nbdspy.optimizers.bootstrap_few_shot import BootstrapFewShot
from nbdspy.optimizers.held_out import held_out_step, hold_out
from nbdspy.optimizers.labeled_few_shot import LabeledFewShot
from nbdspy.optimizers.optimizer import Optimizer, overlap
from nbdspy.optimizers.planning import planned
from nbdspy.optimizers.plans import Plan
from nbdspy.optimizers.random_search import BootstrapFewShotWithRandomSearch
from nbdspy.optimizers.results import Result, tell_warnings
from nbdspy.optimizers.run import CallsPlanned

OPTIMIZERS: Mapping[str, type[Optimizer]] = {
    optimizer.name: optimizer for optimizer in (LabeledFewShot, BootstrapFewShot, BootstrapFewShotWithRandomSearch)
}
"""The optimizers by the names that `%compile --with` takes."""


def compile(
    program: Any, data: Any, *, val: Any = None, test: Any = None, metric: str | Metric | None = None,
    optimizer: str | Optimizer = "random_search", teacher: Any = None, threads: int | None = None,
    seed: int | None = None,
    budget: float | None = None, max_calls: int | None = None, timeout: float | None = None,
    options: Mapping[str, Any] | None = None,
) -> Result:  # fmt: skip
    """Search for a better program and say how much better it is.

    Args:
        program: A module or a signature; it is not changed.
        data: Training examples: a DataFrame, or a list of examples or dictionaries.
        val: Examples to choose by.
        test: Examples that nothing is chosen by; both programs are scored on them once, at the end.
        metric: `metric(example, prediction, trace=None)` or the name of one; by default exact_match, or the
            optimizer's own.
        optimizer: The name of one or one that is set up.
        teacher: A program that shows how; by default the program itself.
        threads: Examples at once.
        seed: Of every random choice; by default 0, or the optimizer's own.
        budget: Stop at this many US dollars.
        max_calls: Stop after this many calls.
        timeout: Stop after this many seconds.
        options: Further arguments of the optimizer.

    Raises:
        UsageError: When the optimizer, an option or the metric is unknown.
        DataError: When a table is empty or lacks an input's column.
        Stopped: When interrupted; `result` holds the best so far.
    """
    student = as_program(program)
    chosen = _set_up(optimizer, metric=metric, seed=seed, num_threads=threads, options=options or {})
    trainset = examples_for(student, data, called="the training data")
    valset = None if val is None else examples_for(student, val, called="the validation data")
    testset = None if test is None else examples_for(student, test, called="the test data")
    for examples, called in ((trainset, "training"), (valset, "validation"), (testset, "test")):
        warn_of_unlisted_labels(student, examples or (), called=f"the {called} data")
        if examples and chosen.metric is not None:
            check_columns(metric_named(chosen.metric), examples[0], student)
    purse = Budget(usd=budget, calls=max_calls, seconds=timeout)
    ahead = Plan(
        optimizer=chosen.name,
        program=program_name(student),
        steps=tuple(chosen.steps(student, trainset, chosen.chosen_by(trainset, valset))),
        predictors=max(1, len(student.predictors())),
    )
    limited = [doubt] if (doubt := ahead.doubt(purse.calls)) else []
    doubts = []
    if testset is not None and chosen.metric is not None:
        ahead = replace(ahead, steps=(*ahead.steps, held_out_step(len(testset), demos=0)))
        if seen := overlap(testset, [*trainset, *(valset or [])]):
            said = f"{seen} of {len(testset)} test examples are in the training or validation data too"
            doubts.append(f"{said}; held out is not.")
    events.emit(CallsPlanned(calls=ahead.calls, warnings=(*limited, *doubts)))
    for text in (*limited, *doubts):  # now, before anything is spent
        warnings.warn(text, CompileWarning, stacklevel=2)
    result = chosen.run(student, trainset=trainset, teacher=teacher, valset=valset, budget=purse)
    tell_warnings(result, stacklevel=3)
    result = replace(result, warnings=(*(limited if result.stopped else ()), *doubts, *result.warnings))
    if testset is None or chosen.metric is None:
        return result
    evaluate = Evaluate(
        devset=testset, metric=chosen.metric, num_threads=chosen.num_threads, max_errors=chosen.max_errors
    )  # fmt: skip
    return hold_out(result, evaluate, budget=purse)


def plan(
    program: Any, data: Any, *, val: Any = None, test: Any = None, metric: str | Metric | None = None,
    optimizer: str | Optimizer = "random_search", seed: int | None = None, options: Mapping[str, Any] | None = None,
) -> Plan:  # fmt: skip
    """What `compile` with the same arguments would do and spend; nothing is sent."""
    student = as_program(program)
    chosen = _set_up(optimizer, metric=metric, seed=seed, num_threads=None, options=options or {})
    trainset = examples_for(student, data, called="the training data")
    valset = None if val is None else examples_for(student, val, called="the validation data")
    steps = list(chosen.steps(student, trainset, chosen.chosen_by(trainset, valset)))
    if test is not None and chosen.metric is not None:
        testset = examples_for(student, test, called="the test data")
        steps.append(held_out_step(len(testset), demos=max(step.most for step in steps)))
    return planned(chosen.name, student, steps, trainset)


def _set_up(optimizer: str | Optimizer, *, options: Mapping[str, Any], **given: Any) -> Optimizer:
    """An optimizer with the arguments that were given; one that is set up already keeps its own for the rest."""
    given = {name: value for name, value in given.items() if value is not None}
    if isinstance(optimizer, Optimizer):
        check_arguments(type(optimizer), options)
        made = copy.copy(optimizer)
        for name, value in {**given, **options}.items():
            setattr(made, name, value)
        return made
    if isinstance(optimizer, type):
        is_ours = issubclass(optimizer, Optimizer)
        raise UsageError(
            f"{optimizer.__name__} is a class, not an optimizer that is set up.",
            hint=f"Make one: {optimizer.__name__}(...)" + (f', or say "{optimizer.name}".' if is_ours else "."),
        )
    if optimizer not in OPTIMIZERS:
        raise UsageError(
            f"No optimizer is called {optimizer!r}; there are: {', '.join(OPTIMIZERS)}.",
            hint=did_you_mean(str(optimizer), OPTIMIZERS),
        )
    made_by = OPTIMIZERS[optimizer]
    arguments = {"metric": "exact_match", **given, **options}
    check_arguments(made_by, arguments)
    return made_by(**arguments)
