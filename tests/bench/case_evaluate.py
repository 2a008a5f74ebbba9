"""Evaluate over canned examples: time per example for 1,000 and for 10,000, and whether that is the same."""

from __future__ import annotations

import logging
import sys
import time
from operator import truediv
from statistics import median
from typing import Any

from tests.bench.sides import canned, library, say

FEW, MANY, TIMES = 1_000, 10_000, 3


def main(side: str, threads: int) -> None:
    dspy = library(side)
    logging.disable()
    dspy.configure(lm=canned(side, answer="42"))
    program = dspy.Predict("question -> answer")
    examples = [
        dspy.Example(question=f"What is {n} times two?", answer="42").with_inputs("question") for n in range(MANY)
    ]
    options = {"num_threads": threads} | ({"display_progress": False} if side == "peer" else {})

    def per_example(count: int) -> float:
        evaluate = dspy.Evaluate(devset=examples[:count], metric=right, **options)
        started = time.perf_counter()
        result = evaluate(program)
        seconds = time.perf_counter() - started
        assert result.score == 100
        return seconds / count * 1e6

    few, many = [], []
    for _ in range(TIMES):  # in turns, as a busy machine drifts
        few.append(median(per_example(FEW) for _ in range(TIMES)))
        many.append(per_example(MANY))
        say(few=median(few), many=median(many), growth=median(map(truediv, many, few)))


def right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
