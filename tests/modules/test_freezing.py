"""What is frozen stays as it is, whoever optimizes, copies, saves or loads it."""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy import views
from nbdspy.data import Example
from nbdspy.errors import SavedStateError, UsageError
from nbdspy.modules import (
    ChainOfThought,
    Module,
    Predict,
    freeze,
    is_frozen,
    set_demos,
    set_description,
    set_instructions,
    unfreeze,
)
from nbdspy.testing import FakeLM

SHOWN = Example(question="6 * 7", answer="42")


class Pair(Module):
    def __init__(self) -> None:
        self.ask = ChainOfThought("question -> query")
        self.answer = Predict("question, query -> answer")

    def forward(self, question: str) -> Any:
        return self.answer(question=question, query=self.ask(question=question).query)


def marks(program: Module) -> dict[str, list[str]]:
    return {name: sorted(predictor.frozen) for name, predictor in program.named_predictors()}


def test_a_predictor_is_frozen_in_part_or_whole() -> None:
    predictor = Predict("question -> answer")
    assert not is_frozen(predictor, "instructions")

    freeze(predictor, "instructions")
    freeze(predictor, "answer")
    assert (is_frozen(predictor, "instructions"), is_frozen(predictor, "demos")) == (True, False)
    assert (is_frozen(predictor, "answer"), is_frozen(predictor)) == (True, False)

    freeze(predictor)
    assert is_frozen(predictor)

    unfreeze(predictor, "demos")
    assert (is_frozen(predictor, "demos"), is_frozen(predictor, "question")) == (False, True)
    assert unfreeze(predictor).frozen == frozenset()


def test_a_program_is_marked_in_all_of_its_predictors() -> None:
    assert marks(freeze(Pair(), "demos")) == {"ask.predict": ["demos"], "answer": ["demos"]}
    assert marks(freeze(Pair(), "query")) == {"ask.predict": ["query"], "answer": ["query"]}
    assert marks(freeze(Pair(), "reasoning")) == {"ask.predict": ["reasoning"], "answer": []}
    assert all(is_frozen(predictor) for predictor in freeze(Pair()).predictors())


@pytest.mark.parametrize(
    ("what", "said"),
    [
        (
            "instruction",
            r"nothing called 'instruction' .*there are: instructions, demos, question.* Did you mean instr",
        ),
        ("qestion", "Did you mean question"),
        ("ask", r"'ask' is a part of the program. Give it itself: freeze\(program.ask\)"),
        ("ask.predict", r"Give it itself: freeze\(program.ask.predict\)"),
    ],
)
def test_what_is_not_there_gets_a_suggestion(what: str, said: str) -> None:
    program = Pair()

    with pytest.raises(UsageError, match=said):
        freeze(program, what)
    assert marks(program) == {"ask.predict": [], "answer": []}


@pytest.mark.parametrize("thing", ["question -> answer", None, 3, Predict])
def test_what_is_no_program_is_refused(thing: Any) -> None:
    with pytest.raises(UsageError, match="nothing of it is learned"):
        freeze(thing)


def test_a_frozen_part_is_refused_aloud() -> None:
    predictor = freeze(Predict("question -> answer"))
    before = predictor.dump_state()

    for change in (
        lambda: set_instructions(predictor, "Be brief."),
        lambda: set_demos(predictor, [SHOWN]),
        lambda: set_description(predictor, "answer", "a number"),
    ):
        with pytest.raises(UsageError, match="is frozen, and an optimizer would change it"):
            change()
    assert predictor.dump_state() == before


def test_what_is_free_is_set() -> None:
    predictor = freeze(Predict("question -> answer"), "question")

    set_instructions(predictor, "Be brief.")
    set_demos(predictor, (SHOWN,))
    set_description(predictor, "answer", "a number")

    assert predictor.signature.instructions == "Be brief."
    assert predictor.demos == [SHOWN]
    assert predictor.signature.fields["answer"].description == "a number"
    with pytest.raises(UsageError, match="Did you mean answer"):
        set_description(predictor, "anwser", "a number")


