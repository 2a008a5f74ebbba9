"""Programs of code as a real model ran them: recorded once with qwen2.5-coder-1.5b in this process, replayed here.

The code that the model wrote runs again each time, in the real sandbox. With NBDSPY_RECORD=1 the model is asked anew,
which takes half an hour on two cores. The recordings name requests by digests only: they hold nothing of the data.
"""

from __future__ import annotations

import json
import os
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.datasets import gsm8k, gsm8k_metric
from nbdspy.evaluation import Evaluate
from nbdspy.modules import RLM, ProgramOfThought

from .recording import FOLDER, forget_requests

DATA = Path(os.environ.get("NBDSPY_DATA", Path(__file__).parents[3] / "shared" / "data"))
MODE: Any = "record" if os.environ.get("NBDSPY_RECORD") else "replay"

pytestmark = pytest.mark.timeout(3600)
needs_data = pytest.mark.skipif(not (DATA / "gsm8k").exists(), reason="the data sets are not on this machine")


@pytest.fixture(autouse=True, scope="module")
def recorded() -> Iterator[None]:
    yield
    if MODE == "record":
        for path in FOLDER.glob("*.jsonl"):
            forget_requests(path)


def coder() -> nbdspy.LM:
    return nbdspy.LM("qwen2.5-coder-1.5b", temperature=0.0, max_tokens=512, timeout=900, cache=False)


@pytest.mark.slow
@needs_data
def test_program_of_thought_answers_questions_of_gsm8k() -> None:
    *_, questions = gsm8k(folder=DATA / "gsm8k")
    evaluate = Evaluate(devset=questions.head(30), metric=gsm8k_metric, num_threads=1, max_errors=30)

    with nbdspy.use_cassette(MODE, FOLDER / "program_of_thought.jsonl"), context(lm=coder()):
        result = evaluate(ProgramOfThought("question -> answer"))

    assert len(result.results) == 30
    assert sum(score for *_, score in result.results) == 20


@needs_data
def test_rlm_reads_a_text_of_ten_times_the_models_context() -> None:
    lines = (DATA / "hotpotqa" / "passages_4937.jsonl").read_text("utf-8").splitlines()[:750]
    passages = [json.loads(line) for line in lines]
    text = "\n\n".join(f"{passage['title']}\n{passage['text']}" for passage in passages)
    lm = coder()

    with nbdspy.use_cassette(MODE, FOLDER / "rlm.jsonl"), context(lm=lm), nbdspy.track_usage() as usage:
        prediction = RLM("text, question -> answer", max_iters=6)(
            text=text, question="In which year did the Japanese government designate Children's Day a national holiday?"
        )

    assert prediction.answer == "1948"
    assert "in 1948" in prediction.trajectory[0]["output"]
    assert len(text) > 10 * 5 * lm.leaf.context_length  # type: ignore[attr-defined]  # a token has fewer than five
    assert usage.get_total_tokens()[lm.model]["prompt_tokens"] < 20_000
