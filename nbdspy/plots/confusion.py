"""A confusion matrix: how often each expected value got each answer."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy.plots import palette
from nbdspy.plots.plot import VERBATIM, Plot, data_of, distinct, named, titled

if TYPE_CHECKING:
    from matplotlib.figure import Figure, SubFigure

CELL = 0.42  # inches
SQUARE = 34  # pixels
SHARE = "share of the row, percent"


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ConfusionPlot(Plot):
    """A row of counts for each expected value, with one for each answer; darker where more of the row is.

    `mistakes` are expected value, answer and how often, the most frequent first.

    Example:
        >>> ConfusionPlot(
        ...     expected=("alarm", "timer"), answers=("alarm", "timer"), counts=((3, 1), (0, 4)), label="intent",
        ...     program="Intent",
        ... )
        Intent: intent, a row for what was expected
               alarm  timer
        alarm      3      1
        timer      0      4
    """

    expected: tuple[str, ...]
    answers: tuple[str, ...]
    counts: tuple[tuple[int, ...], ...]
    label: str
    program: str
    mistakes: tuple[tuple[str, str, int], ...] = ()

    @property
    def rows(self) -> list[dict[str, Any]]:
        """A row for each cell; `share` is of the expected value's examples, in percent."""
        return [
            {"expected": one, "got": answer, "count": count, "share": 100 * count / (sum(counts) or 1)}
            for one, counts in zip(distinct(self.expected), self.counts, strict=True)
            for answer, count in zip(distinct(self.answers), counts, strict=True)
        ]

    @property
    def _title(self) -> str:
        return f"{named(self.program)}: {named(self.label)}"

    @property
    def _height(self) -> float:
        return 2.2 + CELL * len(self.expected)

    def _draw(self, figure: Figure | SubFigure) -> None:
        from matplotlib.colors import LinearSegmentedColormap

        axes = figure.subplots()
        rows, width = self.rows, len(self.answers)
        shares = [[row["share"] for row in rows[at : at + width]] for at in range(0, len(rows), width)]
        colours = LinearSegmentedColormap.from_list("nbdspy", ["#ffffff", palette.ACCENT])
        image = axes.imshow(shares, cmap=colours, vmin=0, vmax=100, aspect="auto")
        for at, row in enumerate(rows):
            if row["count"]:
                axes.text(at % width, at // width, f"{row['count']:,}", ha="center", va="center", color="black")
        axes.set_xticks(range(width), distinct(self.answers), rotation=45, ha="right", **VERBATIM)
        axes.set_yticks(range(len(self.expected)), distinct(self.expected), **VERBATIM)
        axes.set_xlabel("answered")
        axes.set_ylabel("expected")
        axes.set_title(self._title, loc="left", **VERBATIM)
        figure.colorbar(image, ax=axes, label=SHARE)

    def _chart(self) -> Any:
        import altair as alt

        across = alt.X("got:N", title="answered", sort=distinct(self.answers))
        down = alt.Y("expected:N", title="expected", sort=distinct(self.expected))
        cells = alt.Chart(data_of(self.rows)).encode(
            x=across, y=down, tooltip=["expected:N", "got:N", "count:Q", alt.Tooltip("share:Q", format=".0f")]
        )  # fmt: skip
        shades = alt.Scale(domain=[0, 100], range=["#ffffff", palette.ACCENT], interpolate="rgb")
        colour = alt.Color("share:Q", title=SHARE, scale=shades)
        counts = cells.mark_text(color="black").encode(text="count:Q").transform_filter("datum.count > 0")
        size = {"width": SQUARE * len(self.answers), "height": SQUARE * len(self.expected)}
        return alt.layer(cells.mark_rect().encode(color=colour), counts).properties(title=titled(self._title), **size)

    def __repr__(self) -> str:
        if not self.expected:
            return f"{self._title}, nothing was scored."
        names, heads = distinct(self.expected), distinct(self.answers)
        first = max(map(len, names))
        table = [
            f"{one:<{first}}  " + "  ".join(f"{n:>{len(head)},}" for n, head in zip(counts, heads, strict=True))
            for one, counts in zip(names, self.counts, strict=True)
        ]
        return "\n".join(
            [
                f"{self._title}, a row for what was expected",
                f"{'':<{first}}  " + "  ".join(heads),
                *table,
            ]
        )
