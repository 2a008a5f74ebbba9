"""`%programs`: versions of programs, what changed, and bringing one back."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.jupyter import load, unload
from nbdspy.models import Request
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

COMPILE = "%compile Parity --data train --val val --out helper;"
CAREFUL = """%%module Careful
draft = Predict("question -> answer")

def forward(question):
    return draft(question=question{})
"""


def answer(request: Request) -> str:
    messages = list(request.messages or ())
    number = int(str(messages[-1]["content"]).split("]]")[1].split()[0])
    return chat_text({"answer": ("odd" if number % 2 else "even") if len(messages) > 2 else "even"})


@pytest.fixture
def ready(shell: Shell) -> Shell:
    configuration.configure(lm=FakeLM(answer), num_threads=1)
    define(shell)
    return shell


def define(shell: Shell) -> None:
    shell.run("%signature Parity number -> answer;")
    shell.run(
        "def table(*numbers):\n"
        "    return [{'number': str(n), 'answer': 'odd' if n % 2 else 'even'} for n in numbers]\n"
        "train, val = table(*range(10)), table(*range(20, 30))\n"
    )


def test_there_is_nothing_at_first(ready: Shell) -> None:
    ready.run("%programs")

    assert ready.text == "There is no program yet."


def test_a_compile_makes_a_version_of_what_went_in_and_of_what_came_out(ready: Shell) -> None:
    ready.run(COMPILE)

    ready.run("%programs")

    assert ready.text.splitlines() == [
        "helper@1 · random_search · from Parity@1 · 100 % exact_match, n = 10, 95 % interval 72 to 100 · now",
        "Parity@1 · as it came · 50 % exact_match, n = 10, 95 % interval 24 to 76 · now",
    ]
    assert len(ready.shown) == 1
    assert "helper@1" in ready.shown[0]["text/html"]


def test_a_compiled_program_shows_where_its_parts_come_from(ready: Shell) -> None:
    ready.run(COMPILE)

    ready.run("helper")
    compiled = ready.shown[0]["text/html"]
    ready.run("helper.demos = [*helper.demos, {'number': '99', 'answer': 'odd'}]\nhelper")
    edited = ready.shown[0]["text/html"]
    ready.run("import nbdspy\nas_it_came = nbdspy.Predict(Parity)\nas_it_came")

    assert "Where this comes from" in compiled
    assert "first in trial" in compiled
    assert "from elsewhere" not in compiled
    assert "from elsewhere" in edited
    assert "Where this comes from" not in ready.shown[0]["text/html"]


def test_each_definition_is_a_version_and_the_same_cell_again_none(ready: Shell) -> None:
    for change in ("", "", " or '?'", ""):
        ready.run(CAREFUL.format(change))

    ready.run("%programs")

    assert ready.text.splitlines() == ["Careful@2 · %%module", "Careful@1 · %%module · now"]


def test_what_python_made_is_listed_and_what_was_changed_is_told(ready: Shell) -> None:
    ready.run("import nbdspy\nqa = nbdspy.Predict('question -> answer')")
    ready.run(COMPILE)
    ready.run("helper.demos = []")

    ready.run("%programs")

    assert "qa · no version kept" in ready.text.splitlines()
    assert "helper · changed since" in ready.text.splitlines()


@pytest.mark.parametrize("how", ["", " --bg"])
def test_a_better_program_is_not_lost_sight_of_when_another_takes_its_place(
    how: str, ready: Shell, monkeypatch: pytest.MonkeyPatch
) -> None:  # fmt: skip
    monkeypatch.setenv("NBDSPY_MODE", "live")
    ready.run(COMPILE)
    ready.run(f"%compile Parity --data train --val val --max-calls 10 --force --out helper{how}")
    card = ready.shown[0]
    if how:
        ready.run("%runs wait helper;")

    said = "helper@1, which was here before, had scored more on as many examples; %programs restore helper 1 brings"
    assert said in card["text/plain"]
    ready.run("%programs restore helper 1;")
    assert ready.run("helper(number='7').answer") == "odd"


def test_the_same_program_found_again_takes_nobodys_place_whatever_it_scores_now(ready: Shell) -> None:
    ready.run(COMPILE)
    ready.run("val = [*val[:-1], val[-1] | {'answer': 'even'}]")

    ready.run(COMPILE.removesuffix(";"))

    assert "100 %" not in ready.text
    assert "which was here before" not in ready.text
    ready.run("%programs")
    assert "helper@2" not in ready.text


def test_a_difference_is_that_of_instructions_and_demonstrations(ready: Shell) -> None:
    ready.run(COMPILE)

    ready.run("%programs diff helper")

    lines = ready.text.splitlines()
    assert lines[:2] == ["--- Parity@1", "+++ helper"]
    assert "+answer: odd" in lines
    assert not any(line.startswith("-") for line in lines[2:])
    assert "<ins" in ready.shown[0]["text/html"]


def test_two_programs_are_compared_by_variable_or_version(ready: Shell) -> None:
    ready.run(COMPILE)
    ready.run("helper.demos = []")

    ready.run("%programs diff helper helper@1")
    assert "+answer: odd" in ready.text
    ready.run("%programs diff Parity helper")
    assert ready.text == "Instructions, fields and demonstrations are equal."


def test_a_version_is_brought_back_under_its_name_or_another(ready: Shell) -> None:
    ready.run(COMPILE)
    demos = ready.user_ns["helper"].demos
    ready.run("helper.demos = []")

    program = ready.run("%programs restore helper 1 --out older")

    assert program is ready.user_ns["older"]
    assert program.demos == demos
    assert ready.text.endswith("helper@1 -> older")
    assert ready.user_ns["helper"].demos == []
    assert ready.run("older(number='7')").answer == "odd"
    ready.run("%programs restore helper@1")
    assert ready.user_ns["helper"].demos == demos
    ready.run("%programs")
    assert "older@1 · restore · from helper@1 · now" in ready.text.splitlines()


def test_versions_outlive_the_kernel(ready: Shell) -> None:
    ready.run(COMPILE)
    demos = [dict(demo) for demo in ready.user_ns["helper"].demos]
    unload(ready)
    ready.user_ns.pop("helper")
    load(ready)

    ready.run("%programs")
    assert ready.text.splitlines()[0].startswith("helper@1 · random_search · from Parity@1 · 100 %")
    program = ready.run("%programs restore helper 1")

    assert [dict(demo) for demo in program.demos] == demos
    assert ready.run("helper(number='7')").answer == "odd"


def test_without_the_cell_that_defines_it_it_says_which_to_run(ready: Shell) -> None:
    ready.run(COMPILE)
    unload(ready)
    ready.user_ns.pop("helper")
    ready.user_ns.pop("Parity")
    load(ready)

    lines = ready.fail("%programs restore helper 1")

    assert lines[-1] == "Run the cell that defines Parity first."


@pytest.mark.parametrize("name", ["a.ipynb", ""])
def test_notebooks_in_one_folder_have_their_own(name: str, ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("JPY_SESSION_NAME", f"/somewhere/{name}" if name else "")
    unload(ready)
    load(ready)
    ready.run(CAREFUL.format(""))
    ready.run("%programs")
    monkeypatch.setenv("JPY_SESSION_NAME", "/somewhere/b.ipynb")
    unload(ready)
    load(ready)

    ready.run("%programs")

    assert ready.text == "Careful · no version kept"


def test_a_store_that_cannot_be_used_costs_no_program(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_HOME", os.devnull)

    ready.run(CAREFUL.format(""))
    with pytest.warns(UserWarning, match="kept until this kernel ends, and no longer"):
        ready.run("%programs")
    assert ready.text == "Careful@1 · %%module · now"
    ready.run(CAREFUL.format(" or '?'"))
    ready.run("%programs")

    assert [line.split()[0] for line in ready.text.splitlines()] == ["Careful@2", "Careful@1"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%programs restor helper", "Did you mean restore?"),
        ("%programs diff", "%programs diff needs a program."),
        ("%programs helper", "%programs is not told what to do with helper. Write %programs diff helper, or"),
        ("%programs restore helper", "The last is 1: %programs restore helper N."),
        ("%programs restore helper x", "'x' is no number of a version."),
        ("%programs restore helper 7", "helper has no version 7.\nIt has: 1."),
        ("%programs restore helpr 1", "Did you mean helper?"),
        ("%programs diff Parity@1", "Parity@1 is the first version"),
        ("%programs diff helper train", "train is a list, not a program."),
        ("%programs a b c d", "one word too many"),
    ],
)
def test_a_mistake_is_short(line: str, message: str, ready: Shell) -> None:
    ready.run(COMPILE)

    lines = ready.fail(line)

    assert message in "\n".join(lines)
    assert len(lines) <= 3
