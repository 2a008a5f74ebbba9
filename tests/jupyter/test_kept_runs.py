"""`%runs kept`, `delete` and `clear`: what the store keeps of compiles, and forgetting it; and `%compile --reuse`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.models import Request
from nbdspy.optimizers import Deleted, kept_runs
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


def answer(request: Request) -> str:
    """Right once it is shown demonstrations."""
    messages = list(request.messages or ())
    number = int(str(messages[-1]["content"]).split("]]")[1].split()[0])
    return chat_text({"answer": "odd" if number % 2 and len(messages) > 2 else "even"})


@pytest.fixture
def ready(shell: Shell) -> Shell:
    configuration.configure(lm=FakeLM(answer), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run(
        "def table(*numbers):\n"
        "    return [{'number': str(n), 'answer': 'odd' if n % 2 else 'even'} for n in numbers]\n"
        "train, val = table(*range(12)), table(*range(20, 30))\n"
    )
    return shell


COMPILE = "%compile Parity --data train --val val --with labeled_few_shot --out helper"


def test_reuse_takes_over_what_was_scored_and_the_cards_say_so(ready: Shell) -> None:
    first = ready.run(f"{COMPILE} --force")
    planned = ready.run(f"{COMPILE} --force --reuse --plan")
    plan_text = ready.text
    again = ready.run(f"{COMPILE} --force --reuse")

    assert (first.calls, again.calls, again.reused) == (20, 0, 20)
    assert planned.known == 10
    assert "Not paid again: 10 runs of the program are known from earlier compiles, and more may be" in plan_text
    assert "20 rollouts reused" in ready.text


def test_what_is_kept_is_listed_and_deleted_by_numbers_of_its_own(ready: Shell) -> None:
    for seed in range(3):
        ready.run(f"{COMPILE} --seed {seed};")
    ready.run("%runs kept")
    listed = ready.text
    planned = ready.run("%runs delete 1 3 --plan")
    deleted = ready.run("%runs delete 1 3")

    assert [line.partition(" · ")[0] for line in listed.splitlines()] == ["3 helper", "2 helper", "1 helper"]
    assert isinstance(deleted, Deleted)
    assert planned.runs == deleted.runs
    assert ready.text.startswith("Deleted 2 runs and freed ")
    assert [run.called for run in kept_runs()] == ["2 helper"]
    assert ready.run("helper(number='3')").answer == "odd"


def test_clear_takes_an_age(ready: Shell) -> None:
    ready.run(f"{COMPILE};")

    assert ready.run("%runs clear --older 30d").runs == ()
    assert ready.text == "There is nothing to delete."
    assert len(ready.run("%runs clear").runs) == 1


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("%runs delete", "%runs delete needs numbers or names of kept runs"),
        ("%runs delete 1 --older 3d", "takes no --older"),
        ("%runs delete 7", "No run is kept as 7. Kept are: none."),
        ("%runs clear 3", "one word too many"),
        ("%runs kept --plan", "%runs kept takes no options."),
        ("%runs stop 1 --plan", "--plan is for %runs delete and %runs clear."),
        ("%runs claer", "Did you mean clear?"),
    ],
)
def test_what_is_meant_otherwise_says_how(ready: Shell, line: str, said: str) -> None:
    assert said in " ".join(ready.fail(line))
