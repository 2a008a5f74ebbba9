"""Two programs side by side: their scores, the difference, and the examples that were gained and lost."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy.plots import palette
from nbdspy.plots.groups import GroupScore
from nbdspy.plots.lines import lines
from nbdspy.plots.plot import PIXELS, VERBATIM, Plot, arms, bare, data_of, distinct, named, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

POINTS = "difference in percentage points, paired, with its 95 % interval"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ComparisonPlot(Plot):
    """Both scores, from 0 to 1, their paired `difference` with its 95 % interval, and what became of the examples.

    Example:
        >>> before, after = (GroupScore(label=name, score=0.5, low=0.2, high=0.8, n=4) for name in ("Intent", "helper"))
        >>> ComparisonPlot(
        ...     before=before, after=after, difference=0.0, low=-0.3, high=0.3, gained=1, lost=1, unchanged=2,
        ...     metric="exact_match",
        ... ).rows[-1]
        {'what': 'lost', 'value': 1.0, 'low': None, 'high': None, 'unit': 'examples'}
    """

    before: GroupScore
    after: GroupScore
    difference: float
    low: float
    high: float
    gained: int
    lost: int
    unchanged: int
    metric: str

    @property
    def rows(self) -> list[dict[str, Any]]:
        """Both scores in percent, the difference in percentage points, then numbers of examples."""
        scores = [
            (name, one.score, one.low, one.high, "percent")
            for name, one in zip(self._names, (self.before, self.after), strict=True)
        ]
        apart = ("difference", self.difference, self.low, self.high, "points")
        measured = [
            {"what": what, "value": 100 * value, "low": 100 * low, "high": 100 * high, "unit": unit}
            for what, value, low, high, unit in (*scores, apart)
        ]
        counts = (("gained", self.gained), ("unchanged", self.unchanged), ("lost", self.lost))
        counted = [
            {"what": what, "value": float(n), "low": None, "high": None, "unit": "examples"} for what, n in counts
        ]
        return [*measured, *counted]

    @property
    def _names(self) -> list[str]:
        """Those of the programs; when both have the same, the second is told from the first."""
        return distinct([self.before.label, self.after.label])

    @property
    def _title(self) -> str:
        before, after = self._names
        return f"{after} against {before}"

    @property
    def _scale(self) -> str:
        return f"{named(self.metric)}, percent, with its 95 % interval (n = {self.after.n:,})"

    @property
    def _colour(self) -> str:
        """Green or red when the interval leaves out zero, else neither."""
        return palette.BETTER if self.low > 0 else palette.WORSE if self.high < 0 else palette.QUIET

    @property
    def _bars(self) -> list[dict[str, Any]]:
        """Lost to the left of nothing, gained to the right."""
        return [
            {"what": f"lost {self.lost:,}", "examples": -self.lost, "colour": palette.WORSE},
            {"what": f"gained {self.gained:,}", "examples": self.gained, "colour": palette.BETTER},
        ]

    @property
    def _height(self) -> float:
        return 4.2

    def _draw(self, figure: Figure | SubFigure) -> None:
        scores, apart, examples = figure.subplots(3, 1, height_ratios=[2, 1, 1])
        before, after, difference, *_ = self.rows
        for place, (row, colour) in enumerate(((before, palette.QUIET), (after, palette.ACCENT))):
            _whisker(scores, row, place, colour)
        scores.set_yticks([0, 1], [before["what"], after["what"]], **VERBATIM)
        scores.set_ylim(1.5, -0.5)
        scores.set_xlim(min(0, before["low"], after["low"]), max(100, before["high"], after["high"]))
        scores.set_xlabel(self._scale, **VERBATIM)
        scores.set_title(self._title, loc="left", **VERBATIM)
        _whisker(apart, difference, 0, self._colour)
        apart.set_yticks([0], ["difference"])
        apart.set_xlabel(POINTS)
        for bar in self._bars:
            examples.barh(0, bar["examples"], color=bar["colour"], height=0.6)
        examples.set_yticks([0], ["examples"])
        examples.set_xlabel(", ".join([*(bar["what"] for bar in self._bars), f"unchanged {self.unchanged:,}"]))
        examples.xaxis.set_major_formatter(lambda value, _: f"{abs(value):,.0f}")
        for axes in (apart, examples):
            axes.axvline(0, color=palette.QUIET, linewidth=1)
            axes.margins(x=0.1, y=0.6)
        for axes in (scores, apart, examples):
            bare(axes)

    def _chart(self) -> Any:
        import altair as alt

        before, after, difference, *_ = self.rows
        colours = alt.Color("colour:N", scale=None)
        ends = [min(0, before["low"], after["low"]), max(100, before["high"], after["high"])]
        scores = self._whiskers(
            [before | {"colour": palette.QUIET}, after | {"colour": palette.ACCENT}], self._scale, ends
        )
        zero = alt.Chart(data_of([{"value": 0}])).mark_rule(color=palette.QUIET).encode(x="value:Q")
        apart = zero + self._whiskers([difference | {"colour": self._colour}], POINTS)
        said = ", ".join([*(bar["what"] for bar in self._bars), f"unchanged {self.unchanged:,}"])
        across = alt.X("examples:Q", title=said, axis=alt.Axis(labelExpr="abs(datum.value)"))
        examples = alt.Chart(data_of([bar | {"row": "examples"} for bar in self._bars])).mark_bar(height=16)
        bars = zero + examples.encode(x=across, y=alt.Y("row:N", title=None), color=colours, tooltip=["what:N"])
        parts = [part.properties(width=PIXELS) for part in (scores, apart, bars)]
        return alt.vconcat(*parts, title=titled(self._title)).resolve_scale(color="independent")

    def _whiskers(self, rows: list[dict[str, Any]], title: str, ends: list[float] | None = None) -> Any:
        """Values with their intervals in Altair, one below the other."""
        import altair as alt

        scale = alt.Scale(domain=ends, nice=False) if ends else alt.Scale(zero=True)
        names = alt.Y("what:N", title=None, sort=[row["what"] for row in rows])
        marks = alt.Chart(data_of(rows)).encode(
            y=names, color=alt.Color("colour:N", scale=None), tooltip=["what:N", "value:Q", "low:Q", "high:Q"]
        )  # fmt: skip
        arms = marks.mark_rule(strokeWidth=1.5).encode(x=alt.X("low:Q", title=title, scale=scale), x2="high:Q")
        return arms + marks.mark_point(filled=True, opacity=1, size=50).encode(x=alt.X("value:Q", title=title))

    def __repr__(self) -> str:
        low, mean, high = (f"{100 * value:+.1f}" for value in (self.low, self.difference, self.high))
        said = f"{self._title}: {mean} points {named(self.metric)} ({low} to {high}); "
        said += f"{self.gained:,} gained, {self.lost:,} lost, {self.unchanged:,} unchanged"
        scores = (self.before, self.after)
        rows = [(name, one.score, f"n = {one.n:,}") for name, one in zip(self._names, scores, strict=True)]
        return lines(said, rows)


def _whisker(axes: Any, row: dict[str, Any], place: float, colour: str) -> None:
    """A value with its interval in Matplotlib."""
    reach = arms([row | {"score": row["value"]}])
    axes.errorbar(row["value"], place, xerr=reach, fmt="o", color=colour, elinewidth=1.5, markersize=5)
