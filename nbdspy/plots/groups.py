"""The score of each group of examples, with its interval."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy.plots import palette
from nbdspy.plots.lines import between, lines
from nbdspy.plots.plot import PIXELS, VERBATIM, Plot, arms, bare, data_of, named, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

MOST = 40  # groups in a figure; all are in its frame


@dataclass(frozen=True, slots=True, kw_only=True)
class GroupScore:
    """The mean score of `n` examples, from 0 to 1, with its 95 % interval."""

    label: str
    score: float
    low: float
    high: float
    n: int


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class GroupPlot(Plot):
    """Scores of groups in their order, and of all examples; `by` says what the groups have in common.

    Example:
        >>> every, one = (GroupScore(label=name, score=0.5, low=0.2, high=0.8, n=4) for name in ("all", "alarm"))
        >>> plot = GroupPlot(groups=(one,), total=every, by="intent", metric="exact_match", program="Intent")
        >>> plot.rows[0]
        {'group': 'alarm', 'score': 50.0, 'low': 20.0, 'high': 80.0, 'n': 4}
    """

    groups: tuple[GroupScore, ...]
    total: GroupScore
    by: str
    metric: str
    program: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each group, and the last for all."""
        return [
            {
                "group": named(one.label), "score": 100 * one.score, "low": 100 * one.low, "high": 100 * one.high,
                "n": one.n,
            }
            for one in (*self.groups, self.total)
        ]  # fmt: skip

    @property
    def _shown(self) -> list[dict[str, Any]]:
        """Those that a figure shows, each with the words at its side."""
        rows = [*self.rows[:-1][:MOST], self.rows[-1]]
        return [row | {"name": f"{row['group']} (n = {row['n']:,})", "place": at} for at, row in enumerate(rows)]

    @property
    def _ends(self) -> tuple[float, float]:
        """Of the axis: 0 to 100 percent, and further only where a metric goes further."""
        return min(0, *(row["low"] for row in self._shown)), max(100, *(row["high"] for row in self._shown))

    @property
    def _title(self) -> str:
        hidden = len(self.groups) - MOST
        by = f" by {named(self.by)}" if self.by else ""
        return f"{named(self.program)}{by}" + (f", the first {MOST} of {len(self.groups):,}" if hidden > 0 else "")

    @property
    def _scale(self) -> str:
        return f"{named(self.metric)}, percent, with its 95 % interval"

    @property
    def _height(self) -> float:
        return 1.2 + 0.26 * len(self._shown)

    def _draw(self, figure: Figure | SubFigure) -> None:
        axes = figure.subplots()
        rows = self._shown
        for row in rows:
            is_all = row is rows[-1]
            axes.errorbar(
                row["score"], row["place"], xerr=arms([row]), fmt="o",
                color=palette.QUIET if is_all else palette.ACCENT, elinewidth=1.5, markersize=5,
            )  # fmt: skip
        axes.axvline(rows[-1]["score"], color=palette.QUIET, linestyle="--", linewidth=1)
        axes.set_yticks([row["place"] for row in rows], [row["name"] for row in rows], **VERBATIM)
        axes.set_ylim(len(rows) - 0.5, -0.5)
        axes.set_xlim(*self._ends)
        axes.set_xlabel(self._scale, **VERBATIM)
        axes.set_title(self._title, loc="left", **VERBATIM)
        bare(axes)

    def _chart(self) -> Any:
        import altair as alt

        rows = self._shown
        across = alt.X("score:Q", title=self._scale, scale=alt.Scale(domain=list(self._ends), nice=False))
        down = alt.Y("place:Q", title=None, axis=None, scale=alt.Scale(domain=[len(rows) - 0.5, -0.5], nice=False))
        is_all = f"datum.place == {len(rows) - 1}"
        marks = alt.Chart(data_of(rows)).encode(
            y=down, tooltip=[alt.Tooltip("name:N", title="group"), "score:Q", "low:Q", "high:Q"],
            color=alt.condition(is_all, alt.value(palette.QUIET), alt.value(palette.ACCENT)),
        )  # fmt: skip
        layers = [
            alt.Chart(data_of(rows[-1:])).mark_rule(color=palette.QUIET, strokeDash=[4, 4]).encode(x=across),
            marks.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q", title=self._scale), x2="high:Q"),
            marks.mark_point(filled=True, opacity=1, size=50).encode(x=across),
            alt.Chart(data_of(rows)).mark_text(align="right", dx=-8).encode(y=down, x=alt.value(0), text="name:N"),
        ]
        return alt.layer(*layers).properties(title=titled(self._title), width=PIXELS, height=22 * len(rows))

    def __repr__(self) -> str:
        by = f" by {named(self.by)}" if self.by else ""
        rows = [
            (named(one.label), one.score, f"{between(one.low, one.high)}, n = {one.n:,}")
            for one in (self.total, *self.groups)
        ]
        return lines(f"{named(self.program)}: {named(self.metric)}{by}, with 95 % intervals", rows)
