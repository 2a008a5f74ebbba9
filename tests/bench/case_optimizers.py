"""Three optimizers on the small model: held-out accuracy before and after, on six intents and on opinions of films."""

from __future__ import annotations

import os
import random
import sys
import time
import warnings
from pathlib import Path
from typing import Any

from tests.bench.sides import library, say
from tests.bench.small_model import NAME, missing

INTENTS = 'request -> intent: Literal["balance", "transfer", "book_flight", "weather", "recipe", "alarm"]'
OPINIONS = 'sentence -> opinion: Literal["positive", "negative"]'
OPTIONS: dict[str, dict[str, Any]] = {
    "random_search": {},
    "miprov2": {"auto": "light"},
    "mipro": {"num_candidates": 10, "num_trials": 30},
}
FOLDER = Path(os.environ.get("NBDSPY_DATA") or Path(__file__).parents[3] / "shared" / "data") / "sentence_polarity"


def main(task: str, optimizer: str, seed: int) -> None:
    nbdspy = library("ours")
    if reason := missing():
        say(skipped=reason)
        return
    try:
        signature, (train, val, test) = (
            (INTENTS, nbdspy.datasets.clinc150()) if task == "intents" else (OPINIONS, opinions())
        )
    except (nbdspy.errors.DataError, OSError) as error:
        say(skipped=str(error))
        return
    warnings.simplefilter("ignore")
    nbdspy.configure(lm=nbdspy.LM(NAME))
    started = time.monotonic()
    result = nbdspy.compile(
        nbdspy.signature(signature), train, val=val, test=test, optimizer=optimizer, options=OPTIONS[optimizer],
        seed=seed, store=False,
    )  # fmt: skip
    found = result.held_out
    say(
        before=100 * found.before.mean, before_low=100 * found.before.interval.low,
        before_high=100 * found.before.interval.high,
        after=100 * found.after.mean, after_low=100 * found.after.interval.low,
        after_high=100 * found.after.interval.high,
        gain=100 * found.difference.mean, gain_low=100 * found.difference.low, gain_high=100 * found.difference.high,
        examples=found.difference.n, calls=result.spent.calls + result.spent.cached,
        minutes=(time.monotonic() - started) / 60,
    )  # fmt: skip


def opinions() -> tuple[list[dict[str, str]], list[dict[str, str]], list[dict[str, str]]]:
    """150 sentences to learn from, 100 to choose by, 300 for the end, half of each positive (Pang and Lee, 2005)."""
    rng = random.Random(0)
    halves = []
    for opinion in ("positive", "negative"):
        lines = (FOLDER / f"rt-polarity.{opinion[:3]}").read_text("utf-8").splitlines()
        halves.append([{"sentence": line.strip(), "opinion": opinion} for line in rng.sample(lines, 275)])
    rows = [row for pair in zip(*halves, strict=True) for row in pair]
    return rows[:150], rows[150:250], rows[250:]


if __name__ == "__main__":
    main(sys.argv[2], sys.argv[3], int(sys.argv[4]))
