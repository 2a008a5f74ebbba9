"""How long one call takes, in CPU time: what else runs on the machine hardly counts."""

from __future__ import annotations

import time
from collections.abc import Callable
from statistics import median

BATCH = 0.005  # seconds: short enough that most batches are not interrupted by another process
BATCHES = 41


def microseconds(function: Callable[[], object]) -> float:
    """The median over short batches of the CPU time per call, after a batch to warm up."""
    calls = 1
    while _batch(function, calls) < BATCH:
        calls *= 2
    return median(_batch(function, calls) / calls for _ in range(BATCHES)) * 1e6


def _batch(function: Callable[[], object], calls: int) -> float:
    started = time.process_time()
    for _ in range(calls):
        function()
    return time.process_time() - started
