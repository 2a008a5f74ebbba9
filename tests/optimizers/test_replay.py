"""A compile that was recorded replays, whatever the clock does."""

from __future__ import annotations

import time
from pathlib import Path
from typing import Any

from nbdspy.configuration import context
from nbdspy.data import Example, Prediction
from nbdspy.models import use_cassette
from nbdspy.optimizers import Result, compile
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

DATA = [{"number": str(number), "answer": "yes"} for number in range(40)]


def slow_at_first(example: Example, prediction: Prediction, trace: Any = None) -> bool:
    """A metric that is still busy with the first example when all the others are done."""
    if example.number == "0":
        time.sleep(0.3)
    return True


def bootstrapped(*, threads: int) -> Result:
    options = {"max_bootstrapped_demos": 2, "max_labeled_demos": 2}
    return compile(
        "number -> answer", data=DATA, optimizer="bootstrap_few_shot", metric=slow_at_first, threads=threads,
        options=options,
    )  # fmt: skip


def test_workers_that_run_ahead_miss_nothing_in_a_replay(tmp_path: Path) -> None:
    path = tmp_path / "compile.jsonl"
    with context(lm=FakeLM(lambda request: chat_text({"answer": "yes"}))):
        with use_cassette("record", path):
            recorded = bootstrapped(threads=1)

        with use_cassette("replay", path):
            replayed = bootstrapped(threads=8)

    assert replayed.best.dump_state() == recorded.best.dump_state()
