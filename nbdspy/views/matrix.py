"""A confusion matrix as a table: what was expected against what was answered."""

from __future__ import annotations

from nbdspy.plots import ConfusionPlot
from nbdspy.views import cut, palette

MOST_CATEGORIES = 12
"""Of more, a table says nothing at a glance; the most frequent mistakes are listed."""
MOST_MISTAKES = 10


def matrix(plot: ConfusionPlot) -> dict[str, object]:
    """The counts by expected value and answer, or the most frequent mistakes of many values."""
    label = cut.cell(plot.label)
    if len(plot.expected) > MOST_CATEGORIES:
        mistakes = [(cut.cell(one), cut.cell(other), f"{times:,}") for one, other, times in plot.mistakes]
        shown = mistakes[:MOST_MISTAKES]
        told = f"{len(shown)} of {len(mistakes):,} shown" if len(shown) < len(mistakes) else f"{len(mistakes):,}"
        return {"title": "Most frequent mistakes", "note": f"{label} · {told}", "mistakes": shown}
    most = max((times for _, _, times in plot.mistakes), default=0)
    return {
        "title": "Confusion matrix",
        "note": f"{label} · a row for what was expected, a column for what was answered",
        "mistakes": None,
        "columns": list(map(cut.cell, plot.answers)),
        "lines": [
            (cut.cell(one), [_cell(times, most, is_right=at == place) for place, times in enumerate(counts)])
            for at, (one, counts) in enumerate(zip(plot.expected, plot.counts, strict=True))
        ],
    }


def _cell(times: int, most: int, *, is_right: bool = False) -> dict[str, object]:
    """A count; mistakes are the redder the more there are."""
    is_mistake = times > 0 and not is_right
    return {
        "text": f"{times:,}" if times else "·",
        "colour": palette.BETTER if times else palette.QUIET,
        "wash": f"rgba(214,69,61,{0.08 + 0.3 * min(1.0, times / most):.2f})" if is_mistake and most else "",
        "is_most": is_mistake and times == most,
    }
