"""A compile that was recorded replays, whatever the clock does."""

from __future__ import annotations

import time
from pathlib import Path

import pytest

from nbdspy.configuration import context
from nbdspy.models import Request, use_cassette
from nbdspy.optimizers import compile
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

DATA = [{"number": str(number), "answer": "yes"} for number in range(40)]


def slowly(request: Request) -> str:
    time.sleep(0.01)
    return chat_text({"answer": "yes"})


@pytest.mark.parametrize("threads", [1, 8])
def test_a_replay_needs_only_what_was_recorded(threads: int, tmp_path: Path) -> None:
    path = tmp_path / "compile.jsonl"
    options = {"max_bootstrapped_demos": 2, "max_labeled_demos": 2}
    arguments = {"data": DATA, "optimizer": "bootstrap_few_shot", "options": options}
    with context(lm=FakeLM(slowly)), use_cassette("record", path):
        recorded = compile("number -> answer", threads=2, **arguments)

    with context(lm=FakeLM(slowly)), use_cassette("replay", path):
        replayed = compile("number -> answer", threads=threads, **arguments)

    assert replayed.best.dump_state() == recorded.best.dump_state()
