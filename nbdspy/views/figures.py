"""Numbers as people read them: percent, intervals, counts and times in words."""

from __future__ import annotations

from typing import Protocol

from nbdspy.plots import lines
from nbdspy.render import count as count

MINUTE, HOUR = 60, 3600


class Bounds(Protocol):
    """The ends of a 95 % interval, from 0 to 1."""

    @property
    def low(self) -> float:
        """The lower end."""

    @property
    def high(self) -> float:
        """The upper end."""


def percent(share: float, decimals: int = 0) -> str:
    """A share as percent: `"84 %"`."""
    return f"{100 * share:.{decimals}f} %"


def whole(share: float) -> str:
    """A share as percent without its sign, as in a column: `"84"`."""
    return f"{100 * share:.0f}"


def between(interval: Bounds) -> str:
    """An interval of a score in percent: `"80 to 88"`."""
    return lines.between(interval.low, interval.high)


def points(difference: float, decimals: int = 0) -> str:
    """A difference of shares in percentage points, with its sign: `"+26"`."""
    number = f"{abs(100 * difference):.{decimals}f}"
    if float(number) == 0:
        return "±0"
    return f"+{number}" if difference > 0 else f"−{number}"


def duration(seconds: float) -> str:
    """A time as people say it: `"0.09 s"`, `"26 s"`, `"2 min 41 s"`, `"1 h 5 min"`."""
    if seconds < 0.01:
        return "under 0.01 s"
    if seconds < 9.95:
        return f"{seconds:.2f} s" if seconds < 0.995 else f"{seconds:.1f} s"
    rounded = round(seconds)
    if rounded < MINUTE:
        return f"{rounded} s"
    if rounded < HOUR:
        return f"{rounded // MINUTE} min {rounded % MINUTE} s"
    return f"{rounded // HOUR:,} h {rounded % HOUR // MINUTE} min"


def lapse(seconds: float) -> str:
    """A time in a column of short ones: `"0.4 ms"`, `"680 ms"`, `"2.4 s"`."""
    if seconds >= 0.9995:
        return duration(seconds)
    return f"{1000 * seconds:.0f} ms" if seconds >= 0.00995 else f"{max(1000 * seconds, 0.1):.1f} ms"


def thousands(number: int) -> str:
    """A large number where its last digits say nothing: `"391 k"`."""
    if number < 10_000:
        return f"{number:,}"
    return f"{number / 1000:,.0f} k" if number < 1_000_000 else f"{number / 1_000_000:,.1f} M"


def span(ends: tuple[int, int], unit: str) -> str:
    """A range of counts: `"700 to 1,900 calls"`; one number when both ends are the same."""
    low, high = ends
    return f"{low:,} {unit}" if low == high else f"{low:,} to {high:,} {unit}"
