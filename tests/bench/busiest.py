"""The most that comes within a second, wherever that second begins."""

from __future__ import annotations

from collections.abc import Sequence


def busiest(at: Sequence[float], amounts: Sequence[float]) -> float:
    """The largest sum of what came within one second.

    Args:
        at: When each came, in seconds.
        amounts: How much each was.

    Example:
        >>> busiest([0.0, 0.5, 1.0, 9.0], [1, 2, 3, 4])
        5
    """
    came = list(zip(at, amounts, strict=True))
    return max(sum(amount for then, amount in came if first <= then < first + 1) for first in at)