def test_copies_are_marked_and_a_reset_leaves_what_is_frozen() -> None:
    program = Pair()
    for predictor in program.predictors():
        predictor.demos, predictor.lm = [SHOWN], FakeLM("42")
    freeze(program.ask, "demos")
    freeze(program.answer)

    assert marks(program.deepcopy()) == marks(program)
    reset = program.reset_copy()
    assert marks(reset) == marks(program)
    assert (reset.ask.predict.demos, reset.ask.predict.lm) == ([SHOWN], None)
    assert (reset.answer.demos, reset.answer.lm) == ([SHOWN], program.answer.lm)
    assert unfreeze(program).reset_copy().answer.demos == []


def test_marks_of_a_copy_are_its_own() -> None:
    program = freeze(Pair(), "demos")

    unfreeze(program.deepcopy())

    assert marks(program) == {"ask.predict": ["demos"], "answer": ["demos"]}


def test_a_part_that_dspys_programs_call_compiled_is_frozen() -> None:
    program = Pair()
    assert not program._compiled

    program.ask._compiled = True
    assert is_frozen(program.ask.predict)
    assert (program.ask._compiled, program.answer._compiled, program._compiled) == (True, False, False)

    freeze(program.answer, "demos")
    program._compiled = False
    assert marks(program) == {"ask.predict": [], "answer": ["demos"]}


def test_the_saved_state_holds_the_marks(tmp_path: Path) -> None:
    for make in (Pair, lambda: Predict("question -> answer")):
        program = freeze(make(), "demos")
        program.save(tmp_path / "program.json")

        fresh = make()
        fresh.load(tmp_path / "program.json")

        assert marks(fresh) == marks(program)
    assert "frozen" not in json.dumps(Pair().dump_state())


def test_a_file_that_says_nothing_of_marks_leaves_the_programs_own() -> None:
    program = freeze(Pair(), "demos")

    program.load_state(Pair().dump_state())

    assert marks(program) == {"ask.predict": ["demos"], "answer": ["demos"]}


@pytest.mark.parametrize("found", ["demos", ["no_field"], [3], None])
def test_marks_of_another_make_are_refused(found: Any) -> None:
    program = Pair()
    state = program.dump_state()
    state["answer"]["frozen"] = found

    with pytest.raises(
        SavedStateError, match=r"'frozen' in the state of the predictor 'answer' is .* a list of some of"
    ):
        program.load_state(state)


def test_a_whole_program_is_saved_with_its_marks(tmp_path: Path) -> None:
    freeze(Predict("question -> answer"), "demos").save(tmp_path / "program", save_program=True)

    assert "frozen" not in (tmp_path / "program" / "program.py").read_text("utf-8")
    assert nbdspy.load(tmp_path / "program", trust=True).frozen == {"demos"}


def test_marks_are_shown() -> None:
    program = Pair()
    freeze(program.ask, "demos")
    freeze(program.answer)

    assert "ask.predict: question -> reasoning, query (frozen: demos)" in repr(program)
    assert "answer: question, query -> answer (frozen)" in repr(program)
    assert repr(program.answer) == "Predict(question, query -> answer, frozen)"
    assert "frozen: demos" in views.bundle(program)["text/html"]
    assert "frozen" not in views.bundle(unfreeze(program))["text/html"]


BY_DSPY = """
import sys, dspy
program = dspy.Predict("question -> answer")
program.load(sys.argv[1])
print(program.demos[0]["answer"])
program.save(sys.argv[2])
"""


@pytest.mark.slow
def test_dspys_loader_lets_the_marks_pass(peer: str, tmp_path: Path) -> None:
    ours, theirs = tmp_path / "ours.json", tmp_path / "theirs.json"
    program = Predict("question -> answer")
    program.demos = [SHOWN]
    freeze(program, "demos").save(ours)

    done = subprocess.run(
        [peer, "-c", BY_DSPY, str(ours), str(theirs)], env=dict(os.environ), capture_output=True, text=True, timeout=240
    )
    assert done.returncode == 0, done.stderr
    assert done.stdout.split() == ["42"]

    program.load(theirs)
    assert program.frozen == {"demos"}
    assert program.demos == [SHOWN]
