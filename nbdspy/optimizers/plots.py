"""The scores of a compile as a chart; the rooms above draw it, and without them it is lines of text."""

from __future__ import annotations

from dataclasses import dataclass

from nbdspy import render

BAR = 40  # letters of a full bar
MOST = 40  # lines


@dataclass(frozen=True, slots=True, kw_only=True)
class ScorePoint:
    """A trial: its score, from 0 to 1, with its 95 % interval, at the place of the axis where it stands."""

    at: int
    score: float
    low: float
    high: float
    label: str


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class ScorePlot:
    """Scores of trials in their order; `base` is the score of the program that went in, `unit` what `at` counts."""

    points: tuple[ScorePoint, ...]
    base: float | None
    metric: str
    program: str
    unit: str = "trials"

    def __repr__(self) -> str:
        if not self.points:
            return f"{self.program}: no trial has a score."
        width = max(len(str(point.at)) for point in self.points)
        lines = [
            f"{point.at:>{width}} {100 * point.score:5.1f} % {'█' * round(BAR * point.score):<{BAR}} "
            f"{render.short(point.label, 40)}".rstrip()
            for point in self.points[:MOST]
        ]
        hidden = len(self.points) - len(lines)
        more = [f"and {hidden} more"] if hidden else []
        return "\n".join([f"{self.program}: {self.metric} on the validation examples, by {self.unit}", *lines, *more])
