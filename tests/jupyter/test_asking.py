"""`%%predict` and `%prompt`."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any

import pytest

from nbdspy import configuration
from nbdspy.data import Prediction
from nbdspy.models import Request
from nbdspy.testing import FakeLM

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


@pytest.fixture
def lm(shell: Shell, counting: FakeLM) -> FakeLM:
    shell.run("%signature RAG question, limit: int -> answer;")
    return counting


def asked(lm: FakeLM) -> str:
    return str((lm.requests[-1].messages or [{}])[-1]["content"])


def test_the_cells_text_is_the_input(shell: Shell, lm: FakeLM) -> None:
    prediction = shell.run('%%predict QA\nWho wrote {this} and $that?\nIt\'s about "time".\n')

    assert prediction == Prediction(answer="1")
    assert 'Who wrote {this} and $that?\nIt\'s about "time".' in asked(lm)


def test_one_call_leaves_one_output_with_the_prompt(shell: Shell, lm: FakeLM) -> None:
    shell.run("%%predict QA\nWho?\n")

    (shown,) = shell.shown
    assert shown["text/plain"] == "Prediction(answer='1')"
    assert "Who?" in shown["text/html"]


def test_a_program_that_is_called_shows_its_answer_as_a_card(shell: Shell, lm: FakeLM) -> None:
    shell.run("from nbdspy import Predict\nask = Predict(QA)")

    shell.run('ask(question="Who?")')

    (shown,) = shell.shown
    assert shown["text/plain"] == "Prediction(answer='1')"
    assert ">answer</div>" in shown["text/html"]


def test_an_underscore_and_the_next_cell_hold_the_prediction(shell: Shell, lm: FakeLM) -> None:
    prediction = shell.run("%%predict QA --out said\nWho?\n")

    assert shell.user_ns["said"] is prediction
    assert shell.user_ns["_"] is prediction
    shell.run("said")
    assert len(shell.shown) == 1


def test_variables_are_put_in_by_double_braces(shell: Shell, lm: FakeLM) -> None:
    shell.run('book = {"title": "Emma"}')

    shell.run("%%predict QA\nWho wrote {{book['title']}}?\n")

    assert "Who wrote Emma?" in asked(lm)


def test_several_inputs_are_told_apart_and_typed(shell: Shell, lm: FakeLM) -> None:
    shell.run("%%predict RAG\nquestion: Who?\nlimit: 3\n")

    assert "Who?" in asked(lm)


def test_several_completions(shell: Shell, lm: FakeLM) -> None:
    prediction = shell.run("%%predict QA -n 3\nWho?\n")

    assert len(prediction.completions) == 3
    assert lm.requests[-1].n == 3
    assert shell.text.splitlines()[1:] == [
        "3 completions, the first is the answer:",
        "  1. Prediction(answer='1')",
        "  2. Prediction(answer='1')",
        "  3. Prediction(answer='1')",
    ]


def test_a_semicolon_shows_nothing(shell: Shell, lm: FakeLM) -> None:
    assert shell.run("%%predict QA ;\nWho?\n") == Prediction(answer="1")
    assert shell.shown == []


@pytest.fixture
def live(shell: Shell, lm: FakeLM, monkeypatch: pytest.MonkeyPatch) -> Shell:
    """A page that updates in place."""
    monkeypatch.setenv("NBDSPY_MODE", "live")
    shell.updates = 0
    return shell


def test_on_a_page_the_answer_takes_the_place_of_what_is_written(live: Shell) -> None:
    prediction = live.run("%%predict QA\nWho?\n")

    (shown,) = live.shown
    assert live.updates >= 1
    assert shown["text/plain"] == "Prediction(answer='1')"
    assert "exactly as sent" in shown["text/html"]
    assert live.user_ns["_"] is prediction


def test_what_was_written_stays_when_there_is_no_answer(live: Shell) -> None:
    def broken(request: Request) -> str:
        raise LookupError("no model")

    configuration.configure(lm=FakeLM(broken))

    live.fail("%%predict QA\nWho?\n")

    (shown,) = live.shown
    assert shown["text/plain"] == "QA · It did not come to its end."


def test_a_mistake_is_not_shown_as_an_answer_that_is_awaited(live: Shell) -> None:
    configuration.configure(lm=None)

    live.fail("%%predict QA\nWho?\n")

    assert live.shown == []


def test_a_program_that_gives_no_prediction_shows_what_it_gives(live: Shell) -> None:
    live.run(
        "import nbdspy\nclass Count(nbdspy.Module):\n    def __init__(self):\n        self.ask = nbdspy.Predict(QA)\n"
        "    def forward(self, question):\n        return int(self.ask(question=question).answer)\ncount = Count()"
    )

    assert live.run("%%predict count\nquestion: Who?\n") == 1

    (shown,) = live.shown
    assert shown["text/plain"] == "1"


def test_a_misspelt_program_is_pointed_at(shell: Shell, lm: FakeLM) -> None:
    lines = shell.fail("%%predict RGA\nWho?\n")

    assert lines == [
        "UsageError in %%predict, line 1, column 11",
        "  %%predict RGA",
        "            ^^^ There is no variable 'RGA'. Did you mean RAG? Run the cell that defines it first.",
    ]


def test_what_is_no_program_is_said_so(shell: Shell, lm: FakeLM) -> None:
    shell.run("rows = [1]")

    assert "rows is a list, not a program." in shell.fail("%%predict rows\nWho?\n")[-1]


def test_without_a_model_the_next_step_is_said(shell: Shell) -> None:
    configuration.configure(lm=None)
    shell.run("%signature QA question -> answer")

    lines = shell.fail("%%predict QA\nWho?\n")

    assert lines[0].startswith("NotConfigured: No model is chosen")
    assert "%lm smollm2" in lines[1]


def test_a_prompt_is_shown_and_not_sent(shell: Shell, lm: FakeLM) -> None:
    prompt = shell.run('%prompt QA question="it is {cold} in here"')

    assert "it is {cold} in here" in str(prompt)
    assert lm.requests == []
    assert len(shell.shown) == 1


def test_a_prompt_without_a_model_says_that_another_may_get_another(shell: Shell) -> None:
    shell.run("from nbdspy import Predict\nfrom nbdspy.testing import FakeLM")
    configuration.configure(lm=None)

    shell.run("%prompt question->answer question=Who")
    assert shell.text.splitlines()[-1].startswith("No model is chosen; the layout depends on the model")
    shell.run("ask = Predict('question -> answer')\nask.set_lm(FakeLM(lambda request: ''))")
    shell.run("%prompt ask question=Who")
    assert "No model is chosen" not in shell.text


@pytest.mark.parametrize(("typed", "held"), [("{n + 1}", "4"), ("n", "3"), ("7", "7")])
def test_an_input_may_be_an_expression_a_variable_or_a_text(typed: str, held: str, shell: Shell, lm: FakeLM) -> None:
    shell.run("n = 3")

    assert held in str(shell.run(f"%prompt RAG question=Who limit={typed}"))


def test_a_diff_marks_what_another_program_says_differently(shell: Shell, lm: FakeLM) -> None:
    shell.run("polite = QA.with_instructions('Answer politely.')")

    change = shell.run("%prompt polite question=Who --diff QA")

    gone, came, *lines = shell.text.splitlines()
    assert (gone, came) == ("--- QA", "+++ polite")
    assert [line for line in lines if "Answer politely." in line] == ["+Answer politely."]
    assert "what changed from QA to polite" in shell.shown[0]["text/html"]
    assert type(change).__name__ == "PromptDiff"


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%prompt QA Who", "Inputs are given by name. Write field=Who."),
        ("%prompt QA questoin=Who", "QA has no input 'questoin'. Did you mean question?"),
        ("%prompt RAG limit=many", "limit should be int."),
        ("%prompt", "%prompt needs a program."),
    ],
)
def test_a_wrong_input_is_pointed_at(line: str, message: str, shell: Shell, lm: FakeLM) -> None:
    assert message in "\n".join(shell.fail(line))


def test_a_signature_may_be_spelled_in_the_line(shell: Shell, lm: FakeLM) -> None:
    prediction: Any = shell.run("%%predict question -> answer\nWho?\n")

    assert prediction.answer == "1"
