"""`%trace`: the last run, without having asked before it ran."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import nbformat
import pytest
from nbclient import NotebookClient

import nbdspy
from nbdspy import events
from nbdspy.jupyter import load, unload
from nbdspy.observe import recent
from nbdspy.testing import FakeLM

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


@pytest.fixture
def lm(shell: Shell, counting: FakeLM) -> FakeLM:
    shell.run("from nbdspy import Predict, ChainOfThought\nask = Predict(QA)")
    return counting


def roots(found: Any) -> list[Any]:
    return [step.inputs["kwargs"]["question"] for step in found.steps]


def test_the_last_run_is_shown_with_its_prompt(shell: Shell, lm: FakeLM) -> None:
    shell.run("%%predict QA\nWho?\n")

    found = shell.run("%trace")

    (shown,) = shell.shown
    assert roots(found) == ["Who?"]
    assert shown["text/plain"] == "QA · Predict"
    assert "[[ ## question ## ]]\nWho?" in shown["text/html"]
    assert shell.user_ns["_"] is found


def test_a_prompt_that_is_only_shown_is_no_run(shell: Shell, lm: FakeLM) -> None:
    shell.run('ask(question="Who?");')
    shell.run("%prompt QA question=Where")

    assert roots(shell.run("%trace")) == ["Who?"]


def test_a_number_asks_for_so_many_runs(shell: Shell, lm: FakeLM) -> None:
    shell.run('for question in "abcd": ask(question=question)')

    assert roots(shell.run("%trace 3")) == ["b", "c", "d"]


def test_a_prediction_a_result_and_a_program_have_their_own_runs(shell: Shell, lm: FakeLM) -> None:
    shell.run('first = ask(question="first")\nother = Predict(QA)\nother(question="other");')
    shell.run('rows = [{"question": "a", "answer": "1"}, {"question": "b", "answer": "2"}]')
    shell.run("%evaluate other --data rows --out scored;")
    shell.run('ask(question="last");')

    assert roots(shell.run("%trace first")) == ["first"]
    assert roots(shell.run("%trace ask")) == ["last"]
    assert roots(shell.run("%trace {scored.rows[1].prediction}")) == ["b"]
    evaluation = shell.run("%trace scored").steps[0]
    assert (evaluation.kind, len(evaluation.steps)) == ("evaluate", 2)


def test_a_row_and_a_comparison_have_their_runs_too(shell: Shell, lm: FakeLM) -> None:
    shell.run('rows = [{"question": "a", "answer": "1"}, {"question": "b", "answer": "2"}]\nother = Predict(QA)')
    shell.run("%evaluate ask other --data rows --out both;")

    evaluations = shell.run("%trace {both}").steps

    assert [(step.kind, len(step.steps)) for step in evaluations] == [("evaluate", 2)] * 2
    assert roots(shell.run("%trace {both.after.rows[1]}")) == ["b"]
    assert shell.run("%trace {both.before}").steps == evaluations[:1]


def test_a_row_without_an_answer_and_a_signature_say_what_to_give_instead(shell: Shell, lm: FakeLM) -> None:
    shell.run("from nbdspy.evaluation import Row\nfrom nbdspy import Example")
    shell.run('row = Row(index=3, example=Example(), prediction=None, score=0.0, error="no reply")')

    assert "Row 3 has no answer to find its run by: no reply" in "\n".join(shell.fail("%trace row"))
    said = "\n".join(shell.fail("%trace QA"))
    assert "QA is a class such as a signature" in said
    assert "a program that was made of it" in said


def test_it_can_be_bound_and_shown_again(shell: Shell, lm: FakeLM) -> None:
    shell.run('ask(question="Who?");')

    found = shell.run("%trace --out looked")
    shell.run("looked")

    assert shell.user_ns["looked"] is found
    assert "<details" in shell.shown[0]["text/html"]
    assert shell.run("%trace looked") is found


def test_a_semicolon_shows_nothing(shell: Shell, lm: FakeLM) -> None:
    shell.run('ask(question="Who?");')

    assert roots(shell.run("%trace 1;")) == ["Who?"]
    assert shell.shown == []


def test_nothing_has_run(shell: Shell) -> None:
    shell.run("%trace")

    assert shell.text == "Nothing has run."


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%trace 0", "0 is too few runs."),
        ("%trace rows", "The run behind this list is not kept"),
        ("%trace aks", "There is no variable 'aks'. Did you mean ask?"),
        ("%trace 1 2", "this is one word too many"),
        ("%trace --ou x", "has no option --ou. Did you mean --out?"),
    ],
)
def test_what_cannot_be_shown_is_pointed_at(line: str, message: str, shell: Shell, lm: FakeLM) -> None:
    shell.run("rows = [1]")

    lines = shell.fail(line)

    assert lines[0].startswith("UsageError in %trace, line 1, column ")
    assert message in "\n".join(lines)


def test_what_python_asks_is_the_same(shell: Shell, lm: FakeLM) -> None:
    shell.run('ask(question="Who?");')

    assert nbdspy.trace(1).steps == shell.run("%trace").steps


def test_unloading_forgets_and_listens_no_more(shell: Shell, lm: FakeLM) -> None:
    shell.run('ask(question="Who?");')

    unload(shell)

    assert nbdspy.trace().steps == ()
    assert recent.recorder.hear not in [ear.listener for ear in events._everywhere.ears]
    load(shell)
    shell.run('ask(question="Again?");')
    assert roots(shell.run("%trace")) == ["Again?"]


def test_loaded_twice_it_keeps_a_run_once(shell: Shell, lm: FakeLM) -> None:
    load(shell)

    shell.run('ask(question="Who?");')

    assert len(nbdspy.trace(10).steps) == 1


CELLS = """
%load_ext nbdspy
import nbdspy
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
rows = [{"question": f"Question {n}", "answer": "odd" if n % 2 else "even"} for n in range(40)]
def answer(request):
    number = int(request.messages[-1]["content"].split("Question ")[1].split()[0])
    return "what?" if number == 7 else chat_text({"answer": "odd" if number % 2 else "even"})
