"""Charts as images that every page shows: SVG in a data URI, with a sentence instead for those who cannot see it.

A chart has no view box: positions across are percentages and texts keep their size, so that it reads at any width.
"""

from __future__ import annotations

import base64
import math
from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from nbdspy import render
from nbdspy.plots import ScorePlot, ScorePoint
from nbdspy.views import figures, palette, safe

WIDTH, HEIGHT = 820, 190
TOP, BOTTOM = 16, 164  # of the plot, in pixels
LEFT, RIGHT = 8.5, 97.5  # of the plot, in percent of the width; at 328 pixels the labels just fit left of it
LABELS = 22  # where the labels of the lines end, in pixels
MOST_POINTS = 100
FONT = "system-ui,-apple-system,'Segoe UI',sans-serif"


@dataclass(frozen=True, slots=True, kw_only=True)
class Picture:
    """An image that is its own source; `alt` says what it shows."""

    svg: str
    alt: str
    width: int
    height: int

    @property
    def source(self) -> str:
        """The image as an address."""
        return "data:image/svg+xml;base64," + base64.b64encode(self.svg.encode()).decode()


@dataclass(frozen=True, slots=True)
class _Axis:
    """Round ticks from the first to the last; what is drawn lies between them."""

    ticks: tuple[float, ...]

    def share(self, value: float) -> float:
        first, last = self.ticks[0], self.ticks[-1]
        return min(1.0, max(0.0, (value - first) / (last - first)))


def trials(plot: ScorePlot, *, end: int = 0) -> Picture:
    """Scores of candidates over what they cost, the best so far as a line, the best of all in green.

    Those of some of the examples only are hollow.

    Args:
        plot: The candidates in the order in which they were tried; the line of what went in is always drawn.
        end: Where the axis ends at least: the number of calls that are planned.
    """
    points, base = plot.points, plot.base
    across = _axis(0, max([end, 1, *(point.at for point in points)]), about=5, from_zero=True)
    edges = [min(100.0, max(0.0, 100 * edge)) for point in points for edge in (point.low, point.high)]
    edges += [] if base is None else [100 * base]
    up = _axis(min(edges, default=0), max(edges, default=100), about=4)
    drawn = [
        *_grid(up),
        *_calls(across, plot.unit),
        *_best_line(plot, across, up),
        *_whiskers(plot, across, up),
    ]
    return Picture(svg=_svg(WIDTH, HEIGHT, drawn), alt=_sentence(plot), width=WIDTH, height=HEIGHT)


def bar(score: float, *, low: float, high: float, colour: str, width: int = 120) -> Picture:
    """A score as a bar with its interval as a thin line; `width` is the most pixels it takes."""
    drawn = [
        f'<rect y="3" width="100%" height="6" rx="3" fill="{palette.QUIET}" fill-opacity=".22"/>',
        f'<rect y="3" width="{100 * score:.1f}%" height="6" rx="3" fill="{colour}"/>',
        f'<line x1="{100 * low:.1f}%" x2="{100 * high:.1f}%" y1="6" y2="6" stroke="{palette.QUIET}"/>',
    ]
    return Picture(svg=_svg(width, 12, drawn), alt=figures.percent(score), width=width, height=12)


def stretch(start: float, end: float, *, colour: str, alt: str) -> Picture:
    """A stretch of time as a bar; it goes from one share of the whole to another and can always be seen."""
    width = max(100 * (end - start), 1.0)
    left = min(100 * start, 100 - width)
    drawn = [f'<rect x="{left:.1f}%" y="3" width="{width:.1f}%" height="6" rx="2" fill="{colour}"/>']
    return Picture(svg=_svg(180, 12, drawn), alt=alt, width=180, height=12)


def _svg(width: int, height: int, drawn: Sequence[str]) -> str:
    head = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="100%" height="{height}" font-family="{FONT}" font-size="11">'
    )
    return "".join([head, *drawn, "</svg>"])


def _grid(up: _Axis) -> list[str]:
    drawn = []
    for tick in up.ticks:
        y = _y(up, tick)
        drawn.append(
            f'<line x1="{LABELS + 5}" x2="100%" y1="{y}" y2="{y}" stroke="{palette.QUIET}" stroke-opacity=".25"/>'
        )
        drawn.append(_text(f"{tick:.0f}", x=str(LABELS), y=y + 4, anchor="end"))
    return drawn


