"""`%%check`: a card and a real error."""

from __future__ import annotations

from typing import TYPE_CHECKING

from nbdspy.checks import Checked
from nbdspy.errors import CheckFailed

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell


def test_a_passed_check_is_a_card_and_no_value_that_a_grader_could_read(shell: Shell) -> None:
    value = shell.run('%%check "Exercise 1" --points 2 --out one\nassert 6 * 7 == 42\n')

    assert isinstance(value, Checked)
    assert shell.user_ns["one"] is value
    assert shell.text == "Exercise 1: passed, 1 assertion held, 2 of 2 points"
    assert shell.published[-1] in shell.shown
    assert len(shell.shown) == 1
    assert "✓ passed" in shell.shown[0]["text/html"]


def test_a_failed_check_is_a_card_and_a_short_error(shell: Shell) -> None:
    shell.run("answer = 41")

    lines = shell.fail('%%check "Exercise 1" --points 2\n# Count again.\nassert answer == 42\n')

    assert lines == ["CheckFailed: Exercise 1: failed, 1 of 1 assertion failed, 0 of 2 points"]
    assert isinstance(shell.raised, CheckFailed)
    assert "41 == 42" in shell.text
    assert "Hint: Count again." in shell.text


def test_asked_to_be_quiet_the_error_says_it_all(shell: Shell) -> None:
    lines = shell.fail("%%check Sum;\nassert 41 == 42\n")

    assert lines[-2:] == ["line 1: assert 41 == 42", "    41 == 42"]
    assert shell.shown == []


def test_the_function_does_the_same_with_the_notebooks_variables(shell: Shell) -> None:
    shell.run("import nbdspy\nanswer = 41")

    lines = shell.fail("nbdspy.check('assert answer == 42')")

    assert lines[:3] == ["CheckFailed: Check: failed, 1 of 1 assertion failed", "line 1: assert answer == 42",
                         "    41 == 42"]  # fmt: skip


def test_a_check_changes_no_variable_and_can_be_run_twice(shell: Shell) -> None:
    shell.run("answer = 41")

    for _ in range(2):
        shell.run("%%check\nanswer = answer + 1\nassert answer == 42\n")

    assert shell.user_ns["answer"] == 41


def test_a_check_before_the_cells_that_it_is_about_says_so(shell: Shell) -> None:
    shell.fail("%%check\nassert helper(request='x')\n")

    assert "There is no 'helper'. Import it, or define it before." in shell.text


def test_points_below_0_are_refused(shell: Shell) -> None:
    assert "Write a number from 0." in "\n".join(shell.fail("%%check --points -2\nassert True\n"))
