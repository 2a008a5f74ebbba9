"""How much a view may send: no second that one looks at, wherever it begins, holds more than that."""

from __future__ import annotations

from collections import deque
from typing import Final

UPDATES_A_SECOND: Final = 10
BYTES_A_SECOND: Final = 100_000  # a server drops what comes faster than a megabyte
SPARED_UPDATES: Final = 1  # of them, for what stays at the end, which comes at once
SPARED_BYTES: Final = 50_000


class Rate:
    """What was sent within the last second, and when there is room for more.

    What is larger than a second may hold is sent when nothing else was sent for a second.

    Example:
        >>> rate = Rate()
        >>> rate.sent(40_000, at=10.0)
        >>> rate.room_at(10_000), rate.room_at(10_001)
        (10.0, 11.0)
    """

    def __init__(self) -> None:
        self._sent: deque[tuple[float, int]] = deque()

    def sent(self, size: int, *, at: float) -> None:
        """Bytes were sent, at a time in seconds."""
        while self._sent and self._sent[0][0] + 1 <= at:
            self._sent.popleft()
        self._sent.append((at, size))

    def room_at(self, size: int) -> float:
        """From when on so many bytes more may be sent, in seconds."""
        count, total = len(self._sent) + 1, size + sum(size for _, size in self._sent)
        room = self._sent[-1][0] if self._sent else 0.0
        for at, before in self._sent:
            if count <= UPDATES_A_SECOND - SPARED_UPDATES and total <= BYTES_A_SECOND - SPARED_BYTES:
                break
            count, total, room = count - 1, total - before, at + 1
        return room
