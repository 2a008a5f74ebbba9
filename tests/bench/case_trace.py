"""What keeping the last runs costs, and how long a trace of 10,000 steps takes to be shown."""

from __future__ import annotations

import gc
import sys
import time
from statistics import median
from typing import Any

from tests.bench.chat_server import chat_server
from tests.bench.memory import resident
from tests.bench.sides import canned, library, say

CALLS, TURNS, THREADS = 2_000, 3, 8
WAIT = 0.02  # seconds of the server
OPENED = 5_000  # examples of a predictor and its call each
SETTLED, MANY = 12_000, 30_000  # calls after which the ring is full, and those after them


def main() -> None:
    nbdspy = library("ours")
    from nbdspy.observe import forget_runs, remember_runs

    examples = [
        nbdspy.Example(question=f"What is {n} times two?", answer="42").with_inputs("question") for n in range(MANY)
    ]
    program = nbdspy.Predict("question -> answer")

    def run(count: int) -> float:
        """The CPU time of an evaluation, in microseconds per example."""
        gc.collect()
        evaluate = nbdspy.Evaluate(devset=examples[:count], metric=right, num_threads=THREADS)
        started = time.process_time()
        assert evaluate(program).score == 100
        return (time.process_time() - started) / count * 1e6

    with chat_server(WAIT) as address:
        nbdspy.configure(lm=nbdspy.LM("openai/gpt-4o-mini", api_base=address, api_key="sk-none", cache=False))
        run(CALLS)
        plain, kept = [], []
        for _ in range(TURNS):  # in turns, as a busy machine drifts
            plain.append(run(CALLS))
            remember_runs()
            kept.append(run(CALLS))
            forget_runs()
        say(plain=median(plain), kept=median(kept), more=100 * (median(kept) / median(plain) - 1))

    nbdspy.configure(lm=canned("ours", answer="42"))
    remember_runs()
    run(OPENED)
    opened = [_opened(nbdspy) for _ in range(TURNS)]
    say(opened=median(seconds for seconds, _ in opened), kilobytes=opened[0][1])
    run(SETTLED)
    gc.collect()
    settled = resident()
    run(MANY)
    gc.collect()
    say(grown=resident() - settled)


def _opened(nbdspy: Any) -> tuple[float, float]:
    """How long it takes from asking for the last run to its card, and the size of the card."""
    from nbdspy.views import bundle

    started = time.perf_counter()
    trace = nbdspy.trace()
    html = bundle(trace)["text/html"]
    seconds = time.perf_counter() - started
    assert len(list(trace.walk())) > 2 * OPENED
    return seconds, len(html.encode()) / 1e3


def right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


if __name__ == "__main__":
    assert sys.argv[1] == "ours", "the peer keeps no runs"
    main()
