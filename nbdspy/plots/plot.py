"""What all plots have in common: a table, and figures of two libraries that are loaded when they are asked for."""

from __future__ import annotations

from abc import ABC, abstractmethod
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.data import to_frame
from nbdspy.errors import UsageError
from nbdspy.models.redaction import redact
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd
    from matplotlib.figure import Figure, SubFigure

WIDTH = 6.4  # inches of a figure of Matplotlib
PIXELS = 460  # of the plot in one of Altair
MOST_LETTERS = 40  # of a name on an axis
VERBATIM: Mapping[str, Any] = {"parse_math": False}
"""For texts that others wrote: what stands between dollars is mathematics to Matplotlib, and else an error."""


class Plot(ABC):
    """What a figure shows; it is a card in a notebook, lines of text elsewhere, and a figure of either library."""

    __slots__ = ()

    def to_matplotlib(self, figure: Figure | SubFigure | None = None) -> Figure | SubFigure:
        """A figure of Matplotlib, such as for `figure.savefig("scores.pdf")`; its `axes` can be styled further.

        Args:
            figure: What to draw into, such as one of `whole.subfigures(1, 2)`; None makes a new one.

        Raises:
            UsageError: When Matplotlib is not installed.
        """
        _load("matplotlib.pyplot", "Matplotlib")
        if figure is None:
            from matplotlib import pyplot

            figure = pyplot.figure(figsize=(WIDTH, self._height), layout="constrained")
            pyplot.close(figure)  # else a notebook shows it twice: as the cell's value, and as what is open at its end
        self._draw(figure)
        return figure

    def to_altair(self) -> Any:
        """A chart of Altair, such as for `chart.save("scores.html")` or `chart.properties(width=600)`.

        Raises:
            UsageError: When Altair is not installed.
        """
        _load("altair", "Altair")
        return self._chart()

    @property
    def frame(self) -> pd.DataFrame:
        """The numbers that the figures show, a row for each mark; scores and their intervals are in percent."""
        whole_import("pandas")
        return to_frame(self.rows)

    @property
    @abstractmethod
    def rows(self) -> list[dict[str, Any]]:
        """The same as plain values."""

    @property
    @abstractmethod
    def _height(self) -> float:
        """Inches of a figure of Matplotlib."""

    @abstractmethod
    def _draw(self, figure: Figure | SubFigure) -> None:
        """Draw with Matplotlib."""

    @abstractmethod
    def _chart(self) -> Any:
        """Draw with Altair."""


def named(text: object) -> str:
    """A name as it may stand on an axis: short, without keys and without what cannot be seen."""
    return render.short(redact(str(text)), MOST_LETTERS)


def distinct(texts: Iterable[object]) -> list[str]:
    """The names of some texts; of those that begin alike and were cut, each is another.

    Example:
        >>> distinct(["alarm", "timer", "alarm"])
        ['alarm', 'timer', 'alarm (2)']
    """
    seen: Counter[str] = Counter()
    names = []
    for name in map(named, texts):
        seen[name] += 1
        names.append(name if seen[name] == 1 else f"{name} ({seen[name]})")
    return names


def data_of(rows: Sequence[Mapping[str, Any]]) -> Any:
    """Rows as Altair takes them, inside of the chart."""
    import altair

    return altair.Data(values=list(rows))


def titled(text: str) -> Any:
    """A title of Altair's where one of Matplotlib's stands, at the left."""
    import altair

    return altair.TitleParams(text, anchor="start")


def arms(rows: Sequence[Mapping[str, Any]]) -> list[list[float]]:
    """How far intervals reach below and above their scores; never less than not at all, however a mean was rounded."""
    below = [max(0.0, row["score"] - row["low"]) for row in rows]
    return [below, [max(0.0, row["high"] - row["score"]) for row in rows]]


def bare(axes: Any) -> None:
    """Take the frame off a plot of Matplotlib but for its axes."""
    axes.spines[["top", "right"]].set_visible(False)


def _load(name: str, called: str) -> None:
    try:
        whole_import(name)
    except ModuleNotFoundError as error:
        raise UsageError(
            f"A figure of {called} needs a package that is not installed: {error.name}.",
            hint="Run: pip install 'nbdspy[plot]'",
        ) from error
