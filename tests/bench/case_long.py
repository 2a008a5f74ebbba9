"""A long run: the time per example up to 100,000 examples, and the memory that many calls leave behind.

Calls are of a canned model, and over HTTP with the reply cache on, in memory.

The peer's executor looks at all results whenever one ends, so 100,000 examples would take it hours; it is not asked.
"""

from __future__ import annotations

import asyncio
import gc
import itertools
import sys
import time
from statistics import median
from typing import Any

from tests.bench.case_in_flight import streaming
from tests.bench.chat_server import chat_server
from tests.bench.memory import resident
from tests.bench.sides import canned, library, say

FEW, MANY, THREADS = 10_000, 100_000, 8
SETTLED = 20_000  # calls after which histories and caches are full
MANY_HTTP, SETTLED_HTTP = 20_000, 11_000
KEPT = 1_000  # replies in memory


def main() -> None:
    nbdspy = library("ours")
    over_http(nbdspy)
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


def over_http(nbdspy: Any) -> None:
    """Tell what calls over HTTP leave behind, whole and streamed."""
    nbdspy.configure_cache(enable_disk_cache=False, memory_max_entries=KEPT)
    with chat_server(0) as address:
        nbdspy.configure(lm=nbdspy.LM("openai/gpt-4o-mini", api_base=address, api_key="sk-none"))
        program, stream = nbdspy.Predict("question -> answer"), streaming(nbdspy, "ours")
        numbers = itertools.count()

        def question() -> str:
            return f"What is {next(numbers)} times three?"

        async def streamed(count: int) -> None:
            async def work() -> None:
                for _ in range(count // THREADS):
                    await stream(question())

            await asyncio.gather(*(work() for _ in range(THREADS)))

        with asyncio.Runner() as runner:
            for name, calls in {
                "whole": lambda count: [program(question=question()) for _ in range(count)],
                "streamed": lambda count: runner.run(streamed(count)),
            }.items():
                calls(SETTLED_HTTP)
                gc.collect()
                settled = resident()
                calls(MANY_HTTP)
                gc.collect()
                say(**{name: resident() - settled})


def right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


if __name__ == "__main__":
    assert sys.argv[1] == "ours", "it would take the peer hours"
    main()
