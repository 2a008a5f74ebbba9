"""A small model with a shared prefix of 8 demonstrations over short requests: examples per second against the floor.

The floor is what llama.cpp alone needs on this machine, measured in the same minute on the same prompts: per example,
the time to read those of its tokens that are not in the prefix cache, at the speed of so few at once. Nothing is added
for decoding: the labels differ in their first token, which comes with the reading. `share` is the floor's time divided
by ours.

Both are taken in turns over small pieces of the data, because a busy machine drifts. The first example of each program
is not counted: it reads the prefix.
"""

from __future__ import annotations

import sys
import time
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from statistics import median
from typing import Any

from tests.bench.sides import library, say
from tests.bench.small_model import NAME, Bare, missing

DEMOS, PIECE, PIECES = 8, 12, 8
SIGNATURE = """Name what the person wants from the assistant.

request: str
->
intent: Literal["alarm", "timer", "lights", "heating", "music", "shopping", "calendar", "weather"]
"""


def main() -> None:
    if reason := missing():
        say(skipped=reason)
        return
    nbdspy = library("ours")
    train, _, _ = nbdspy.datasets.requests()
    rows = [nbdspy.Example(row).with_inputs("request") for row in train.to_dict("records")]
    lm = nbdspy.LM(NAME, cache=False)
    nbdspy.configure(lm=lm)
    bare = Bare()
    programs = [nbdspy.Predict(nbdspy.signature(SIGNATURE)) for _ in range(2)]
    for number, program in enumerate(programs):
        program.demos = rows[number * DEMOS : (number + 1) * DEMOS]
    warm, *examples = rows[2 * DEMOS : 2 * DEMOS + 1 + PIECE * PIECES]

    def prompt(program: Any, example: Any) -> str:
        _, values = program.asked(example.inputs(), lm=lm)
        return str(values["prompt"])

    def floor(piece: Sequence[Any]) -> float:
        """Seconds per example."""
        bare.read(prompt(programs[0], warm))
        return sum(bare.read(prompt(programs[0], example)) for example in piece) / len(piece)

    def ours(piece: Sequence[Any], chosen: Sequence[Any]) -> float:
        """Seconds per example when the programs are evaluated at once, by 4 threads each."""
        evaluate = nbdspy.Evaluate(devset=piece, num_threads=4)
        started = time.perf_counter()
        with ThreadPoolExecutor(len(chosen)) as pool:
            results = list(pool.map(evaluate, chosen))
        seconds = time.perf_counter() - started
        assert not any(result.failed for result in results)
        return seconds / len(piece) / len(chosen)

    for program in programs:
        program(**warm.inputs())
    taken: dict[str, list[float]] = {}
    for start in range(0, len(examples), PIECE):
        piece = examples[start : start + PIECE]
        programs[0](**warm.inputs())
        least, one, two = floor(piece), ours(piece, programs[:1]), ours(piece, programs)
        figures = {"floor": 1 / least, "one": 1 / one, "two": 1 / two}
        for name, value in (figures | {"share_one": least / one, "share_two": least / two}).items():
            taken.setdefault(name, []).append(value)
    say(**{name: median(values) for name, values in taken.items()})


if __name__ == "__main__":
    assert sys.argv[1] == "ours", "the peer runs no model of its own"
    main()
