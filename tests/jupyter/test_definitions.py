"""`%%signature` and `%%module`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbdspy.modules import ChainOfThought, Module
from nbdspy.signatures import SignatureType

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

INTENT = """%%signature Intent
Name what the person wants.

request: str                       # one short message
->
intent: Literal["alarm", "timer"]
"""


def test_a_signature_is_bound_shown_and_the_cells_value(shell: Shell) -> None:
    value = shell.run(INTENT)

    assert isinstance(value, SignatureType)
    assert shell.user_ns["Intent"] is value
    assert shell.user_ns["_"] is value
    (shown,) = shell.shown
    assert "request -> intent" in shown["text/plain"]
    assert "<details" in shown["text/html"] or "<div" in shown["text/html"]


def test_a_signature_fits_a_line(shell: Shell) -> None:
    value = shell.run("%signature QA question, context: list[str] -> answer: bool")

    assert value.__name__ == "QA"
    assert value.signature == "question, context -> answer"


def test_braces_and_quotes_of_a_signature_are_text(shell: Shell) -> None:
    value = shell.run('%%signature QA\nSay {this} and $that, don\'t "stop".\n\nquestion\n->\nanswer\n')

    assert value.instructions == 'Say {this} and $that, don\'t "stop".'


def test_types_are_looked_up_in_the_notebook(shell: Shell) -> None:
    shell.run("import enum\nclass Tone(enum.Enum):\n    dry = 'dry'\n")

    assert shell.run("%signature QA question -> tone: Tone").fields["tone"].type is shell.user_ns["Tone"]


def test_a_broken_signature_is_three_lines(shell: Shell) -> None:
    lines = shell.fail("%%signature QA\nquestion: strr\n->\nanswer\n")

    assert len(lines) == 3
    assert lines[0].startswith("SignatureError in ")
    assert "^" in lines[2]


def test_a_signature_without_a_name_is_told_how(shell: Shell) -> None:
    assert "Write %signature NAME question -> answer." in shell.fail("%signature question -> answer")[-1]


def test_a_name_that_held_something_else_is_told_once(shell: Shell) -> None:
    shell.run("QA = [1]")

    shell.run("%signature QA question -> answer")
    assert "QA held a list, which is in _QA now." in shell.text
    shell.run("%signature QA question -> answer")
    assert "which is in" not in shell.text


def test_a_semicolon_shows_nothing_and_keeps_the_value(shell: Shell) -> None:
    shell.run("%%module Careful;\ndef forward(question):\n    return 1\n")

    assert shell.shown == []
    assert isinstance(shell.user_ns["Careful"], Module)
    assert shell.run("%signature QA question -> answer;").signature == "question -> answer"
    assert shell.shown == []


def test_a_module_is_bound_under_its_name(shell: Shell) -> None:
    value = shell.run(
        "%%module Careful\n"
        "answer = ChainOfThought('question -> answer')\n\n"
        "def forward(question):\n    return answer(question=question)\n"
    )

    assert shell.user_ns["Careful"] is value
    assert isinstance(value.answer, ChainOfThought)
    assert len(shell.shown) == 1


def test_a_failing_program_shows_the_line_of_its_cell(shell: Shell) -> None:
    shell.run("%%module Broken\npart = 1\n\ndef forward(question):\n    return 1 / 0\n")

    assert "return 1 / 0" in "\n".join(shell.fail("Broken(question='a')"))


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("%signature", "%signature needs a name and a signature."),
        ("%signature ;", "%signature needs a name and a signature."),
        ("%signature class q -> a", "'class' cannot be the name of a variable."),
        ("%signature class q -> a", "It is a word of Python; choose another."),
        ("%signature QA request: sting -> answer", "Write str."),
    ],
)
def test_a_definition_that_cannot_be_says_what_to_write(line: str, message: str, shell: Shell) -> None:
    assert message in "\n".join(shell.fail(line))


def test_defaults_are_in_the_text(shell: Shell) -> None:
    shell.run("%signature QA question, limit: int = 3 -> answer, sure: bool = False")

    assert "input  limit: int (default 3)\n" in shell.text
    assert "output sure: one of: True, False (default False)" in shell.text
