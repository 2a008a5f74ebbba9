"""A whole compile against a server that takes 300 ms for each call: time, calls, and how near it comes to the ideal."""

from __future__ import annotations

import logging
import sys
import time
import urllib.request
from typing import Any

from tests.bench.chat_server import chat_server
from tests.bench.sides import library, say

SECONDS, THREADS, TRAIN, VAL = 0.3, 64, 100, 100


def main(side: str, optimizer: str) -> None:
    dspy = library(side)
    logging.disable()
    with chat_server(SECONDS, fields=True) as address:
        dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", api_base=address, api_key="sk-none", cache=False))
        program = dspy.Predict("question -> answer")
        program(question="What opens the connection?")
        before = _calls(address)
        started = time.perf_counter()
        {"random_search": _random_search, "mipro": _mipro}[optimizer](dspy, program)
        seconds = time.perf_counter() - started
        calls = _calls(address) - before
    ideal = calls * SECONDS / THREADS
    say(seconds=seconds, calls=calls, per_call=1e3 * seconds / calls, efficiency=100 * ideal / seconds)


def _random_search(dspy: Any, program: Any) -> None:
    search = dspy.BootstrapFewShotWithRandomSearch(metric=_right, num_candidate_programs=8, num_threads=THREADS)
    search.compile(program, trainset=_examples(dspy, TRAIN), valset=_examples(dspy, VAL))


def _mipro(dspy: Any, program: Any) -> None:
    search = dspy.MIPROv2(metric=_right, auto="light", num_threads=THREADS)
    search.compile(program, trainset=_examples(dspy, TRAIN), valset=_examples(dspy, VAL))


def _examples(dspy: Any, count: int) -> list[Any]:
    return [
        dspy.Example(question=f"What is {n} and {count}?", answer="41" if n % 5 == 0 else "42").with_inputs("question")
        for n in range(count)
    ]


def _right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


def _calls(address: str) -> int:
    with urllib.request.urlopen(f"{address}/calls") as answer:
        return int(answer.read())


if __name__ == "__main__":
    main(sys.argv[1], sys.argv[2])
