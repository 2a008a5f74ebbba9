"""An unchanged `%compile` is not run again."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.jupyter.unchanged import UNCHANGED
from nbdspy.models import LM
from nbdspy.testing import FakeLM
from nbdspy.testing.faults import FaultServer, answer

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

COMPILE = "%compile Parity --data train --val {train[:3]} --metric right --out helper"
METRIC = """
def same(a, b):
    return a {sign} b

def right(example, prediction, trace=None):
    return same(example.answer, prediction.answer)
"""


@pytest.fixture
def model() -> FakeLM:
    return FakeLM(lambda request: "[[ ## answer ## ]]\neven")


@pytest.fixture
def ready(shell: Shell, model: FakeLM) -> Shell:
    configuration.configure(lm=model, num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run("train = [{'number': str(n), 'answer': 'even'} for n in range(6)]")
    shell.run(METRIC.format(sign="=="))
    return shell


def test_the_same_compile_shows_its_result_again_and_asks_nothing(ready: Shell, model: FakeLM) -> None:
    first = ready.run(COMPILE)
    asked = len(model.requests)
    ready.run("%signature Parity number -> answer;")
    ready.run(METRIC.format(sign="=="))

    again = ready.run(COMPILE)

    assert again is first
    assert len(model.requests) == asked
    assert ready.text.endswith(UNCHANGED)
    assert len(ready.shown) == 1


def test_another_server_is_another_model(ready: Shell) -> None:
    even = answer("[[ ## answer ## ]]\neven")
    with FaultServer(even) as one, FaultServer(even) as other:
        results = []
        for server in (one, one, other):
            configuration.configure(lm=LM("openai/test", api_base=server.url, api_key="sk-none", cache=False))
            results.append(ready.run(COMPILE))

    assert results[0] is results[1]
    assert results[1] is not results[2]
    assert other.requests


def test_force_runs_it_again(ready: Shell, model: FakeLM) -> None:
    first = ready.run(COMPILE)
    asked = len(model.requests)

    assert ready.run(f"{COMPILE} --force") is not first
    assert len(model.requests) > asked


@pytest.mark.parametrize(
    "change",
    [
        "%signature Parity number -> answer: Literal['odd', 'even'];",
        "train.append({'number': '9', 'answer': 'odd'})",
        "train[5]['answer'] = 'odd'",
        METRIC.format(sign="!="),
        "helper = None",
        "helper.demos = []\nhelper.signature = helper.signature.with_instructions('Other.')",
        "from nbdspy.testing import FakeLM\nimport nbdspy\nnbdspy.configure(lm=FakeLM('[[ ## answer ## ]]\\nodd'));",
        "import nbdspy\nnbdspy.configure(lm=nbdspy.settings.lm.copy(temperature=0.5));",
    ],
)
def test_whatever_changed_runs_it_again(change: str, ready: Shell) -> None:
    ready.run("from typing import Literal")
    first = ready.run(COMPILE)
    ready.run(change)

    assert ready.run(COMPILE) is not first
    assert UNCHANGED not in ready.text


@pytest.mark.parametrize("option", ["--seed 3", "--with labeled_few_shot", "--test train"])
def test_another_option_runs_it_again(option: str, ready: Shell) -> None:
    first = ready.run(COMPILE)

    assert ready.run(f"{COMPILE} {option}") is not first


def test_a_program_of_a_cell_is_known_by_its_code(ready: Shell) -> None:
    def write(thinks: str) -> None:
        ready.run(
            f"%%module Parity\nask = {thinks}('number -> answer')\ndef forward(number):\n    return ask(number=number)"
        )

    write("Predict")
    first = ready.run(COMPILE)
    write("Predict")
    assert ready.run(COMPILE) is first
    write("ChainOfThought")
    assert ready.run(COMPILE) is not first


def test_what_stopped_at_a_limit_is_run_again(ready: Shell) -> None:
    first = ready.run(f"{COMPILE} --max-calls 4")

    assert ready.run(f"{COMPILE} --max-calls 4") is not first


def test_what_cannot_be_told_apart_is_run_again(ready: Shell) -> None:
    ready.run("import threading\nlock = threading.Lock()")
    ready.run("def right(example, prediction, trace=None):\n    with lock:\n        return prediction.answer == 'even'")
    first = ready.run(COMPILE)

    assert ready.run(COMPILE) is not first


def test_a_table_that_can_be_read_only_once_is_left_to_the_compile(ready: Shell) -> None:
    again = COMPILE.replace("--data train", "--data {iter(train)}")
    first = ready.run(again)

    assert first.counts.train == 6
    assert ready.run(again) is not first
