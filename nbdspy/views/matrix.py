"""A confusion matrix as a table: what was expected against what was answered."""

from __future__ import annotations

from nbdspy.evaluation import Confusion
from nbdspy.views import cut, palette

MOST_CATEGORIES = 12
"""Of more, a table says nothing at a glance; the most frequent mistakes are listed."""
MOST_MISTAKES = 10
OTHER = "other"


def matrix(confusion: Confusion) -> dict[str, object]:
    """The counts by expected value and answer, or the most frequent mistakes of many values."""
    label = cut.cell(confusion.label)
    mistakes = [(cut.cell(one), cut.cell(other), f"{times:,}") for one, other, times in confusion.mistakes]
    if len(confusion.expected) > MOST_CATEGORIES:
        shown = mistakes[:MOST_MISTAKES]
        told = f"{len(shown)} of {len(mistakes):,} shown" if len(shown) < len(mistakes) else f"{len(mistakes):,}"
        return {"title": "Most frequent mistakes", "note": f"{label} · {told}", "mistakes": shown}
    most = max((times for _, _, times in confusion.mistakes), default=0)
    others = [answer for answer in confusion.answers if answer not in confusion.expected]
    return {
        "title": "Confusion matrix",
        "note": f"{label} · a row for what was expected, a column for what was answered",
        "mistakes": None,
        "columns": [*map(cut.cell, confusion.expected), *([OTHER] if others else [])],
        "lines": [
            (
                cut.cell(expected),
                [_cell(confusion.counts.get((expected, answer), 0), most, is_right=answer == expected)
                 for answer in confusion.expected]
                + [_cell(sum(confusion.counts.get((expected, answer), 0) for answer in others), most)] * bool(others),
            )
            for expected in confusion.expected
        ],
    }  # fmt: skip


def _cell(times: int, most: int, *, is_right: bool = False) -> dict[str, object]:
    """A count; mistakes are the redder the more there are."""
    is_mistake = times > 0 and not is_right
    return {
        "text": f"{times:,}" if times else "·",
        "colour": palette.BETTER if times else palette.QUIET,
        "wash": f"rgba(214,69,61,{0.08 + 0.3 * min(1.0, times / most):.2f})" if is_mistake and most else "",
        "is_most": is_mistake and times == most,
    }
