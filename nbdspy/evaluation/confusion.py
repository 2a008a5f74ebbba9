"""Which label was taken for which: the counts behind a confusion matrix."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from functools import cached_property
from typing import TYPE_CHECKING, Any, Final

from nbdspy import render
from nbdspy.data import Example
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

    from nbdspy.evaluation.results import Row

MOST_CATEGORIES: Final = 30
FAILED: Final = "(failed)"
"""What stands for the answer of an example that ended in an error."""


@dataclass(frozen=True)
class Confusion:
    """How often each expected value of a label got each answer.

    Example:
        >>> Confusion("intent", {("alarm", "alarm"): 3, ("alarm", "timer"): 2, ("timer", "alarm"): 1}).worst
        ('alarm', 'timer', 3)
    """

    label: str
    counts: dict[tuple[str, str], int]

    @cached_property
    def expected(self) -> list[str]:
        """The values that were expected, in order."""
        return sorted({expected for expected, _ in self.counts})

    @cached_property
    def answers(self) -> list[str]:
        """The expected values that were answered or could have been, then what else was, failures last."""
        others = {answer for _, answer in self.counts} - set(self.expected)
        return [*self.expected, *sorted(others, key=lambda answer: (answer == FAILED, answer))]

    @property
    def is_of_categories(self) -> bool:
        """Whether the expected values are few and come again, so that mistaking one for another means something."""
        answered = sum(times for (_, answer), times in self.counts.items() if answer != FAILED)
        return 1 < len(self.expected) <= min(MOST_CATEGORIES, answered / 2)

    @property
    def mistakes(self) -> list[tuple[str, str, int]]:
        """Expected, answer and how often, for every two that differ; the most frequent first."""
        wrong = [(*pair, times) for pair, times in self.counts.items() if pair[0] != pair[1] and pair[1] != FAILED]
        return sorted(wrong, key=lambda mistake: (-mistake[2], mistake[:2]))

    @property
    def worst(self) -> tuple[str, str, int] | None:
        """The two values that were most often taken for each other, either way, and how often; None when none was."""
        pairs: Counter[tuple[str, str]] = Counter()
        for expected, answer, times in self.mistakes:
            if answer in self.expected:
                one, other = sorted((expected, answer))
                pairs[one, other] += times
        if not pairs:
            return None
        (one, other), times = min(pairs.items(), key=lambda item: (-item[1], item[0]))
        return one, other, times

    @property
    def frame(self) -> pd.DataFrame:
        """The matrix: a row for each expected value, a column for each answer."""
        whole_import("pandas")
        import pandas as pd

        cells = [[self.counts.get((expected, answer), 0) for answer in self.answers] for expected in self.expected]
        return pd.DataFrame(
            cells, index=pd.Index(self.expected, name=f"expected_{self.label}"),
            columns=pd.Index(self.answers, name=self.label),
        )  # fmt: skip


def confusions(rows: Sequence[Row]) -> list[Confusion]:
    """One for each label that the answers have too, in the order of the examples' fields."""
    labels = dict.fromkeys(name for row in rows for name in Example.labels(row.example))
    answered = {name for row in rows for name in _values(row.prediction)}
    return [_of(rows, label) for label in labels if label in answered]


def _of(rows: Iterable[Row], label: str) -> Confusion:
    counts: Counter[tuple[str, str]] = Counter()
    for row in rows:
        if label in row.example and (row.prediction is None or label in _values(row.prediction)):
            got = FAILED if row.prediction is None else render.plain(row.prediction[label])
            counts[render.plain(row.example[label]), got] += 1
    return Confusion(label, dict(counts))


def _values(prediction: Any) -> list[str]:
    """The fields of an answer; it may be no Prediction when the metric is the user's own."""
    return list(prediction) if isinstance(prediction, Example) else []
