"""What an evaluation found: a row per example, and the mean with its interval."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.data import Example, Prediction, to_frame
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.evaluation import plotting
from nbdspy.evaluation.confusion import Confusion, confusions
from nbdspy.evaluation.intervals import Interval
from nbdspy.evaluation.selection import Selection, selected
from nbdspy.models import Spent
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

    from nbdspy.plots import ConfusionPlot, GroupPlot


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Row:
    """One example: what the program answered, its score from 0 to 1, or why there is none.

    Where the metric failed and not the program, there is an error and what the program had answered too.

    `calls` are the numbers under which `histories` keeps the calls of models that were made for it, while it does.
    """

    index: int
    example: Example
    prediction: Prediction | None
    score: float
    error: str | None = None
    seconds: float = 0.0
    calls: tuple[int, ...] = field(default=(), compare=False, repr=False)

    def __repr__(self) -> str:
        values = {name: value for name, value in _flat(self).items() if value is not None}
        return render.fields("Row", {"index": self.index, **values})

    @property
    def is_right(self) -> bool:
        """Whether it has the full score."""
        return self.error is None and self.score >= 1

    @property
    def kind(self) -> str:
        """What became of it: `"right"`, `"wrong"` or `"failed"`."""
        return "failed" if self.error is not None else "right" if self.is_right else "wrong"


@dataclass(frozen=True, init=False)
class EvaluationResult:
    """The scores of a program on some examples; `lm` and `adapter` name what it ran with.

    `rows` are in the order of the examples. When it was stopped early, `planned` is larger than their number. One can
    be made of `results` as DSPy has it, triples of an example, a prediction and a score; the `score` is theirs.
    """

    rows: tuple[Row, ...]
    program: str
    metric: str
    lm: str
    adapter: str
    planned: int
    seconds: float
    spent: Spent

    def __init__(
        self, score: float | None = None, results: Iterable[tuple[Example, Any, Any]] = (), *,
        rows: tuple[Row, ...] | None = None, program: str = "program", metric: str = "metric", lm: str = "",
        adapter: str = "", planned: int = 0, seconds: float = 0.0, spent: Spent = Spent(),
    ) -> None:  # fmt: skip
        if rows is None:
            rows = tuple(
                Row(index=index, example=example, prediction=prediction, score=float(worth))
                for index, (example, prediction, worth) in enumerate(results)
            )
        values = {
            "rows": rows, "program": program, "metric": metric, "lm": lm, "adapter": adapter, "planned": planned,
            "seconds": seconds, "spent": spent,
        }  # fmt: skip
        vars(self).update(values)
        if score is not None and abs(score - self.score) > 0.01:
            raise UsageError(
                f"The score is said to be {score}, but that of the {self.n} results is {self.score}.",
                hint="The score is the mean of the results' as a percentage; leave it out.",
            )

    @property
    def n(self) -> int:
        """How many examples were scored."""
        return len(self.rows)

    @cached_property
    def mean(self) -> float:
        """The mean score, 0 to 1; a failed example counts 0."""
        return sum(row.score for row in self.rows) / len(self.rows) if self.rows else 0.0

    @cached_property
    def interval(self) -> Interval:
        """The 95 % interval of the mean."""
        return Interval.of_mean([row.score for row in self.rows]) if self.rows else Interval(0.0, 1.0)

    @property
    def score(self) -> float:
        """The mean as a percentage, rounded to two digits (DSPy's `EvaluationResult.score`)."""
        return round(100 * self.mean, 2)

    @property
    def results(self) -> list[tuple[Example, Prediction | None, float]]:
        """Example, prediction and score of each row (DSPy's `EvaluationResult.results`)."""
        return [(row.example, row.prediction, row.score) for row in self.rows]

    @property
    def right(self) -> int:
        """How many examples scored 1."""
        return sum(row.score >= 1 for row in self.rows)

    @property
    def failed(self) -> int:
        """How many examples ended in an error."""
        return sum(row.error is not None for row in self.rows)

    @property
    def wrong(self) -> int:
        """How many examples scored less than 1 without an error."""
        return self.n - self.right - self.failed

    @cached_property
    def frame(self) -> pd.DataFrame:
        """One row per example: inputs, `expected_…` labels, outputs, score and error."""
        whole_import("pandas")
        frame = to_frame([_flat(row) for row in self.rows])
        return frame[[*(name for name in frame if name not in _LAST), *(name for name in _LAST if name in frame)]]

    def show(
        self, only: str | None = None, *, sort: str | None = None, ascending: bool = True, rows: int = 50
    ) -> Selection:  # fmt: skip
        """Some of the rows as a card, with what was sent for the first of them.

        Args:
            only: `"wrong"`, `"right"` or `"failed"`; None is all.
            sort: A column of `frame`, or `"row"` or `"seconds"`; None is the order of the examples.
            ascending: Whether the smallest comes first.
            rows: How many at most, up to 200.

        Raises:
            UsageError: When there is no such kind, no such column, or no such number of rows.

        Example:
            >>> rows = [Row(index=i, example=Example(n=5 - i), prediction=None, score=i % 2) for i in range(4)]
            >>> result = EvaluationResult(rows=tuple(rows))
            >>> [row.index for row in result.show("wrong", sort="expected_n").rows]
            [2, 0]
        """
        return selected(self, _flat, only, sort, ascending, rows)

    def confusion(self, label: str | None = None) -> pd.DataFrame:
        """How often each expected value, a row, got each answer, a column.

        Args:
            label: Whose values; None is the only label that the answers have too.

        Raises:
            UsageError: When there is no such label, or more than one to choose from.
        """
        return self._confusion(label).frame

    def plot(self, *, by: str | Callable[[Example], Any] | None = None) -> GroupPlot:
        """The score of each group of examples with its interval: a card, `to_matplotlib()`, `to_altair()`.

        Args:
            by: The field whose values make the groups, or what tells an example's group; None is the expected value
                where the answers are of few categories, and else all examples are one.

        Raises:
            DataError: When an example has no such field.
        """
        return plotting.by_group(self, by)

    def plot_confusion(self, label: str | None = None) -> ConfusionPlot:
        """The confusion matrix as a picture: a card, `to_matplotlib()`, `to_altair()`.

        Args:
            label: Whose values; None is the only label that the answers have too.

        Raises:
            UsageError: When there is no such label, or more than one to choose from.
        """
        return plotting.of_confusion(self._confusion(label), self.program)

    def _confusion(self, label: str | None) -> Confusion:
        known = {each.label: each for each in confusions(self.rows)}
        if label is None and len(known) == 1:
            (label,) = known
        if label not in known:
            said = (
                f"There are {len(known)} labels that the answers have too" if label is None else f"No label {label!r}"
            )
            hint = did_you_mean(label or "", known) or f"There are: {', '.join(known) or 'none'}."
            raise UsageError(f"{said}.", hint=hint)
        return known[label]

    def __repr__(self) -> str:
        first = next((row.error for row in self.rows if row.error is not None), None)
        return self.summary if first is None else f"{self.summary}\nThe first failure said: {render.short(first, 160)}"

    @property
    def summary(self) -> str:
        """The score in one line."""
        low, high = 100 * self.interval.low, 100 * self.interval.high
        failed = f", {self.failed} failed" if self.failed else ""
        partly = f" of {self.planned}" if self.planned > self.n else ""
        return (
            f"{self.program}: {100 * self.mean:.0f} % {self.metric} "
            f"({low:.0f} to {high:.0f}, 95 % interval, n = {self.n}{partly}{failed})"
        )


_LAST = ("score", "error")  # columns; those before them are in the order of the fields, also where a row failed


def _flat(row: Row) -> dict[str, Any]:
    names: Sequence[str] = tuple(row.example)
    inputs = Example.input_names(row.example) or frozenset()
    flat = {name: row.example[name] for name in names if name in inputs}
    flat |= {f"expected_{name}": row.example[name] for name in names if name not in inputs}
    flat |= outputs_of(row.prediction)
    return {**flat, "score": row.score, "error": row.error}


def outputs_of(prediction: Any) -> Mapping[str, Any]:
    """What a program returned, as columns; it may be no Prediction when the metric is the user's own."""
    if prediction is None:
        return {}
    if isinstance(prediction, Example):
        return vars(prediction)
    return prediction if isinstance(prediction, Mapping) else {"prediction": prediction}