nbdspy.configure(lm=FakeLM(answer, model="small"))
%signature Parity question -> answer: str
---
%evaluate Parity --data rows --threads 8;
%trace
"""


def test_a_notebook_without_a_page_has_the_same_output_on_every_run() -> None:
    def output() -> Any:
        cells = [nbformat.v4.new_code_cell(cell.strip()) for cell in CELLS.split("---")]
        notebook = nbformat.v4.new_notebook(cells=cells)
        NotebookClient(notebook, timeout=120, kernel_name="python3").execute()
        return [one["data"] for one in notebook.cells[-1].outputs if one["output_type"] == "execute_result"]

    (first,), (second,) = output(), output()

    assert first == second
    assert first["text/plain"].startswith("Parity · evaluation\n  Parity · Predict · Question 0\n")
    assert "<img" not in first["text/html"]


def test_every_step_is_listed_by_its_number(shell: Shell, lm: FakeLM) -> None:
    shell.run('for number in range(60): ask(question=f"Question {number}")')

    listed = shell.run("%trace 60 --all")

    assert len(listed.lines) == 120
    assert shell.text.startswith("Steps · 120 steps\n    0  QA · Predict · Question 0\n    1  – fake · model")
    html = shell.shown[0]["text/html"]
    assert "Question 59" in html
    numbers = [number for number, _, _ in listed.lines]
    assert nbdspy.trace(60).to_frame().loc[numbers, "kind"].to_list() == [step.kind for step in listed.steps]


def test_steps_that_say_a_text_are_found_and_one_is_shown_with_its_exact_words(shell: Shell, lm: FakeLM) -> None:
    shell.run('for number in range(60): ask(question=f"Question {number}")')

    found = shell.run("%trace 60 --find 'question 57'")
    number = next(number for number, _, step in found.lines if step.kind == "lm")
    assert len(found.lines) == 2
    assert "2 of 120 steps" in shell.text

    one = shell.run(f"%trace 60 --step {number} --out only")

    assert shell.user_ns["only"] is one
    assert [step.kind for step in one.walk()] == ["lm"]
    assert "[[ ## question ## ]]\nQuestion 57" in shell.shown[-1]["text/html"]


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%trace --step 99", "There is no step 99. They are numbered from 0 to"),
        ("%trace --step x", "'x' is not a whole number."),
        ("%trace --step 1 --all", "--step shows one step, and --find and --all list several."),
        ("%trace --find", "--find needs a value."),
    ],
)
def test_a_step_that_is_not_there_is_pointed_at(line: str, message: str, shell: Shell, lm: FakeLM) -> None:
    shell.run('ask(question="Who?");')

    lines = shell.fail(line)

    assert lines[0].startswith("UsageError in %trace, line 1, column ")
    assert message in " ".join(lines)
