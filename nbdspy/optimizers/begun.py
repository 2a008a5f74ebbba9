"""The compiles of this process, in flight and done, each under a number."""

from __future__ import annotations

import threading
from collections.abc import Iterator
from typing import Final

from nbdspy.errors import UsageError
from nbdspy.optimizers.run import Run

MOST: Final = 50
"""Runs that are remembered; of more, those go first that ended first. One that goes on is never forgotten."""


class BegunRuns:
    """Runs by number, from 1 in the order in which they began.

    Args:
        most: How many that have ended are remembered.

    Example:
        >>> from nbdspy.modules import Predict
        >>> known = BegunRuns()
        >>> known.add(Run(Predict("question -> answer"), optimizer="random_search", metric=None))
        1
        >>> known[1].optimizer, known[1].state
        ('random_search', 'ready')
    """

    def __init__(self, most: int = MOST) -> None:
        self._most = most
        self._lock = threading.Lock()
        self._runs: dict[int, Run] = {}
        self._names: dict[int, str] = {}
        self._last = 0

    def add(self, run: Run, name: str = "") -> int:
        """Give a run its number; `name` is what it is called, such as the variable that it is for."""
        with self._lock:
            ended = [number for number, known in self._runs.items() if known.is_done]
            for number in ended[: max(0, len(ended) - self._most + 1)]:
                del self._runs[number], self._names[number]
            self._last += 1
            self._runs[self._last], self._names[self._last] = run, name
            return self._last

    def number(self, run: Run) -> int:
        """The number of a run."""
        return next(number for number, known in self if known is run)

    def name(self, number: int) -> str:
        """What a run is called; empty when it has no name of its own."""
        return self._names.get(number, "")

    def __getitem__(self, number: int) -> Run:
        found = self._runs.get(number)
        if found is None:
            known = ", ".join(map(str, self._runs)) or "none"
            raise UsageError(f"There is no run {number}.", hint=f"Known are: {known}.")
        return found

    def __iter__(self) -> Iterator[tuple[int, Run]]:
        """Each with its number."""
        return iter(tuple(self._runs.items()))

    def __len__(self) -> int:
        return len(self._runs)

    def __repr__(self) -> str:
        lines = [f"{number} {run.optimizer}: {run.state}" for number, run in self]
        return "\n".join(lines) or "Nothing was compiled yet."


begun_runs = BegunRuns()
"""Everything that `compile` and `start` of this process began."""
