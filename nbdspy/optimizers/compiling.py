"""`compile` and `start`: from a program and tables to a better program, in one call."""

from __future__ import annotations

import copy
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from typing import Any

from nbdspy import events, render
from nbdspy.data import Example
from nbdspy.errors import StoreError, UsageError, did_you_mean
from nbdspy.evaluation import Metric, metric_named
from nbdspy.evaluation.devsets import check_columns, examples_for
from nbdspy.evaluation.labels import warn_of_unlisted_labels
from nbdspy.models import Budget
from nbdspy.modules import Module, as_program, program_name
from nbdspy.optimizers.arguments import check_arguments
from nbdspy.optimizers.begun import begun_runs
from nbdspy.optimizers.bootstrap_few_shot import BootstrapFewShot
from nbdspy.optimizers.copro import COPRO
from nbdspy.optimizers.held_out import hold_out
from nbdspy.optimizers.labeled_few_shot import LabeledFewShot
from nbdspy.optimizers.limits import CompileBudget
from nbdspy.optimizers.mipro import MIPROv2
from nbdspy.optimizers.mipro_paper import MIPRO, BayesianBootstrap
from nbdspy.optimizers.mipro_plus_plus import MIPROPlusPlus
from nbdspy.optimizers.names import comes_later, goes_by
from nbdspy.optimizers.opro import OPRO
from nbdspy.optimizers.optimizer import Optimizer, overlap
from nbdspy.optimizers.optuna_search import BootstrapFewShotWithOptuna
from nbdspy.optimizers.planning import judges_of
from nbdspy.optimizers.plans import Plan, Step
from nbdspy.optimizers.progress import CallsPlanned
from nbdspy.optimizers.random_search import BootstrapFewShotWithRandomSearch
from nbdspy.optimizers.results import Result, tell_warnings
from nbdspy.optimizers.reusing import spared
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.runs import Kept, Runs, parts_of
from nbdspy.optimizers.score_table import ScoreTable
from nbdspy.optimizers.spelling import OF_COMPILE, in_our_words

_ALL: tuple[type[Optimizer], ...] = (
    LabeledFewShot, BootstrapFewShot, BootstrapFewShotWithRandomSearch, BootstrapFewShotWithOptuna, MIPROv2, MIPRO,
    BayesianBootstrap, MIPROPlusPlus, COPRO, OPRO,
)  # fmt: skip

OPTIMIZERS: Mapping[str, type[Optimizer]] = {optimizer.name: optimizer for optimizer in _ALL}
"""The optimizers by the names that `%compile --with` takes."""

_BY_CLASS: Mapping[str, type[Optimizer]] = {optimizer.__name__: optimizer for optimizer in _ALL}


def optimizer_named(name: str) -> type[Optimizer]:
    """The optimizer that a name means: its own or that of its class.

    Raises:
        UsageError: When there is none; says which there are.
    """
    found = OPTIMIZERS.get(name) or _BY_CLASS.get(name)
    if found is not None:
        return found
    if comes_later(name):
        raise UsageError(f"{name} is not there yet.", hint=f"It comes later; now there are: {', '.join(OPTIMIZERS)}.")
    if hint := goes_by(name):
        raise UsageError(f"{name!r} is no name to compile with.", hint=hint)
    raise UsageError(
        f"No optimizer is called {name!r}; there are: {', '.join(OPTIMIZERS)}.",
        hint=did_you_mean(str(name), OPTIMIZERS),
    )


