"""What every optimizer is: settings in the constructor, work in `run`, DSPy's shape in `compile`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import nullcontext
from typing import Any, ClassVar

from nbdspy import events
from nbdspy.configuration import context, settings
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.evaluation import Metric, metric_named
from nbdspy.evaluation.devsets import check_columns, examples_for, input_names
from nbdspy.models import BaseLM, Budget
from nbdspy.models.embedder import Embedder
from nbdspy.modules import Module, as_program, program_name
from nbdspy.modules.freezing import DEMOS, INSTRUCTIONS, free_predictors
from nbdspy.modules.inputs import input_fields
from nbdspy.optimizers import doubts
from nbdspy.optimizers.arguments import check_settings
from nbdspy.optimizers.journal import Journal
from nbdspy.optimizers.planning import planned
from nbdspy.optimizers.plans import HELD_OUT, Plan, Step
from nbdspy.optimizers.results import Counts, Result, tell_warnings
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.score_table import ScoreTable
from nbdspy.optimizers.spelling import OF_AN_OPTIMIZER, in_our_words


class Optimizer:
    """Base of all optimizers.

    A subclass stores its constructor's arguments under their own names, does its work in `search`, and says in
    `steps` what that will take. Nothing else is kept on `self`: compiling twice gives the same answer.
    """

    name: ClassVar[str]
    changes: ClassVar[tuple[str, ...]] = (INSTRUCTIONS, DEMOS)
    """The parts of predictors that it changes, as `nbdspy.freeze` calls them."""

    metric: str | Metric | None = None
    num_threads: int | None = None
    max_errors: int | None = None
    seed: int = 0
    prompt_model: BaseLM | None = None
    task_model: BaseLM | None = None
    teacher_settings: Mapping[str, Any] | None = None

    @in_our_words(OF_AN_OPTIMIZER)
    def compile(
        self, student: Any, *, trainset: Any, teacher: Any = None, valset: Any = None
    ) -> Module:  # fmt: skip
        """The better program; `run` says more, and what it warns of is warned of here."""
        result = self.run(student, trainset=trainset, teacher=teacher, valset=valset)
        tell_warnings(result.warnings)
        return result.best

    def run(
        self, student: Any, *, trainset: Any, teacher: Any = None, valset: Any = None, budget: Budget | None = None,
        journal: Journal | None = None, table: ScoreTable | None = None,
    ) -> Result:  # fmt: skip
        """Search for a better program.

        Args:
            student: A program or a signature; it is not changed.
            trainset: Examples to learn from, as a list or a DataFrame.
            teacher: A program of the same parts that shows how; by default the student itself.
            valset: Examples to choose by; every candidate is scored on all of them.
            budget: Limits the calls of the run.
            journal: Where the run is written down.
            table: Where scores are kept for later runs, and those of earlier ones found.

        Raises:
            DataError: When a set is empty, or lacks an input.
            Stopped: When interrupted; `result` holds the best so far.
        """
        _, search = self.ready(
            student, trainset=trainset, teacher=teacher, valset=valset, budget=budget, journal=journal, table=table
        )  # fmt: skip
        return search()

    def ready(
        self, student: Any, *, trainset: Any, teacher: Any = None, valset: Any = None, budget: Budget | None = None,
        journal: Journal | None = None, table: ScoreTable | None = None,
    ) -> tuple[Run, Callable[[], Result]]:  # fmt: skip
        """What `run` does, not yet begun: the run, for whoever wants to steer it, and what begins it.

        Raises:
            DataError: When a set is empty, or lacks an input.
            UsageError: When the teacher takes other inputs.
        """
        check_settings(self)
        given = {"student": student, "trainset": trainset, "teacher": teacher, "valset": valset}
        program, trainset, valset = _read(student, trainset, valset)
        for examples, called in ((trainset, "the trainset"), (valset, "the valset")):
            if examples and self.metric is not None:
                check_columns(metric_named(self.metric), examples, program, called=called)
        learned_from, chosen_by = self.split(trainset, valset)
        run = Run(
            program,
            optimizer=self.name,
            metric=None if self.metric is None else metric_named(self.metric),
            valset=chosen_by,
            trainset=learned_from,
            counts=Counts(train=len(learned_from), val=len(chosen_by)),
            seed=self.seed,
            threads=self.num_threads,
            max_errors=self.max_errors,
            budget=budget,
            journal=journal,
            table=table,
        )
        shows = None if teacher is None else _teacher(teacher, program)

        def search() -> Result:
            with events.span("compile", self.name, instance=self, inputs=given) as span:
                self._look_at_marks(run, program)
                for text in doubts.of_the_trainset(learned_from, apart=len(trainset) - len(learned_from)):
                    run.warn(text)
                self._look_at_splits(run, learned_from, valset)
                result = run.perform(lambda: self.search(run, program, learned_from, shows))
                span.outputs = result.best
                return result

        return run, search

    def plan(self, student: Any, *, trainset: Any, valset: Any = None) -> Plan:
        """What `run` would do and spend; nothing is sent."""
        check_settings(self)
        program, trainset, valset = _read(student, trainset, valset)
        return self.planned(program, self.steps(program, *self.split(trainset, valset)), trainset)

    def planned(
        self, program: Module, steps: Sequence[Step], trainset: Sequence[Example], teacher: Module | None = None
    ) -> Plan:  # fmt: skip
        """What the steps of a search take, and who is asked."""
        asked = self.asked()
        with nullcontext() if self.task_model is None else context(lm=self.task_model):
            return planned(
                self.name, program, steps, trainset, threads=self.num_threads, asked=asked, teacher=teacher,
                metric=None if self.metric is None else metric_named(self.metric),
                taught_under=self.teacher_settings or {},
            )  # fmt: skip

    def asked(self) -> BaseLM | Embedder | None:
        """Whom the asks of its steps go to; None when there is nobody yet."""
        return settings.lm if self.prompt_model is None else self.prompt_model

    def search(self, run: Run, student: Module, trainset: Sequence[Example], teacher: Module | None) -> None:
        """Try programs by `run.attempt`, until done or `run.halted()`."""
        raise NotImplementedError

    def steps(self, student: Module, trainset: Sequence[Example], valset: Sequence[Example]) -> Sequence[Step]:
        """The phases of a search and how many program runs each takes."""
        raise NotImplementedError

    def held_out_step(self, trainset: Sequence[Example], examples: int, *, demos: int) -> Step:
        """What the comparison on so many test examples takes; the better program shows at most so many demonstrations.

        It is at least that of the program that went in, as there may be no better one.
        """
        text = f"2 programs on {examples} test examples, or 1 when nothing better is found"
        return Step(phase=HELD_OUT, text=text, low=examples, high=2 * examples, most=demos)

    def chosen_by(self, trainset: Sequence[Example], valset: Sequence[Example] | None) -> Sequence[Example]:
        """The examples that candidates are scored on; none when there is no valset."""
        return [] if valset is None or self.metric is None else valset

    def split(
        self, trainset: Sequence[Example], valset: Sequence[Example] | None
    ) -> tuple[Sequence[Example], Sequence[Example]]:
        """The examples to learn from, and those that candidates are scored on."""
        return trainset, self.chosen_by(trainset, valset)

    def offer(self, run: Run, program: Module, label: str) -> None:
        """End a search that made one program: keep it, unless it can be scored and scores worse than what went in."""
        if not run.valset or run.metric is None:
            run.best = program
            return
        run.enter("check", f"compare with the program that went in, on {len(run.valset)} examples", programs=2)
        if run.attempt(run.base, "as it came"):
            run.attempt(program, label)

    def _look_at_marks(self, run: Run, student: Module) -> None:
        if not student.predictors():
            run.warn(f"{program_name(student)} has no predictor: {self.name} can change nothing.")
        elif not any(free_predictors(student, part) for part in self.changes):
            run.warn(f"The {' and '.join(self.changes)} of every predictor are frozen: {self.name} can change nothing.")

    def _look_at_splits(self, run: Run, trainset: Sequence[Example], valset: Sequence[Example] | None) -> None:
        if valset is None:
            if overlap(run.valset, trainset):
                run.warn(
                    "No validation examples were given, so the training examples are the validation examples too; "
                    "their scores flatter."
                )
        elif shared := overlap(valset, trainset):
            run.warn(
                f"{shared} of {len(valset)} validation examples are in the training set too; their scores flatter."
            )


def overlap(examples: Sequence[Example], others: Sequence[Example]) -> int:
    """How many examples have the inputs of one of the others."""
    seen = {Example.inputs(other) for other in others}
    return sum(Example.inputs(example) in seen for example in examples)


def _teacher(teacher: Any, student: Module) -> Module:
    """The teacher as a program, which the student's inputs must be enough for."""
    shows = as_program(teacher)
    known = input_fields(student)
    if missing := [name for name in input_names(shows) if name not in known]:
        raise UsageError(
            f"The teacher takes {', '.join(missing)}, which the program does not: it takes {', '.join(known)}.",
            hint="Give a teacher of the same inputs, such as a copy of the program with another model.",
        )
    return shows


def _read(
    student: Any, trainset: Any, valset: Any
) -> tuple[Module, Sequence[Example], Sequence[Example] | None]:  # fmt: skip
    program = as_program(student)
    return (
        program,
        examples_for(program, trainset, called="the trainset"),
        None if valset is None else examples_for(program, valset, called="the valset"),
    )


def check_steps(valset: Sequence[Example], *, demos: int) -> list[Step]:
    """The steps of `offer`, for a program with at most so many demonstrations."""
    if not valset:
        return []
    runs = 2 * len(valset)
    text = f"2 programs on {len(valset)} validation examples"
    return [Step(phase="check", text=text, low=runs, high=runs, first=len(valset), most=demos)]
