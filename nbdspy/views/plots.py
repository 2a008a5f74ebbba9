"""The cards of plots: what a figure shows, where no library draws it."""

from __future__ import annotations

from nbdspy.plots import ComparisonPlot, ConfusionPlot, GroupPlot, GroupScore, ScorePlot
from nbdspy.views import chart, cut, figures, palette
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.matrix import matrix

MOST_GROUPS = 40
BAR = 320  # pixels
INTERVAL = "95\N{NO-BREAK SPACE}%\N{NO-BREAK SPACE}interval"  # a heading above short numbers, which would break it
WAYS = "to_matplotlib(), to_altair()"


def scores_card(plot: ScorePlot) -> Card:
    """The scores of trials."""
    picture = chart.trials(plot) if plot.points else None
    has_parts = any(not point.is_whole for point in plot.points)
    drawn = fragments("plot_scores.html", plot=plot, picture=picture, has_parts=has_parts, ways=WAYS)
    return Card(fragments=drawn, text=repr(plot))


def groups_card(plot: GroupPlot) -> Card:
    """The score of each group, and of all."""
    groups = [_bar(group, palette.ACCENT) for group in plot.groups[:MOST_GROUPS]]
    drawn = fragments(
        "plot_groups.html", title=plot.program, note=f"scores by {plot.by}" if plot.by else "score",
        lines=[_bar(plot.total, palette.QUIET), *groups],
        columns=_columns(plot.by, plot.metric),
        said=[], hidden=max(0, len(plot.groups) - MOST_GROUPS), ways=WAYS,
    )  # fmt: skip
    return Card(fragments=drawn, text=repr(plot))


def confusion_card(plot: ConfusionPlot) -> Card:
    """What was expected against what was answered."""
    drawn = fragments("plot_confusion.html", title=plot.program, one=matrix(plot), ways=WAYS)
    return Card(fragments=drawn, text=repr(plot))


def comparison_card(plot: ComparisonPlot) -> Card:
    """Both scores, and what is between them."""
    low, mean, high = (figures.points(value, 1) for value in (plot.low, plot.difference, plot.high))
    drawn = fragments(
        "plot_groups.html", title=plot.after.label, note=f"against {plot.before.label}",
        columns=_columns("program", plot.metric),
        lines=[_bar(plot.before, palette.QUIET), _bar(plot.after, palette.ACCENT)],
        said=[f"{mean} points (95 % interval {low} to {high}, paired)",
              f"{figures.count(plot.gained, 'example')} gained, {plot.lost:,} lost, {plot.unchanged:,} unchanged"],
        hidden=0, ways=WAYS,
    )  # fmt: skip
    return Card(fragments=drawn, text=repr(plot))


def _columns(what: str, metric: str) -> list[str]:
    return [*(cut.cell(name) if name else "" for name in (what, metric)), INTERVAL, "n", ""]


def _bar(group: GroupScore, colour: str) -> dict[str, object]:
    low, high = max(0.0, group.low), min(1.0, group.high)
    return {
        "name": cut.cell(group.label),
        "score": figures.percent(group.score),
        "interval": figures.between(group),
        "n": f"{group.n:,}",
        "bar": chart.bar(min(1.0, max(0.0, group.score)), low=low, high=high, colour=colour, width=BAR),
    }