@in_our_words(OF_COMPILE)
def compile(
    program: Any, data: Any, *, val: Any = None, test: Any = None, metric: str | Metric | None = None,
    optimizer: str | Optimizer = "random_search", teacher: Any = None, threads: int | None = None,
    seed: int | None = None, budget: float | None = None, max_calls: int | None = None, max_tokens: int | None = None,
    timeout: float | None = None, options: Mapping[str, Any] | None = None, name: str | None = None,
    resume: bool = False, reuse: bool = False, store: Any = None,
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
        max_tokens: Stop after this many tokens, of prompts and replies together.
        timeout: Stop after this many seconds.
        options: Further arguments of the optimizer.
        name: What the run is called; by default as the program.
        resume: Go on with the last run of this name, if it was ended before it was done, by whatever: replies that it
            had are not asked for again, and what it finds is what it would have found. Without such a run, a new one.
        reuse: Take over what rollouts of earlier runs in the same store came to, instead of paying for them again:
            where the program with its model and tools, the adapter, the metric's source, the example and the seed are
            the same. Within a run nothing is scored twice anyway.
        store: Where the run is written down, so that it can be resumed: a path, a database's URL or a `Store`. By
            default `.nbdspy/` in the working directory, or what NBDSPY_HOME or NBDSPY_STORE say; False for nowhere.

    Raises:
        UsageError: When the optimizer, an option or the metric is unknown; when a run cannot be resumed, because
            something that it depends on has changed.
        StoreError: When the store cannot be used.
        DataError: When a table is empty or lacks an input's column, or a row the label that a metric of ours needs.
        Stopped: When interrupted; `result` holds the best so far.
    """
    job = _prepared(
        program, data, val, test, metric, optimizer, teacher, threads, seed,
        CompileBudget(usd=budget, calls=max_calls, tokens=max_tokens, seconds=timeout),
        options, name, resume, reuse, store,
    )  # fmt: skip
    tell_warnings((*job.limited, *job.doubts))
    begun_runs.add(job.run, name or "")
    result = job.run.go(job.go)
    tell_warnings(job.run.warnings)
    return result


@in_our_words(OF_COMPILE)
def start(
    program: Any, data: Any, *, val: Any = None, test: Any = None, metric: str | Metric | None = None,
    optimizer: str | Optimizer = "random_search", teacher: Any = None, threads: int | None = None,
    seed: int | None = None, budget: float | None = None, max_calls: int | None = None, max_tokens: int | None = None,
    timeout: float | None = None, options: Mapping[str, Any] | None = None, name: str | None = None,
    resume: bool = False, reuse: bool = False, store: Any = None,
) -> Run:  # fmt: skip
    """Begin what `compile` with the same arguments does, in the background.

    The run is told to `stop()`, `pause()` and `resume()`; its `best` is there at any time, and `wait()` gives the
    `Result`. It uses the settings, such as the model, that are in force now.

    Raises:
        UsageError: As `compile`, before anything is begun.
        DataError: The same.
    """
    job = _prepared(
        program, data, val, test, metric, optimizer, teacher, threads, seed,
        CompileBudget(usd=budget, calls=max_calls, tokens=max_tokens, seconds=timeout),
        options, name, resume, reuse, store,
    )  # fmt: skip
    tell_warnings((*job.limited, *job.doubts))
    begun_runs.add(job.run, name or "")
    job.run.begin(job.go)
    return job.run


@dataclass(frozen=True, kw_only=True)
class _Job:
    """A compile that is ready to go: the run, its work, and what is done with what it finds."""

    run: Run
    search: Callable[[], Result]
    limited: tuple[str, ...]
    doubts: tuple[str, ...]
    testset: Sequence[Example] | None
    kept: Kept

    def go(self) -> Result:
        """Search, and compare on the test examples where there are such; write down how it ended.

        Raises:
            Stopped: When interrupted; `result` holds the best so far.
            Exception: What ends it otherwise, with the same.
        """
        try:
            result = self.search()
            doubts = (*self.doubts, *self.kept.table.doubts)
            told = (*(self.limited if result.stopped else ()), *doubts, *result.warnings)
            result = replace(result, warnings=told)
            if self.testset is not None:
                result = hold_out(result, self.run, self.testset)
        except BaseException as error:
            with suppress(StoreError):  # why it ended is worth more than that this cannot be written down
                self.kept.end(getattr(error, "result", None), error)
            raise
        try:
            self.kept.end(result)
        except StoreError as error:
            said = f"How it ended could not be written down: {error}"
            return replace(result, warnings=(*result.warnings, said))
        return result


def _prepared(
    program: Any, data: Any, val: Any, test: Any, metric: str | Metric | None, optimizer: str | Optimizer,
    teacher: Any, threads: int | None, seed: int | None, budget: Budget, options: Mapping[str, Any] | None,
    name: str | None, resume: bool, reuse: bool, store: Any,
) -> _Job:  # fmt: skip
    given = _given(program, data, val, test, metric, optimizer, threads, seed, options)
    student, chosen = given.student, given.chosen
    trainset, valset, testset = given.trainset, given.valset, given.testset
    doubts = []
    if testset is not None and (seen := overlap(testset, [*trainset, *(valset or [])])):
        said = f"{seen} of {len(testset)} test examples are in the training or validation data too"
        doubts.append(f"{said}; held out is not.")
    parts = parts_of(student, chosen, teacher=teacher, trainset=trainset, valset=valset, testset=testset)
    kept = Kept.of(store, name or program_name(student), parts, resume=resume, reuse=reuse, seed=chosen.seed)
    ahead = Plan(
        optimizer=chosen.name,
        program=program_name(student),
        steps=tuple(given.steps(kept.table)),
        predictors=max(1, len(student.predictors())),
        judges=judges_of(None if chosen.metric is None else metric_named(chosen.metric)),
    )
    limited = [doubt] if (doubt := ahead.doubt(budget.calls)) else []
    doubts += kept.doubts
    steps = tuple(step.phase for step in ahead.steps)
    events.emit(CallsPlanned(calls=ahead.calls, warnings=(*limited, *doubts), steps=steps))
    run, search = chosen.ready(
        student, trainset=trainset, teacher=teacher, valset=valset, budget=budget, journal=kept.journal,
        table=kept.table,
    )  # fmt: skip
    return _Job(run=run, search=search, limited=tuple(limited), doubts=tuple(doubts), testset=testset, kept=kept)


@in_our_words(OF_COMPILE)
def plan(
    program: Any, data: Any, *, val: Any = None, test: Any = None, metric: str | Metric | None = None,
    optimizer: str | Optimizer = "random_search", teacher: Any = None, threads: int | None = None,
    seed: int | None = None, options: Mapping[str, Any] | None = None, reuse: bool = False, store: Any = None,
) -> Plan:  # fmt: skip
    """What `compile` with the same arguments would do and spend; nothing is sent.

    With `reuse`, rollouts that are known from earlier runs in the store are not counted.
    """
    given = _given(program, data, val, test, metric, optimizer, threads, seed, options)
    table = Runs.of(store).scores(seed=given.chosen.seed) if reuse else ScoreTable()
    shows = None if teacher is None else as_program(teacher)
    return given.chosen.planned(given.student, given.steps(table), given.trainset, shows)


@dataclass(frozen=True, kw_only=True)
class _Given:
    """What a compile, or its plan, was told, as programs and examples."""

    student: Module
    chosen: Optimizer
    trainset: Sequence[Example]
    valset: Sequence[Example] | None
    testset: Sequence[Example] | None

    def steps(self, table: ScoreTable) -> Sequence[Step]:
        """The phases, without the rollouts that the table has; the comparison on the test examples is the last."""
        learned_from, chosen_by = self.chosen.split(self.trainset, self.valset)
        steps = list(self.chosen.steps(self.student, learned_from, chosen_by))
        if self.testset is not None:
            demos = max(step.most for step in steps)
            steps.append(self.chosen.held_out_step(self.trainset, len(self.testset), demos=demos))
        return spared(steps, table, self.student, self.chosen, valset=chosen_by, testset=self.testset)


def _given(
    program: Any, data: Any, val: Any, test: Any, metric: str | Metric | None, optimizer: str | Optimizer,
    threads: int | None, seed: int | None, options: Mapping[str, Any] | None,
) -> _Given:  # fmt: skip
    student = as_program(program)
    chosen = _set_up(
        optimizer, metric=metric, seed=seed, num_threads=threads, options={} if options is None else options
    )
    trainset = examples_for(student, data, called="the training data")
    valset = None if val is None else examples_for(student, val, called="the validation data")
    testset = None if test is None else examples_for(student, test, called="the test data")
    for examples, called in ((trainset, "training"), (valset, "validation"), (testset, "test")):
        warn_of_unlisted_labels(student, examples or (), called=f"the {called} data")
        if examples and chosen.metric is not None:
            check_columns(metric_named(chosen.metric), examples, student, called=f"the {called} data")
    return _Given(
        student=student, chosen=chosen, trainset=trainset, valset=valset,
        testset=None if chosen.metric is None else testset,
    )  # fmt: skip


def _set_up(optimizer: str | Optimizer, *, options: Mapping[str, Any], **given: Any) -> Optimizer:
    """An optimizer with the arguments that were given; one that is set up already keeps its own for the rest."""
    given = {name: value for name, value in given.items() if value is not None}
    for name in given if isinstance(options, Mapping) else ():
        if name in options:
            called = "threads" if name == "num_threads" else name
            raise UsageError(
                f"{called} is given twice: {render.short(repr(given[name]))}, and among the options "
                f"{render.short(repr(options[name]))}.",
                hint="Give it once.",
            )
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
    made_by = optimizer_named(optimizer)
    check_arguments(made_by, options)
    arguments = {"metric": "exact_match", **given, **options}
    check_arguments(made_by, arguments)
    return made_by(**arguments)
