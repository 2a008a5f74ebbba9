"""`%evaluate`."""

from __future__ import annotations

import warnings
from typing import TYPE_CHECKING

import pytest

from nbdspy import configuration
from nbdspy.evaluation import Comparison, EvaluationResult
from nbdspy.models import Request
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


@pytest.fixture
def ready(shell: Shell) -> Shell:
    def answer(request: Request) -> str:
        if "stop here" in str(request.messages):
            raise KeyboardInterrupt
        return chat_text({"answer": "even"})

    configuration.configure(lm=FakeLM(answer), num_threads=1)
    shell.run("%signature Parity number -> answer;")
    shell.run(
        "import pandas\n"
        "rows = pandas.DataFrame({'number': ['1', '2', '3', '4'], 'answer': ['odd', 'even', 'odd', 'even']})\n"
    )
    return shell


def test_the_result_is_drawn_once_and_is_the_cells_value(ready: Shell) -> None:
    result = ready.run("%evaluate Parity --data rows --metric exact_match")

    assert isinstance(result, EvaluationResult)
    assert result.mean == 0.5
    assert ready.user_ns["_"] is result
    assert len(ready.shown) == 1
    assert "50 %" in ready.text


def test_a_result_shows_itself_again_in_the_next_cell(ready: Shell) -> None:
    ready.run("%evaluate Parity --data rows --out scored")

    ready.run("scored")

    assert "50 %" in ready.text


def test_data_and_metric_may_be_python(ready: Shell) -> None:
    ready.run("def generous(example, prediction, trace=None):\n    return 1.0")

    result = ready.run('%evaluate Parity --data {rows[rows.number > "2"]} --metric generous --threads 2')

    assert (result.n, result.mean, result.metric) == (2, 1.0, "generous")


def test_a_semicolon_draws_nothing(ready: Shell) -> None:
    result = ready.run("%evaluate Parity --data rows;")

    assert result.n == 4
    assert ready.shown == []
    assert ready.user_ns["_"] is result


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%evaluate Parity", "%evaluate needs examples."),
        ("%evaluate Parity Parity Parity --data rows", "one word too many"),
        ("%evaluate Parity --data row", "There is no variable 'row'. Did you mean rows?"),
        ("%evaluate Parity --data rows --metric exact_mach", "Did you mean exact_match?"),
        ("%evaluate Parity --data {rows[:0]}", "empty"),
        ("%evaluate Parity --data {rows.rename(columns={'number': 'numbr'})}", "numbr"),
        ("%evaluate Parity --data rows --metric {lambda example, prediction: None}", "None"),
    ],
)
def test_a_mistake_is_short(line: str, message: str, ready: Shell) -> None:
    lines = ready.fail(line)

    assert message in "\n".join(lines)
    assert len(lines) <= 3


def test_an_interrupt_keeps_what_was_scored(ready: Shell) -> None:
    ready.run("rows.loc[2, 'number'] = 'stop here'")

    lines = ready.fail("%evaluate Parity --data rows --out partly")

    assert lines[0] == "Stopped: 2 of 4 examples are scored. partly holds them."
    assert ready.user_ns["partly"].n == 2
    assert len(ready.shown) == 1


def test_an_interrupt_without_a_name_says_what_holds_the_scores(ready: Shell) -> None:
    ready.run("rows.loc[2, 'number'] = 'stop here'")

    lines = ready.fail("%evaluate Parity --data rows")
    ready.run("import sys; held = sys.last_value.result")

    assert lines[0].startswith("Stopped: 2 of 4 examples are scored. To keep them: import sys; found = sys.last_value")
    assert ready.user_ns["held"].n == 2


def test_two_programs_are_compared_on_the_same_rows(ready: Shell) -> None:
    ready.run(
        "import nbdspy\n"
        "class Odd(nbdspy.Module):\n"
        "    def forward(self, number):\n"
        "        return nbdspy.Prediction(answer='odd' if number != '4' else 'even')\n"
        "odd = Odd()"
    )

    found = ready.run("%evaluate Parity odd --data rows --out gain")

    assert isinstance(found, Comparison)
    assert (found.gained, found.lost) == (2, 1)
    assert (found.before.program, found.after.program) == ("Parity", "odd")
    assert ready.user_ns["gain"] is found
    assert len(ready.shown) == 1
    assert "odd against Parity: +25 points" in ready.text


