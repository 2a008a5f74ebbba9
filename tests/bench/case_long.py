"""A long run: the time per example up to 100,000 examples, and the memory that 100,000 calls leave behind.

The peer's executor looks at all results whenever one ends, so 100,000 examples would take it hours; it is not asked.
"""

from __future__ import annotations

import gc
import sys
import time
from statistics import median
from typing import Any

from tests.bench.memory import resident
from tests.bench.sides import canned, library, say

FEW, MANY, THREADS = 10_000, 100_000, 8
SETTLED = 20_000  # calls after which histories and caches are full


def main() -> None:
    nbdspy = library("ours")
    nbdspy.configure(lm=canned("ours", answer="42"))
    program = nbdspy.Predict("question -> answer")

    def call(first: int, count: int) -> float:
        for number in range(first, first + count):
            program(question=f"What is {number} times two?")
        gc.collect()
        return resident()

    settled = call(0, SETTLED)
    say(grown=call(SETTLED, MANY) - settled)
    examples = [
        nbdspy.Example(question=f"What is {n} times two?", answer="42").with_inputs("question") for n in range(MANY)
    ]

    def per_example(count: int) -> float:
        evaluate = nbdspy.Evaluate(devset=examples[:count], metric=right, num_threads=THREADS)
        started = time.perf_counter()
        assert evaluate(program).score == 100
        return (time.perf_counter() - started) / count * 1e6

    few = median(per_example(FEW) for _ in range(3))
    many = per_example(MANY)
    say(few=few, many=many, growth=many / few)


def right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


if __name__ == "__main__":
    assert sys.argv[1] == "ours", "it would take the peer hours"
    main()
