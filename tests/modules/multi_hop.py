"""Multi-hop question answering as in the DSPy paper (section 7), and its one-hop neighbour, over pages of Wikipedia.

`python -m tests.modules.multi_hop MODEL` asks a real model and records its replies in `recorded/multi_hop.jsonl`, which
the test replays. The recording names requests by their digests only, so that it holds nothing of the data.
"""

from __future__ import annotations

import json
import os
import sys
import time
from pathlib import Path

import nbdspy
from nbdspy.datasets import hotpotqa_small
from nbdspy.evaluation import gold_titles_found
from tests.modules.recording import FOLDER, forget_requests

MODEL = "smollm2"
DATA = Path(os.environ.get("NBDSPY_DATA", Path(__file__).parents[3] / "shared" / "data")) / "hotpotqa"
PASSAGES = DATA / "passages_4937.jsonl"
CASSETTE = FOLDER / "multi_hop.jsonl"
QUESTIONS = 100
PER_HOP = 3


class OneHop(nbdspy.Module):
    """Search with the question, then answer."""

    def __init__(self) -> None:
        self.retrieve = nbdspy.Retrieve(k=2 * PER_HOP)  # as many passages as both hops of the other find
        self.answer = nbdspy.Predict("context: list[str], question -> answer", max_tokens=40)

    def forward(self, question: str) -> nbdspy.Prediction:
        context = self.retrieve(question).passages
        return nbdspy.Prediction(context=context, answer=self.answer(context=context, question=question).answer)


class MultiHop(nbdspy.Module):
    """Search with the question, then with what the model asks for after it has read what was found; then answer."""

    def __init__(self) -> None:
        self.retrieve = nbdspy.Retrieve(k=PER_HOP)
        self.query = nbdspy.Predict("context: list[str], question -> search_query", max_tokens=40)
        self.answer = nbdspy.Predict("context: list[str], question -> answer", max_tokens=40)

    def forward(self, question: str) -> nbdspy.Prediction:
        context = self.retrieve(question).passages
        query = self.query(context=context, question=question).search_query
        context = [*context, *(more for more in self.retrieve(query, k=2 * PER_HOP).passages if more not in context)]
        context = context[: 2 * PER_HOP]
        return nbdspy.Prediction(context=context, answer=self.answer(context=context, question=question).answer)


def measured() -> dict[str, nbdspy.EvaluationResult]:
    """Each program's answers (exact match) and passages (both gold pages found) on the first test questions."""
    _, _, test = hotpotqa_small(folder=DATA)
    pages = [json.loads(line) for line in PASSAGES.read_text("utf-8").splitlines()]
    results = {}
    with nbdspy.context(rm=nbdspy.BM25(pages)):
        for program in (OneHop(), MultiHop()):
            for metric in (nbdspy.answer_exact_match, gold_titles_found):
                name = f"{type(program).__name__}, {metric.__name__}"
                results[name] = nbdspy.evaluate(program, test.head(QUESTIONS), metric=metric, threads=1)
    return results


def main(model: str) -> None:
    nbdspy.configure(lm=nbdspy.LM(model))
    started = time.monotonic()
    with nbdspy.use_cassette("record", CASSETTE):
        results = measured()
    forget_requests(CASSETTE)
    for name, result in results.items():
        print(
            f"{name}: {100 * result.mean:.1f} % ({100 * result.interval.low:.1f} to {100 * result.interval.high:.1f})"
        )
    for metric in ("answer_exact_match", "gold_titles_found"):
        gain = nbdspy.compare(results[f"OneHop, {metric}"], results[f"MultiHop, {metric}"])
        print(f"{metric}: {100 * gain.mean:+.1f} points ({100 * gain.low:+.1f} to {100 * gain.high:+.1f}), n={gain.n}")
    print(f"{time.monotonic() - started:.0f} s")


if __name__ == "__main__":
    main(*sys.argv[1:] or [MODEL])