def test_a_comparison_that_is_stopped_is_of_what_both_have_scored(ready: Shell) -> None:
    ready.run(
        "import nbdspy\n"
        "class Odd(nbdspy.Module):\n"
        "    def forward(self, number):\n"
        "        if number == '3':\n"
        "            raise KeyboardInterrupt\n"
        "        return nbdspy.Prediction(answer='odd')\n"
        "odd = Odd()"
    )

    ready.fail("%evaluate Parity odd --data rows --out gain")
    first = ready.fail("%evaluate odd Parity --data rows --out alone")

    assert ready.user_ns["gain"].n == 2
    assert (ready.user_ns["gain"].gained, ready.user_ns["gain"].lost) == (1, 1)
    assert first[0].startswith("Stopped: 2 of 4")
    assert isinstance(ready.user_ns["alone"], EvaluationResult)


def test_a_page_sees_one_display_change_in_place(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")
    ready.updates = 0

    ready.run("%evaluate Parity --data rows")

    assert len(ready.shown) == 1
    assert ready.updates >= 1
    assert "50 %" in ready.text


def test_a_page_sees_where_a_failed_run_ended(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NBDSPY_MODE", "live")

    ready.fail("%evaluate Parity --data rows --metric {lambda example, prediction: None}")

    assert "did not come to its end" in ready.text


def test_chosen_rows_are_shown_and_the_value_is_the_whole_result(ready: Shell) -> None:
    result = ready.run("%evaluate Parity --data rows --show wrong --sort number --desc --rows 1")

    assert isinstance(result, EvaluationResult)
    assert result.n == 4
    assert len(ready.shown) == 1
    assert "rows: 1 of 2 shown · wrong, by number, largest first\n  ✗ 2  3 | odd | even" in ready.text


def test_a_column_that_is_not_there_does_not_lose_what_was_scored(ready: Shell) -> None:
    lines = ready.fail("%evaluate Parity --data rows --sort numbr --out scored")

    assert lines[0].startswith("UsageError in %evaluate, line 1, column ")
    assert "The rows have no column 'numbr'. Did you mean number?" in "\n".join(lines)
    assert ready.user_ns["scored"].n == 4
    assert "50 %" in ready.text


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("--show wrnog", "'wrnog' is none of them. Did you mean wrong?"),
        ("--rows 0", "0 is too little."),
        ("--rows 201", "201 rows are more than a card holds. Give a number from 1 to 200"),
        ("--show", "--show needs a value. Write --show wrong|right|failed."),
    ],
)
def test_rows_that_cannot_be_shown_are_pointed_at_before_anything_is_scored(
    line: str, message: str, ready: Shell
) -> None:
    lines = ready.fail(f"%evaluate Parity --data rows --out scored {line}")

    assert lines[0].startswith("UsageError in %evaluate, line 1, column ")
    assert message in " ".join(lines)
    assert "scored" not in ready.user_ns


def test_of_two_programs_no_rows_are_chosen(ready: Shell) -> None:
    lines = ready.fail("%evaluate Parity Parity --data rows --show wrong")

    assert "--show, --sort, --desc and --rows are for the rows of one program." in " ".join(lines)


def test_what_is_warned_of_is_a_line_without_a_path(ready: Shell, monkeypatch: pytest.MonkeyPatch) -> None:
    said: list[str] = []
    monkeypatch.setattr(warnings, "showwarning", lambda *told: said.append(warnings.formatwarning(*told[:4])))
    ready.run("import warnings\nwarnings.simplefilter('always')\nrows.loc[2, 'answer'] = 'neither'")

    ready.run("%signature Named number -> answer: Literal['even', 'odd']\n%evaluate Named --data rows;")
    ready.run("warnings.warn('of one who writes Python')")

    ours, theirs = said
    assert ours.startswith("! 1 of 4 labels 'answer' in ")
    assert ours.count("\n") == 1
    assert "UserWarning: of one who writes Python" in theirs
