"""The scores of a compile's trials over their numbers or what they cost, with the best so far as a line."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy.plots import palette
from nbdspy.plots.lines import between, lines
from nbdspy.plots.plot import PIXELS, VERBATIM, Plot, arms, bare, data_of, named, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

LINE, BEFORE = "best so far", "before"  # in the legend
UNITS = {"trials": "trial", "calls": "calls of models"}


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePoint:
    """A trial: its score, from 0 to 1, with its 95 % interval, at the place of the axis where it stands.

    One that is not `is_whole` was scored on some of the examples only, so it is never called the best. `n` is how many
    they were, None when nobody said.
    """

    at: int
    score: float
    low: float
    high: float
    label: str
    is_whole: bool = True
    n: int | None = None


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ScorePlot(Plot):
    """Scores of trials in their order; `base` is the score of the program that went in, `unit` what `at` counts.

    Example:
        >>> points = [ScorePoint(at=n, score=s, low=s, high=s, label="a") for n, s in enumerate([0.5, 0.25, 0.75])]
        >>> plot = ScorePlot(points=tuple(points), base=0.5, metric="exact_match", program="Intent")
        >>> plot.running_best
        ((0, 0.5), (2, 0.5), (2, 0.75))
    """

    points: tuple[ScorePoint, ...]
    base: float | None
    metric: str
    program: str
    unit: str = "trials"

    @property
    def best(self) -> ScorePoint | None:
        """The first of the best; None when nothing is better than what went in."""
        best = max((point for point in self.points if point.is_whole), key=lambda point: point.score, default=None)
        return best if best is not None and (self.base is None or best.score > self.base) else None

    @property
    def running_best(self) -> tuple[tuple[int, float], ...]:
        """The corners of the line of the best so far, from the program that went in to the last trial."""
        best = self.base
        corners = [] if best is None or not self.points else [(0, best)]
        for point in self.points:
            if point.is_whole and (best is None or point.score > best):
                corners += [] if best is None else [(point.at, best)]
                best = point.score
                corners.append((point.at, best))
        if best is not None and self.points and corners[-1] != (self.points[-1].at, best):
            corners.append((self.points[-1].at, best))
        return tuple(corners)

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each trial."""
        return [
            {
                "at": point.at, "score": 100 * point.score, "low": 100 * point.low, "high": 100 * point.high,
                "label": named(point.label), "whole": point.is_whole, "best": point is self.best,
            }
            for point in self.points
        ]  # fmt: skip

    @property
    def _axis(self) -> str:
        return named(UNITS.get(self.unit, self.unit))

    @property
    def _scale(self) -> str:
        return f"validation {named(self.metric)}, percent"

    @property
    def _height(self) -> float:
        return 3.6

    def _draw(self, figure: Figure | SubFigure) -> None:
        from matplotlib.ticker import MaxNLocator

        axes = figure.subplots()
        for is_whole, is_best in ((True, False), (False, False), (True, True)):
            rows = [row for row in self.rows if (row["whole"], row["best"]) == (is_whole, is_best)]
            if rows:
                colour = palette.BETTER if is_best else palette.QUIET
                scores = [row["score"] for row in rows]
                axes.errorbar(
                    [row["at"] for row in rows], scores, yerr=arms(rows), fmt="o", color=colour, elinewidth=1,
                    markersize=6 if is_best else 4, markerfacecolor=colour if is_whole else "none",
                    label=_kind(is_whole=is_whole, is_best=is_best), zorder=3 if is_best else 2,
                )  # fmt: skip
        if self.running_best:
            at, best = zip(*((at, 100 * score) for at, score in self.running_best), strict=True)
            axes.plot(at, best, color=palette.ACCENT, label=LINE, zorder=1)
        if self.base is not None:
            axes.axhline(100 * self.base, color=palette.QUIET, linestyle="--", linewidth=1, label=BEFORE)
        axes.set_xlabel(self._axis, **VERBATIM)
        axes.set_ylabel(self._scale, **VERBATIM)
        axes.set_title(named(self.program), loc="left", **VERBATIM)
        axes.xaxis.set_major_locator(MaxNLocator(integer=True))
        bare(axes)
        if axes.get_legend_handles_labels()[0]:
            figure.legend(loc="outside lower center", ncols=3, frameon=False, fontsize="small")

    def _chart(self) -> Any:
        import altair as alt

        rows = [row | {"kind": _kind(is_whole=row["whole"], is_best=row["best"])} for row in self.rows]
        looks = {
            LINE: palette.ACCENT, BEFORE: palette.QUIET, "a trial": palette.QUIET,
            "on a part of the examples": palette.QUIET, "the best": palette.BETTER,
        }  # fmt: skip
        last = max((point.at for point in self.points), default=0)
        ends = alt.Scale(domain=[0, last or 1], padding=12, nice=False)
        across = alt.X("at:Q", title=self._axis, scale=ends, axis=alt.Axis(tickMinStep=1, tickCount=8))
        up = alt.Y("score:Q", title=self._scale, scale=alt.Scale(zero=False, padding=8))
        colour = alt.Color("kind:N", title=None, scale=alt.Scale(domain=list(looks), range=list(looks.values())))
        told = [alt.Tooltip("label:N", title="trial"), "score:Q", "low:Q", "high:Q"]
        trials = alt.Chart(data_of(rows)).encode(x=across, color=colour, tooltip=told)
        corners = [{"at": at, "score": 100 * best, "kind": LINE} for at, best in self.running_best]
        line = alt.Chart(data_of([row | {"order": place} for place, row in enumerate(corners)]))
        layers = [
            line.mark_line().encode(x=across, y=up, order="order:Q", color=colour),
            trials.mark_rule().encode(y=alt.Y("low:Q", title=self._scale), y2="high:Q"),
            trials.mark_point(filled=True, opacity=1, size=40).transform_filter("datum.whole").encode(y=up),
            trials.mark_point(fill="white", size=40).transform_filter("!datum.whole").encode(y=up),
        ]
        if self.base is not None:
            base = alt.Chart(data_of([{"score": 100 * self.base, "kind": BEFORE}]))
            layers.insert(0, base.mark_rule(strokeDash=[4, 4]).encode(y=up, color=colour))
        return alt.layer(*layers).properties(title=titled(named(self.program)), width=PIXELS, height=220)

    def __repr__(self) -> str:
        if not self.points:
            return f"{named(self.program)}: no trial has a score."
        rows = [(str(point.at), point.score, _said(point)) for point in self.points]
        said = f"{named(self.metric)} on validation examples, by {named(self.unit)}, with 95 % intervals"
        return lines(f"{named(self.program)}: {said}", rows)


def _said(point: ScorePoint) -> str:
    """What stands beside a bar of letters: how sure it is, by how many examples, and whose it is."""
    count = "" if point.n is None else f", n = {point.n:,}"
    return f"{between(point.low, point.high)}{count}, {named(point.label)}".removesuffix(", ")


def _kind(*, is_whole: bool, is_best: bool) -> str:
    """What a mark stands for, in the legend."""
    return "the best" if is_best else "a trial" if is_whole else "on a part of the examples"
