"""The last calls of this process, whoever made them."""

from __future__ import annotations

from typing import Final, TextIO

from nbdspy.models import Calls
from nbdspy.models.calls import show

history: Final = Calls()
"""Every call that is kept, the oldest first; `lm.history` and `program.history` are those of one."""


def inspect_history(n: int = 1, file: TextIO | None = None) -> None:
    """Print the last calls of this process: what was sent, what came back, what it took.

    Kept are as many as `max_history_size` says, 10,000 by default; none with `disable_history=True`.

    Args:
        n: How many, the oldest first.
        file: Where to; by default the cell's output.
    """
    show(history, n, file)
