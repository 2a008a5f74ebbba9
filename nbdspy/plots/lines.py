"""Scores as lines of text, where there is no page: a bar of letters for each."""

from __future__ import annotations

from collections.abc import Sequence

BAR = 40  # letters of a full bar
MOST = 40  # lines


def between(low: float, high: float) -> str:
    """An interval of scores, in percent; of few examples it may reach past what a score can be, from 0 to 1.

    Example:
        >>> between(0.378, 0.481), between(-0.04, 0.31)
        ('38 to 48', '0 to 31')
    """
    return f"{100 * max(0.0, low):.0f} to {100 * min(1.0, high):.0f}"


def lines(title: str, rows: Sequence[tuple[str, float, str]]) -> str:
    """A title and a line for each row: what it is called, its score from 0 to 1, and what else is said of it.

    Example:
        >>> print(lines("scores", [("0", 0.05, "zero-shot"), ("1", 0.1, "")]))
        scores
        0   5.0 % ██                                       zero-shot
        1  10.0 % ████
    """
    width = max((len(name) for name, _, _ in rows), default=0)
    drawn = [
        f"{name:>{width}} {100 * score:5.1f} % {'█' * round(BAR * score):<{BAR}} {said}".rstrip()
        for name, score, said in rows[:MOST]
    ]
    return "\n".join([title, *drawn, *([f"and {len(rows) - MOST} more"] if len(rows) > MOST else [])])
