"""From before the import to the first answer of a canned model, in a fresh interpreter."""

import sys
import time
from importlib import import_module

from tests.bench.memory import resident


def main(side: str) -> None:
    memory, started = resident(), time.perf_counter()
    library, place = ("nbdspy", "nbdspy.testing") if side == "ours" else ("dspy", "dspy.utils")
    dspy = import_module(library)
    dspy.configure(lm=import_module(place).DummyLM([{"answer": "42"}]))
    answer = dspy.Predict("question -> answer")(question="What is six times seven?").answer
    seconds, megabytes = time.perf_counter() - started, resident() - memory
    assert answer == "42"

    from tests.bench.sides import say

    say(milliseconds=seconds * 1e3, megabytes=megabytes)


if __name__ == "__main__":
    main(sys.argv[1])
