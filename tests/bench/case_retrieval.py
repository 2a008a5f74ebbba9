"""Searching 5,000 passages: how long an index takes, and queries per second of CPU, one at a time and together.

Both sides embed with the same cheap function, so that what is measured is the search. The passages are HotPotQA's where
those are on this machine, else as many made of numbers.
"""

from __future__ import annotations

import json
import os
import sys
import time
import zlib
from collections.abc import Callable
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from tests.bench.clock import microseconds
from tests.bench.sides import library, say

PASSAGES, WIDTH, K = 5_000, 256, 5
QUERIES = [f"Which river does the city number {number} lie on?" for number in range(100)]


def main(side: str, ways: str) -> None:
    (nearest if ways == "vectors" else of_words)(library(side), texts())


def nearest(lib: Any, passages: list[str]) -> None:
    """The search alone, for both sides."""
    import numpy as np

    def embed(asked: list[str]) -> Any:
        rows = [np.random.default_rng(zlib.crc32(text.encode())).standard_normal(WIDTH) for text in asked]
        return np.array(rows, dtype=np.float32)

    build, search = timed(lambda: lib.Embeddings(passages, embed, k=K))
    asked = cycle(QUERIES)
    say(embeddings_build=build, embeddings=1e6 / microseconds(lambda: search(next(asked))))


def of_words(lib: Any, passages: list[str]) -> None:
    """What the peer has no like of."""
    asked = cycle(QUERIES)
    build, words = timed(lambda: lib.BM25(passages, k=K))
    say(bm25_build=build, bm25=1e6 / microseconds(lambda: words(next(asked))))
    together = median(timed(lambda: words.search_many(QUERIES))[0] for _ in range(5))
    say(bm25_together=len(QUERIES) / together)
    build, meant = timed(lambda: lib.Embeddings(passages, lib.Embedder("wordllama"), k=K))
    say(words_build=build, words=1e6 / microseconds(lambda: meant(next(asked))))


def texts() -> list[str]:
    """Passages of people's writing, or some of the same length; the peer's environment has no pandas to read them."""
    folder = Path(os.environ.get("NBDSPY_DATA", "none")) / "hotpotqa"
    files = [folder / name for name in ("passages_4937.jsonl", "train_passages_994.jsonl")]
    if not all(file.is_file() for file in files):
        return [
            f"Passage {number}: " + f"the river {number % 97} and the city {number % 89} " * 15
            for number in range(PASSAGES)
        ]
    rows = [json.loads(line) for file in files for line in file.read_text("utf-8").split("\n") if line]
    return [f"{row['title']} | {row['text']}" for row in rows][:PASSAGES]


def timed(make: Callable[[], Any]) -> tuple[float, Any]:
    """Seconds of CPU, and what was made."""
    started = time.process_time()
    made = make()
    return time.process_time() - started, made


if __name__ == "__main__":
    main(*sys.argv[1:])
