"""Answers from the reply cache, of memory and of disk, at the model and through Predict: hits per second of CPU."""

from __future__ import annotations

import sys
import tempfile
import time
import warnings
from collections.abc import Callable
from statistics import median
from typing import Any

from tests.bench.chat_server import chat_server
from tests.bench.sides import library, say

QUESTIONS = [f"What is {number} times seven?" for number in range(400)]
PASSES = 7


def main(side: str) -> None:
    dspy = library(side)
    warnings.filterwarnings("ignore", category=DeprecationWarning)
    dspy.configure_cache(disk_cache_dir=tempfile.mkdtemp())
    with chat_server(0) as address:
        lm = dspy.LM("openai/canned", api_base=address, api_key="none-is-needed")
        dspy.configure(lm=lm)
        predict = dspy.Predict("question -> answer")
        ways = {"model": lm, "predict": lambda question: predict(question=question)}
        for way in ways.values():
            ask_all(way)  # of the server, once
    for name, way in ways.items():
        say(**{f"memory_{name}": rate(way, lambda: None)})
        say(**{f"disk_{name}": rate(way, lambda: forget(dspy, side))})


def ask_all(way: Callable[[str], Any]) -> None:
    for question in QUESTIONS:
        way(question)


def rate(way: Callable[[str], Any], prepare: Callable[[], None]) -> float:
    """Hits per second, the median over passes."""
    seconds = []
    for _ in range(PASSES):
        prepare()
        started = time.process_time()
        ask_all(way)
        seconds.append(time.process_time() - started)
    return len(QUESTIONS) / median(seconds)


def forget(dspy: Any, side: str) -> None:
    """What is in memory, so that the disk answers."""
    dspy.cache.clear(disk=False) if side == "ours" else dspy.cache.reset_memory_cache()


if __name__ == "__main__":
    main(sys.argv[1])
