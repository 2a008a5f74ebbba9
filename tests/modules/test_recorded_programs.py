"""Programs of code as a real model ran them once: recorded with qwen2.5-coder-1.5b on this machine, replayed here.

`NBDSPY_RECORD=1` records them again, which takes the model, the sandbox and half an hour.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.datasets import gsm8k, gsm8k_metric
from nbdspy.evaluation import Evaluate, EvaluationResult
from nbdspy.modules import ProgramOfThought

DATA = Path(os.environ.get("NBDSPY_DATA", Path(__file__).parents[3] / "shared" / "data"))
RECORDED = Path(__file__).with_name("recorded")
MODE: Any = "record" if os.environ.get("NBDSPY_RECORD") else "replay"

pytestmark = [
    pytest.mark.slow,
    pytest.mark.filterwarnings("default"),
]


def coder() -> nbdspy.LM:
    return nbdspy.LM("qwen2.5-coder-1.5b", temperature=0.0, max_tokens=512, timeout=600, cache=False)


@pytest.mark.timeout(7200)
@pytest.mark.skipif(not (DATA / "gsm8k").exists(), reason="the questions are not on this machine")
def test_program_of_thought_on_thirty_questions_of_gsm8k() -> None:
    *_, test = gsm8k(folder=DATA / "gsm8k")
    result = evaluated(ProgramOfThought("question -> answer"), test.head(30))

    print(result, result.interval)
    assert len(result.results) == 30


def evaluated(program: ProgramOfThought, questions: Any) -> EvaluationResult:
    evaluate = Evaluate(devset=questions, metric=gsm8k_metric, num_threads=1, max_errors=100)
    with nbdspy.use_cassette(MODE, RECORDED / "program_of_thought.jsonl"), context(lm=coder()):
        return evaluate(program)