def _calls(across: _Axis, unit: str) -> list[str]:
    first, *between, last = across.ticks
    labels = [(first, f"{first:,.0f} {unit}", "start"), *((tick, f"{tick:,.0f}", "middle") for tick in between)]
    labels.append((last, f"{last:,.0f}", "end"))
    return [_text(text, x=_x(across, tick), y=HEIGHT - 6, anchor=anchor) for tick, text, anchor in labels]


def _best_line(plot: ScorePlot, across: _Axis, up: _Axis) -> list[str]:
    drawn = []
    if plot.base is not None:
        y = _y(up, 100 * plot.base)
        dashes = f'stroke="{palette.QUIET}" stroke-dasharray="4 4"'
        drawn.append(f'<line x1="{LEFT}%" x2="100%" y1="{y}" y2="{y}" {dashes}/>')
        # Below its line, where the line of the best cannot be; above when it would meet the labels of the axis.
        label = y + 14 if y < BOTTOM - 16 else y - 5
        drawn.append(_text(f"before, {figures.whole(plot.base)}", x="100%", y=label, anchor="end"))
    lines = [_line(across, up, *ends) for ends in pairwise(plot.running_best)]
    return [*drawn, f'<g stroke="{palette.ACCENT}" stroke-width="2" stroke-linecap="round">', *lines, "</g>"]


def _whiskers(plot: ScorePlot, across: _Axis, up: _Axis) -> list[str]:
    step = math.ceil(len(plot.points) / MOST_POINTS) or 1
    best = plot.best
    drawn = [f'<g fill="{palette.QUIET}" stroke="{palette.QUIET}" stroke-width="1.5">']
    drawn += [_whisker(point, across, up) for point in plot.points[::step] if point is not best]
    if best is None:
        return [*drawn, "</g>"]
    drawn.append(f'</g><g fill="{palette.BETTER}" stroke="{palette.BETTER}" stroke-width="1.5">')
    drawn.append(_whisker(best, across, up, radius=4.5))
    top = _y(up, 100 * best.high)
    label = _text(figures.whole(best.score), x=_x(across, best.at), y=top - 4, anchor="middle", bold=True)
    return [*drawn, "</g>", label]


def _whisker(point: ScorePoint, across: _Axis, up: _Axis, radius: float = 3) -> str:
    x, low, high = _x(across, point.at), _y(up, 100 * point.low), _y(up, 100 * point.high)
    arm = f'<line x1="{x}" x2="{x}" y1="{low}" y2="{high}" stroke-opacity=".55"/>'
    look = 'stroke="none"' if point.is_whole else 'fill="none"'
    return f'{arm}<circle cx="{x}" cy="{_y(up, 100 * point.score)}" r="{radius}" {look}/>'


def _line(across: _Axis, up: _Axis, start: tuple[float, float], end: tuple[float, float]) -> str:
    (x1, y1), (x2, y2) = ((_x(across, at), _y(up, 100 * score)) for at, score in (start, end))
    return f'<line x1="{x1}" x2="{x2}" y1="{y1}" y2="{y2}"/>'


def _x(across: _Axis, value: float) -> str:
    return f"{LEFT + (RIGHT - LEFT) * across.share(value):.2f}%"


def _y(up: _Axis, value: float) -> float:
    return round(BOTTOM - (BOTTOM - TOP) * up.share(value), 1)


def _text(text: str, *, x: str, y: float, anchor: str, bold: bool = False) -> str:
    look = f'fill="{palette.BETTER}" font-weight="600"' if bold else f'fill="{palette.QUIET}"'
    return f'<text x="{x}" y="{y:g}" text-anchor="{anchor}" {look}>{render.escape(safe.short(text, 40))}</text>'


def _axis(low: float, high: float, *, about: int, from_zero: bool = False) -> _Axis:
    """Some `about` round steps that hold everything from `low` to `high`."""
    rough = max((high - low) / about, 1)
    scale = 10 ** math.floor(math.log10(rough))
    step = next(factor * scale for factor in (1, 2, 5, 10) if factor * scale >= rough)
    first = 0 if from_zero else math.floor(low / step)
    last = max(math.ceil(high / step), first + 1)
    return _Axis(tuple(step * tick for tick in range(first, last + 1)))


def _sentence(plot: ScorePlot) -> str:
    before = "" if plot.base is None else f"; before, {figures.whole(plot.base)} percent"
    if not plot.points:
        return f"No candidate has a score yet{before}."
    whole = [point for point in plot.points if point.is_whole]
    best = max(point.score for point in whole or plot.points)
    return f"Scores of {figures.count(len(plot.points), 'candidate')}, the best {figures.whole(best)} percent{before}."
