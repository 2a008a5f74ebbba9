"""`Evaluate`: a program on many examples at once, scored by a metric."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy import events, histories, render
from nbdspy.adapters import adapter_named
from nbdspy.configuration import settings
from nbdspy.data import Example, Prediction
from nbdspy.errors import BudgetExceeded, ParseError, Stopped, TooManyErrors, UsageError, is_everywhere
from nbdspy.evaluation.devsets import check_columns, examples_for
from nbdspy.evaluation.labels import warn_of_unlisted_labels
from nbdspy.evaluation.metrics import Metric, metric_name, metric_named
from nbdspy.evaluation.results import EvaluationResult, Row
from nbdspy.evaluation.verdicts import MetricFailed, said_of, score_of
from nbdspy.models import Budget, spending
from nbdspy.modules import Module, as_program, program_name
from nbdspy.runtime import Done, map_threads

Mapper = Callable[..., Iterator[Done[Example, tuple[Prediction, float]]]]
"""Applies a function to examples and yields each as it ends, as `runtime.map_threads` does on this machine."""


@dataclass(frozen=True, kw_only=True)
class ExampleScored(events.Event):
    """An example was scored: `done` of `total`."""

    row: Row
    done: int
    total: int


class Evaluate:
    """Scores programs on a fixed set of examples.

    Args:
        devset: The examples, as a list or a DataFrame.
        metric: `metric(example, prediction, trace=None)` or the name of one.
        num_threads: Examples at once; None takes the configured number.
        max_errors: Failed examples after which it gives up; None takes the configured number.
        failure_score: What a failed example counts.
        save_as_csv: A file that the rows of each result are written to.
        save_as_json: The same as JSON.
        display_progress: As DSPy's programs give it, and like the next two without effect: whoever listens draws the
            progress, a result shows its own table, and an error is told with its row.
        display_table: See `display_progress`.
        provide_traceback: See `display_progress`.
        return_outputs: None: a result holds the outputs, as `results`.
        mapper: How the examples are spread; by default over threads of this machine.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> devset = [Example(question="6 * 7", answer="42").with_inputs("question")]
        >>> with context(lm=DummyLM([{"answer": "42"}])):
        ...     Evaluate(devset=devset, metric="exact_match")(Predict("question -> answer")).score
        100.0
    """

    def __init__(
        self, *, devset: Any, metric: str | Metric = "exact_match", num_threads: int | None = None,
        max_errors: int | None = None, failure_score: float = 0.0, save_as_csv: str | None = None,
        save_as_json: str | None = None, display_progress: bool = False, display_table: bool | int = False,
        provide_traceback: bool | None = None, return_outputs: None = None, mapper: Mapper = map_threads,
    ) -> None:  # fmt: skip
        if return_outputs is not None:
            raise UsageError(
                "return_outputs does nothing: a result holds the outputs.", hint="Read result.results, or result.frame."
            )
        self.devset = devset
        self.metric = metric
        self.num_threads = num_threads
        self.max_errors = max_errors
        self.failure_score = failure_score
        self.save_as_csv = save_as_csv
        self.save_as_json = save_as_json
        self.display_progress = display_progress
        self.display_table = display_table
        self.provide_traceback = provide_traceback
        self.mapper = mapper

    def __call__(
        self, program: Any, metric: str | Metric | None = None, devset: Any = None, num_threads: int | None = None,
        *, display_progress: bool | None = None, display_table: bool | int | None = None,
        callback_metadata: Mapping[str, Any] | None = None, save_as_csv: str | None = None,
        save_as_json: str | None = None, halted: Callable[[], bool] = lambda: False,
        after: EvaluationResult | None = None,
    ) -> EvaluationResult:  # fmt: skip
        """Score a program.

        Args:
            program: A module or a signature.
            metric: Another metric than the usual one.
            devset: Other examples than the usual ones.
            num_threads: Examples at once, this time.
            display_progress: As DSPy's programs give it, and without effect, as the next one.
            display_table: See `display_progress`.
            callback_metadata: What callbacks are told besides.
            save_as_csv: A file that the rows are written to.
            save_as_json: The same as JSON.
            halted: Asked before each example; when it says True the rest is left out.
            after: What the program scored on other examples before; these are added, and its failures count.

        Raises:
            DataError: When there are no examples, or one lacks an input, or a label that a metric of ours needs.
            TooManyErrors: When more than `max_errors` examples failed, or all of them for another reason than what the
                model replied; says what the last one said.
            Stopped: When interrupted; `result` holds the rows that were scored.
        """
        program = as_program(program)
        given: dict[str, Any] = {
            "program": program,
            "devset": self.devset if devset is None else devset,
            "metric": self.metric if metric is None else metric,
            "num_threads": self.num_threads if num_threads is None else num_threads,
        }
        told = {**given, **({} if callback_metadata is None else {"callback_metadata": callback_metadata})}
        with events.span("evaluate", program_name(program), instance=self, inputs=told) as span:
            result = span.outputs = self._scored(**given, halted=halted, after=after)
        if path := save_as_csv or self.save_as_csv:
            result.frame.map(render.writable).to_csv(path, index=False)
        if path := save_as_json or self.save_as_json:
            result.frame.map(render.writable).to_json(
                path, orient="records", force_ascii=False, indent=2, default_handler=str
            )
        return result

    def _scored(
        self, *, program: Module, devset: Any, metric: str | Metric, num_threads: int | None,
        halted: Callable[[], bool], after: EvaluationResult | None,
    ) -> EvaluationResult:  # fmt: skip
        devset = examples_for(program, devset, called="devset")
        metric = metric_named(metric)
        most = settings.max_errors if self.max_errors is None else self.max_errors
        threads = settings.num_threads if num_threads is None else num_threads
        rows = [] if after is None else list(after.rows)
        failures = [row for row in rows if row.error is not None]
        before = len(rows)
        used = ran_with(program)
        broken: list[Exception] = []  # by something else than a reply that does not hold the outputs
        over = False
        reached: BudgetExceeded | None = None
        refused: list[BudgetExceeded] = []  # seen where it happens: until it is taken in, others would try in vain
        check_columns(metric, devset, program, called="the data")
        started = time.perf_counter()

        def is_over() -> bool:
            return over or bool(refused) or halted()

        def result(rows: Iterable[Row]) -> EvaluationResult:
            return EvaluationResult(
                rows=tuple(sorted(rows, key=lambda row: row.index)),
                program=program_name(program),
                metric=metric_name(metric),
                lm=used["lm"],
                adapter=used["adapter"],
                planned=before + len(devset),
                seconds=time.perf_counter() - started + (0.0 if after is None else after.seconds),
                spent=tally.spent if after is None else after.spent + tally.spent,
            )

        with spending(Budget()) as tally:
            ways: dict[int, _Way] = {}  # by the identity of what they led to: an example may be there twice
            scored = _scoring(program, metric, ways, refused)
            try:
                for item in self.mapper(scored, devset, threads=threads, halted=is_over):
                    if isinstance(item.error, BudgetExceeded):  # what is out is paid for, and may end
                        reached = reached or item.error
                        continue
                    outcome = item.result if item.error is None else item.error
                    row = self._row(item, index=before + item.index, way=ways.pop(id(outcome), _Way()))
                    rows.append(row)
                    if row.error is not None:
                        failures.append(row)
                        broken += [item.error] if item.error and not isinstance(item.error, ParseError) else []
                        if len(failures) > most:
                            said = f"Stopped after {len(failures)} of {len(rows)} examples failed"
                            raise _gave_up(said, failures, broken, rows) from item.error
                    if events.heard(ExampleScored):
                        events.emit(ExampleScored(row=row, done=len(rows), total=before + len(devset)))
            except KeyboardInterrupt as pressed:
                said = f"{len(rows)} of {before + len(devset)} examples are scored."
                raise Stopped(said, result=result(rows)) from pressed
            finally:
                over = True  # a traceback keeps the mapper alive; it must not go on calling
        if reached is not None:
            left = before + len(devset) - len(rows)
            reached.add_note(f"{len(rows)} of {before + len(devset)} examples were scored, {left} were not.")
            raise reached
        if len(broken) == len(rows) > 0:
            raise _gave_up("Every example failed", failures, broken, rows) from broken[-1]
        return result(rows)

    def _row(self, item: Done[Example, tuple[Prediction, float]], *, index: int, way: _Way) -> Row:
        if item.error is None:
            assert item.result is not None
            prediction, score = item.result
            return Row(
                index=index, example=item.item, prediction=prediction, score=score, seconds=item.seconds,
                calls=tuple(way.calls),
            )  # fmt: skip
        if is_everywhere(item.error):
            raise item.error
        said = render.short(said_of(item.error), 300)
        return Row(
            index=index,
            example=item.item,
            prediction=way.answer,  # which may have come before what failed: a metric
            score=self.failure_score,
            error=said,
            seconds=item.seconds,
            calls=tuple(way.calls),
        )


def evaluate(
    program: Any, data: Any, *, metric: str | Metric = "exact_match", threads: int | None = None,
    max_errors: int | None = None,
) -> EvaluationResult:  # fmt: skip
    """Score a program on a table.

    Args:
        program: A module or a signature.
        data: A DataFrame with a column per input and label, or a list of examples or dictionaries.
        metric: `metric(example, prediction, trace=None)` or the name of one.
        threads: Examples at once.
        max_errors: Failed examples after which it gives up.

    Raises:
        DataError: When the data is empty or lacks an input's column.
        TooManyErrors: When more than `max_errors` examples failed.
        Stopped: When interrupted; `result` holds what was scored.
    """
    program = as_program(program)
    devset = examples_for(program, data, called="data")
    warn_of_unlisted_labels(program, devset, called="data")
    return Evaluate(devset=devset, metric=metric, num_threads=threads, max_errors=max_errors)(program)


def ran_with(program: Module) -> dict[str, str]:
    """The names of the model and the adapter that a program runs with."""
    lms = {lm for predictor in program.predictors() if (lm := predictor.chosen()) is not None}
    adapters = {settings.adapter or adapter_named(lm.prefers) for lm in lms}
    return {
        "lm": ", ".join(sorted({lm.model for lm in lms})),
        "adapter": ", ".join(sorted({adapter.name for adapter in adapters})),
    }


@dataclass(slots=True)
class _Way:
    """How an example came to its end: the calls that were made, and what the program had answered by then."""

    calls: Sequence[int] = ()
    answer: Prediction | None = None


def _scoring(
    program: Module, metric: Metric, ways: dict[int, _Way], refused: list[BudgetExceeded]
) -> Callable[[Example], tuple[Prediction, float]]:  # fmt: skip
    """What is done for each example; how that went is written down, also where it fails or a limit refuses it."""

    def score(example: Example) -> tuple[Prediction, float]:
        with histories.noting() as noted:
            way = _Way(noted)
            try:
                way.answer = program(**vars(Example.inputs(example)))  # not example.inputs(): a field may be called so
                outcome = way.answer, score_of(metric, example, way.answer)
            except BaseException as error:
                ways[id(error)] = way
                if isinstance(error, BudgetExceeded):
                    refused.append(error)
                raise
        ways[id(outcome)] = way
        return outcome

    return score


def _gave_up(said: str, failures: Sequence[Row], broken: Sequence[Exception], rows: Sequence[Row]) -> TooManyErrors:
    """The error with what helps: no limit is high enough for what breaks every time."""
    hint = "Raise the limit with nbdspy.configure(max_errors=…)."
    if len(broken) == len(rows):
        hint = "Run the program on one example to see where."
    if all(isinstance(error, MetricFailed) for error in broken) and broken:
        hint = "Mend the metric."
    scored = [row for row in rows if row.error is None]
    return TooManyErrors(f"{said}; the last said: {failures[-1].error}", hint=hint, failures=failures, scored=scored)
