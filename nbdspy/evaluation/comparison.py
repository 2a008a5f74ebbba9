"""Two evaluations of the same examples side by side: the difference, and the examples that were gained and lost."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import asdict, dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.data import Example, to_frame
from nbdspy.errors import DataError, UsageError
from nbdspy.evaluation import plotting
from nbdspy.evaluation.intervals import Difference
from nbdspy.evaluation.results import EvaluationResult, Row, outputs_of
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

    from nbdspy.plots import ComparisonPlot

_LAST = ("failed", "score_before", "score_after", "change")


@dataclass(frozen=True, kw_only=True, repr=False)
class Comparison(Difference):
    """The difference between two programs, with the evaluations that it is of; shown by a notebook as a card."""

    before: EvaluationResult
    after: EvaluationResult

    @cached_property
    def pairs(self) -> tuple[tuple[Row, Row], ...]:
        """The two rows of each example, in order."""
        return tuple(zip(self.before.rows, self.after.rows, strict=True))

    @cached_property
    def examples(self) -> pd.DataFrame:
        """A row for each example with both answers and scores, as `Result.examples` of a compile has them.

        `comparison.examples.query("change == 'lost'")` are those that score lower afterwards.
        """
        return examples_table(self.pairs)

    def plot(self) -> ComparisonPlot:
        """Both scores and their difference with its interval: a card, `to_matplotlib()`, `to_altair()`."""
        return plotting.of_comparison(self)

    def __repr__(self) -> str:
        digits = render.decimals(self.before.mean, self.after.mean)
        mean, low, high = (f"{100 * value:+.{digits}f}" for value in (self.mean, self.low, self.high))
        return (
            f"{self.after.program} against {self.before.program}: {mean} points {self.after.metric} "
            f"({low} to {high}, 95 % interval, paired, n = {self.n}): "
            f"{self.gained} gained, {self.lost} lost, {self.unchanged} unchanged"
        )


def compare(before: EvaluationResult, after: EvaluationResult) -> Comparison:
    """The paired difference of two evaluations of the same examples.

    Raises:
        DataError: When they were not made on the same examples.
        UsageError: When one of them is something else.

    Example:
        >>> rows = [Row(index=i, example=Example(n=i), prediction=None, score=0.0) for i in range(2)]
        >>> better = [Row(index=i, example=Example(n=i), prediction=None, score=1.0) for i in range(2)]
        >>> result = [EvaluationResult(rows=tuple(r), program="p", metric="m") for r in (rows, better)]
        >>> compare(*result).gained
        2
    """
    for given in (before, after):
        if not isinstance(given, EvaluationResult):
            raise UsageError(
                f"{render.short(repr(given))} is {render.kind(given)}, not the result of an evaluation.",
                hint="Compare what evaluate returned for each program.",
            )
    if not before.rows or [row.example for row in before.rows] != [row.example for row in after.rows]:
        raise DataError(
            f"The evaluations are not of the same examples ({before.n} and {after.n}).",
            hint="Evaluate both programs on the same data.",
        )
    found = Difference.of_pairs([row.score for row in before.rows], [row.score for row in after.rows])
    return Comparison(**asdict(found), before=before, after=after)


def examples_table(pairs: Iterable[tuple[Row, Row]]) -> pd.DataFrame:
    """A row for each example under two programs; its last columns are the same ones, also without rows."""
    whole_import("pandas")
    frame = to_frame([_as_columns(*pair) for pair in pairs])
    return frame.reindex(columns=[*(name for name in frame if name not in _LAST), *_LAST])


def _as_columns(before: Row, after: Row) -> dict[str, Any]:
    """One example under two programs, as a row of a table."""
    change = "gained" if after.score > before.score else "lost" if after.score < before.score else ""
    inputs = Example.input_names(before.example) or frozenset()
    return {
        **{name: value for name, value in vars(before.example).items() if name in inputs},
        **prefixed("expected_", Example.labels(before.example)),
        **prefixed("before_", outputs_of(before.prediction)), **prefixed("after_", outputs_of(after.prediction)),
        **{f"error_{when}": row.error for when, row in (("before", before), ("after", after)) if row.error is not None},
        "failed": _failed(before, after), "score_before": before.score, "score_after": after.score, "change": change,
    }  # fmt: skip


def prefixed(prefix: str, values: Mapping[str, Any] | Example | None) -> dict[str, Any]:
    """Values with something before their names."""
    known = {} if values is None else vars(values) if isinstance(values, Example) else values
    return {f"{prefix}{name}": value for name, value in known.items()}


def _failed(before: Row, after: Row) -> str:
    when = [name for name, row in (("before", before), ("after", after)) if row.error is not None]
    return "both" if len(when) > 1 else "".join(when)
