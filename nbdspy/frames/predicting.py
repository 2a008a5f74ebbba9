"""`predict`: what a program answers to each row of a table, as columns beside the row's own."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, Final

from nbdspy import events, render
from nbdspy.configuration import settings
from nbdspy.counts import checked_amount, checked_count
from nbdspy.data import Example
from nbdspy.data.tables import inferred, is_frame
from nbdspy.errors import ENDING, BudgetExceeded, DataError, Stopped, TooManyErrors, described, ended
from nbdspy.evaluation.results import outputs_of
from nbdspy.frames.kept import KeptRows, kept_rows
from nbdspy.frames.showing import RowPredicted, showing
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, as_program, program_name
from nbdspy.modules.inputs import input_fields
from nbdspy.modules.parallel import rows_of
from nbdspy.runtime import Done, map_threads, whole_import
from nbdspy.signatures import Field, SignatureType

if TYPE_CHECKING:
    import pandas as pd

LONGEST_ERROR: Final = 300  # characters


def predict(
    program: Any, data: pd.DataFrame, *, num_threads: int | None = None, max_errors: int | None = None,
    prefix: str = "predicted_", resume: bool = True, store: Any = None,
) -> pd.DataFrame:  # fmt: skip
    """Run a program on each row of a DataFrame.

    The answer is a new DataFrame with the same rows, in the same order and with the same index: its own columns, then
    one for each output, then `error`, which is None where the row has an answer and otherwise says why it has none.

    What was answered is kept as it comes. When it is interrupted, ends by too many errors or with failed rows, or the
    process is killed, the same call goes on where it was and runs only what has no answer. "The same" are the program
    with its model and adapter, and the values of the input columns. When every row has its answer nothing stays kept.

    Args:
        program: A module or a signature.
        data: A column for each input that has no default; other columns are left as they are.
        num_threads: Rows at once; None takes the configured number.
        max_errors: Failed rows that it bears; with one more it gives up. None takes the configured number. A row with a
            gap in an input fails without being run, and is not counted.
        prefix: What stands before an output's name where the table has a column of that name already.
        resume: Whether to go on with what was answered before; False begins anew.
        store: Where answers are kept: a path, a database's URL or a `Store`; by default `.nbdspy/` here. False keeps
            nothing.

    Raises:
        DataError: When it is no DataFrame, has no rows, or lacks an input.
        TooManyErrors: When more than `max_errors` rows failed; `failures` holds pairs of a row's place and its error,
            `result` is the table so far.
        BudgetExceeded: When a limit is reached; `result` is the table so far.
        Stopped: When interrupted; `result` is the table so far.

    Example:
        >>> import pandas as pd
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> frame = pd.DataFrame({"question": ["6 * 7?", "1 + 1?"]}, index=["first", "second"])
        >>> with context(lm=DummyLM({"6": {"answer": "42"}, "1": {"answer": "2"}})):
        ...     predict("question -> answer", frame)
               question answer error
        first    6 * 7?     42  None
        second   1 + 1?      2  None
    """
    program = as_program(program)
    if not is_frame(data):
        raise DataError(
            f"The table is {render.kind(data)}, not a DataFrame.",
            hint="Give a pandas DataFrame; for a list of examples there is program.batch(examples).",
        )
    inputs = [vars(Example.inputs(row)) for row in rows_of(data, input_fields(program))]
    threads = checked_count("num_threads", settings.num_threads if num_threads is None else num_threads)
    most = settings.max_errors if max_errors is None else checked_amount("max_errors", max_errors, least=0)
    outputs = _output_fields(program)
    kept = kept_rows(program, inputs, outputs, store)
    if kept is not None and not resume:
        kept.forget()
    table = _Table(data, list(outputs), prefix, kept)
    table.leave_gaps(inputs, _without_gaps(program))
    with showing(program_name(program)):
        table.fill(program, inputs, threads=threads, most=most)
    if kept is not None and not table.errors:
        kept.forget()
    return table.frame()


class _Table:
    """What is known of the rows so far."""

    def __init__(self, data: pd.DataFrame, names: Sequence[str], prefix: str, kept: KeptRows | None) -> None:
        self._data = data
        self._names = names
        self._prefix = prefix
        self._kept = kept
        self._answers: dict[int, Mapping[str, Any]] = {} if kept is None else dict(kept.found())
        self.errors: dict[int, str] = {}

    def leave_gaps(self, inputs: Sequence[Mapping[str, Any]], names: Iterable[str]) -> None:
        """Note the rows that lack an input, which no model is asked about."""
        for name in names:
            for place, row in enumerate(inputs):
                if name in row and row[name] is None:
                    self.errors.setdefault(place, f"The row has no value for {name!r}.")

    def fill(self, program: Module, inputs: Sequence[Mapping[str, Any]], *, threads: int, most: float) -> None:
        """Run the program on every row that has neither an answer nor a gap."""
        left = [place for place in range(len(inputs)) if place not in self._answers and place not in self.errors]
        failures: list[tuple[int, Exception]] = []
        ending: list[Exception] = []  # what every further call would meet
        over = False

        def answer(place: int) -> Mapping[str, Any]:
            return outputs_of(program(**inputs[place]))

        try:
            for item in map_threads(answer, left, threads=threads, halted=lambda: over or bool(ending)):
                if isinstance(item.error, ENDING):  # what is out is paid for, and may end
                    ending.append(item.error)
                    continue
                if (failure := self._take(item)) is not None:
                    failures.append((item.item, failure))
                self._tell(item.item)
                if len(failures) > most:
                    raise self._gave_up(failures) from failures[-1][1]
        except KeyboardInterrupt as pressed:
            raise Stopped(f"{self._count()}.{self._hint()}", result=self.frame()) from pressed
        finally:
            over = True  # a traceback keeps the map alive; it must not go on calling
        if ending:
            raise self._ended(ending[0])

    def frame(self) -> pd.DataFrame:
        """The table as far as it is known."""
        whole_import("pandas")
        import pandas as pd

        answers = [values for _, values in sorted(self._answers.items())]
        names = list(dict.fromkeys(name for values in answers for name in values)) or self._names
        rows = range(len(self._data))
        columns = [[self._answers.get(row, {}).get(name) for row in rows] for name in names]
        columns.append([self.errors.get(row) for row in rows])
        table = self._data.copy()
        for name, values in zip([*names, "error"], columns, strict=True):
            column = pd.Series(values, dtype=object, index=table.index)
            if not column.isna().any():  # else pandas would make floats of whole numbers
                column = inferred(column)
            table[self._free(name, table)] = column
        return table

    def _take(self, item: Done[int, Mapping[str, Any]]) -> Exception | None:
        """Note how a row ended; the answer is its error."""
        if item.error is not None:
            said = render.short(redact(described(item.error)), LONGEST_ERROR)
            self.errors[item.item] = said
            return item.error
        assert item.result is not None
        self._answers[item.item] = item.result
        if self._kept is not None:
            self._kept.keep(item.item, item.result)
        return None

    def _tell(self, place: int) -> None:
        if events.heard(RowPredicted):
            done = len(self._answers) + len(self.errors)
            events.emit(RowPredicted(index=place, done=done, total=len(self._data), failed=len(self.errors)))

    def _gave_up(self, failures: Sequence[tuple[int, Exception]]) -> TooManyErrors:
        last = ended(self.errors[failures[-1][0]])
        hint = f"Raise max_errors, or mend what it says.{self._hint()}"
        failed = f"{len(failures):,} row{'s' * (len(failures) != 1)}"
        said = f"Stopped after {failed} failed; {self._count()}. The last failure said: {last}"
        return TooManyErrors(said, hint=hint, failures=failures, result=self.frame())

    def _ended(self, error: Exception) -> Exception:
        """What ended the work, with word of what is done and, where that was to be expected, the table so far."""
        error.add_note(f"{self._count()}.{self._hint()}")
        if isinstance(error, BudgetExceeded):
            error.result = self.frame()
        return error

    def _count(self) -> str:
        return f"{len(self._answers):,} of {len(self._data):,} rows have their answer"

    def _hint(self) -> str:
        return "" if self._kept is None else " The same call goes on from there."

    def _free(self, name: str, table: pd.DataFrame) -> str:
        """A column's name that no column has."""
        taken = set(map(str, table.columns))
        while name in taken:
            name = f"{self._prefix or 'predicted_'}{name}"
        return name


def _output_fields(program: Module) -> Mapping[str, Field]:
    """Those of its signature, or of its only predictor's."""
    predictors = program.predictors()
    signature = getattr(predictors[0] if len(predictors) == 1 else program, "signature", None)
    return signature.output_fields if isinstance(signature, SignatureType) else {}


def _without_gaps(program: Module) -> list[str]:
    """The inputs that a program cannot do without; one with a flow of its own may know what None means."""
    fields = input_fields(program)
    if all(predictor.signature.input_fields != fields for predictor in program.predictors()):
        return []
    return [name for name, field in fields.items() if field.required and not field.may_be_none]
