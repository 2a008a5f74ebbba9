"""What the plots of an evaluation show: scores of groups, mistakes, and what one program gained on another."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from statistics import fmean
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import DataError, UsageError, did_you_mean
from nbdspy.evaluation.confusion import FAILED, Confusion, confusions
from nbdspy.evaluation.intervals import Interval
from nbdspy.plots import ComparisonPlot, ConfusionPlot, GroupPlot, GroupScore

if TYPE_CHECKING:
    from nbdspy.evaluation.comparison import Comparison
    from nbdspy.evaluation.results import EvaluationResult, Row

OTHER = "other"


def by_group(result: EvaluationResult, by: str | Callable[[Example], Any] | None) -> GroupPlot:
    """The scores of the examples that have something in common.

    Raises:
        DataError: When the examples have no field of that name.
    """
    categories = [each.label for each in confusions(result.rows) if each.is_of_categories]
    key = (categories[0] if len(categories) == 1 else "") if by is None else by
    groups: dict[str, list[float]] = {}
    for row in result.rows if key else ():
        groups.setdefault(render.plain(_value(row, key)), []).append(row.score)
    return GroupPlot(
        groups=_in_order([_group(name, scores) for name, scores in groups.items()]), total=_whole("all", result),
        by=key if isinstance(key, str) else _called(key), metric=result.metric, program=result.program,
    )  # fmt: skip


def plot_scores(
    groups: Mapping[str, Sequence[float]], *, every: Sequence[float], called: str = "all", by: str = "",
    metric: str = "score", program: str = "program",
) -> GroupPlot:  # fmt: skip
    """The means of groups of scores in their order, each with its 95 % interval, above that of all.

    An evaluation draws its own: `result.plot(by=...)`.

    Args:
        groups: Scores from 0 to 1, by what their group is called.
        every: What they are seen against: all scores, say; groups may share some, and need not have them all.
        called: What that is called.
        by: What the groups have in common.
        metric: What was measured.
        program: Of which program.

    Raises:
        UsageError: When a group has no score.

    Example:
        >>> plot_scores({"named": [1, 1, 0], "described": [0, 1]}, every=[1, 1, 0, 0, 1], metric="recall at 5")
        program: recall at 5, with 95 % intervals
              all  60.0 % ████████████████████████                 23 to 88, n = 5
            named  66.7 % ███████████████████████████              21 to 94, n = 3
        described  50.0 % ████████████████████                     9 to 91, n = 2
    """
    for name, scores in [*groups.items(), (called, every)]:
        if not len(scores):
            raise UsageError(f"The group {name!r} has no score.", hint="Leave it out: a mean of nothing is none.")
    return GroupPlot(
        groups=tuple(_group(name, scores) for name, scores in groups.items()), total=_group(called, every), by=by,
        metric=metric, program=program,
    )  # fmt: skip


def _in_order(groups: list[GroupScore]) -> tuple[GroupScore, ...]:
    """Numbers as they count, anything else by its score, the lowest first."""
    try:
        return tuple(sorted(groups, key=lambda group: float(group.label)))
    except ValueError:
        return tuple(sorted(groups, key=lambda group: (group.score, group.label)))


def _called(function: Callable[..., Any]) -> str:
    """The name of what tells the groups; a lambda has none."""
    name = getattr(function, "__name__", "group")
    return "group" if name == "<lambda>" else name


def _value(row: Row, key: str | Callable[[Example], Any]) -> Any:
    if callable(key):
        return key(row.example)
    if key in row.example:
        return row.example[key]
    raise DataError(
        f"Example {row.index} has no field {key!r} to group by.",
        hint=did_you_mean(key, row.example) or f"It has: {', '.join(row.example)}.",
    )


def _group(name: str, scores: Sequence[float]) -> GroupScore:
    interval = Interval.of_mean(scores)
    return GroupScore(label=name, score=fmean(scores), low=interval.low, high=interval.high, n=len(scores))


def _whole(name: str, result: EvaluationResult) -> GroupScore:
    return GroupScore(label=name, score=result.mean, low=result.interval.low, high=result.interval.high, n=result.n)


def of_confusion(confusion: Confusion, program: str) -> ConfusionPlot:
    """The matrix of a label; answers that were never expected are one column, failures another."""
    known = confusion.expected
    cells = [[confusion.counts.get((expected, answer), 0) for answer in (*known, FAILED)] for expected in known]
    every = [sum(times for (one, _), times in confusion.counts.items() if one == expected) for expected in known]
    columns = [*known, OTHER, FAILED]
    lines = [[*row[:-1], total - sum(row), row[-1]] for row, total in zip(cells, every, strict=True)]
    kept = [at for at in range(len(columns)) if at < len(known) or any(line[at] for line in lines)]
    return ConfusionPlot(
        expected=tuple(known), answers=tuple(columns[at] for at in kept),
        counts=tuple(tuple(line[at] for at in kept) for line in lines), label=confusion.label, program=program,
        mistakes=tuple(confusion.mistakes),
    )  # fmt: skip


def of_comparison(comparison: Comparison) -> ComparisonPlot:
    """Both scores and the difference between them."""
    before, after = (_whole(each.program, each) for each in (comparison.before, comparison.after))
    return ComparisonPlot(
        before=before, after=after, difference=comparison.mean, low=comparison.low, high=comparison.high,
        gained=comparison.gained, lost=comparison.lost, unchanged=comparison.unchanged,
        metric=comparison.after.metric,
    )  # fmt: skip
