"""`%%signature` and `%%module`."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbdspy.modules import ChainOfThought, Module
from nbdspy.signatures import SignatureType
from nbdspy.types import Tool

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


def test_a_module_may_be_written_as_a_class_with_others_beside_it(shell: Shell) -> None:
    value = shell.run(
        "%%module Careful\n"
        "class Hop(Module):\n"
        "    def __init__(self):\n        self.ask = Predict('question -> answer')\n\n"
        "class Careful(Module):\n"
        "    def __init__(self):\n        self.hop = Hop()\n\n"
        "    def forward(self, question):\n        return self.hop.ask(question=question)\n"
    )

    assert shell.user_ns["Careful"] is value
    assert type(value.hop) is shell.user_ns["Hop"]
    assert len(shell.shown) == 1


def test_a_class_that_needs_arguments_is_pointed_at(shell: Shell) -> None:
    text = "class Careful(Module):\n    def __init__(self, k):\n        self.k = k\n"

    said = "\n".join(shell.fail(f"%%module Careful\n{text}"))

    assert "UsageError in Careful, line 2, column 5" in said
    assert "    ^ Careful is made without arguments here" in said


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

    assert "input limit: int = 3\n" in shell.text
    assert "output sure: bool = False" in shell.text


WEATHER = '''%%tool weather
import datetime

UNITS = {"c": "°C"}

def _spelled(degrees):
    return f"{degrees} {UNITS['c']}"

def weather(city: str, day: datetime.date | None = None) -> str:
    """Say the weather of a city."""
    return f"{city}: {_spelled(len(city))}"
'''


class TestTools:
    def test_the_cells_function_is_bound_as_a_tool_and_shown(self, shell: Shell) -> None:
        value = shell.run(WEATHER)

        assert isinstance(value, Tool)
        assert shell.user_ns["weather"] is value
        assert (value.name, value.desc, list(value.args)) == ("weather", "Say the weather of a city.", ["city", "day"])
        assert shell.run("weather('Bonn', day='2026-01-02')") == "Bonn: 4 °C"
        shell.run(WEATHER)
        (shown,) = shell.shown
        assert shown["text/plain"].startswith("weather(city, day)\n  Say the weather of a city.\n  city: string")
        assert "What a model is told" in shown["text/html"]

    def test_running_the_cell_again_is_quiet_and_what_was_there_before_is_kept(self, shell: Shell) -> None:
        shell.run("weather = 'fine'")

        shell.run(WEATHER)
        assert "weather held a str, which is in _weather now." in shell.text
        shell.run(WEATHER)
        assert "which is in" not in shell.text
        assert shell.user_ns["_weather"] == "fine"

    def test_a_function_that_calls_itself_goes_on_as_a_tool(self, shell: Shell) -> None:
        shell.run(
            "%%tool fact\ndef fact(n: int) -> int:\n    'The factorial.'\n    return n and n * fact(n - 1) or 1\n"
        )

        assert shell.run("fact(n=5)") == 120

    def test_an_async_function_is_awaited_in_the_notebook(self, shell: Shell) -> None:
        shell.run("%%tool later\nasync def later(text: str) -> str:\n    'Say it.'\n    return text.upper()\n")

        assert shell.run("later(text='a')") == "A"
        assert shell.run("await later.acall(text='b')") == "B"

    @pytest.mark.parametrize(
        ("cell", "function"),
        [
            ("def fetch(city: str): return city", "fetch"),
            ("def _fetch(city: str): return city", "_fetch"),
            ("def _help(): ...\ndef fetch(city: str): return city", "fetch"),
            ("def help(): ...\ndef weather(city: str): return city", "weather"),
        ],
    )
    def test_the_function_is_the_one_of_its_name_or_the_only_one(self, cell: str, function: str, shell: Shell) -> None:
        tool = shell.run(f"%%tool weather\n{cell}\n")

        assert (tool.name, tool.func.__name__, tool("Bonn")) == ("weather", function, "Bonn")

    @pytest.mark.parametrize(
        ("cell", "said"),
        [
            ("%%tool\ndef f(): ...", "%%tool needs a name."),
            ("%%tool class\ndef f(): ...", "'class' cannot be the name of a variable."),
            ("%%tool weather\nx = 1", "The text defines no function.\nWrite `def weather(...)`"),
            ("%%tool weather\nclass A:\n    def f(self): ...", "The text defines no function."),
            (
                "%%tool weather\ndef a(): ...\ndef b(): ...",
                "a and b could each be the tool.\nCall the one that is meant weather, or the tool a or b",
            ),
            ("%%tool größe\ndef f(): ...", "'größe' cannot be a tool's name"),
            ("%%tool weather --now\ndef f(): ...", "%%tool has no option --now."),
        ],
    )
    def test_what_cannot_be_a_tool_says_what_to_write(self, cell: str, said: str, shell: Shell) -> None:
        lines = shell.fail(f"{cell}\n")

        assert said in "\n".join(lines)
        assert "weather" not in shell.user_ns

    def test_a_syntax_error_points_at_its_place(self, shell: Shell) -> None:
        lines = shell.fail("%%tool weather\nimport re\n\ndef weather(city str):\n    return city\n")

        assert lines[0].startswith("UsageError in weather, line 3, column 1")
        assert lines[1] == "  def weather(city str):"
        assert lines[2].lstrip().startswith("^ Python cannot read this: ")

    def test_an_error_of_the_cell_and_one_of_a_call_show_their_line(self, shell: Shell) -> None:
        assert "1 / 0" in "\n".join(shell.fail("%%tool weather\nx = 1 / 0\ndef weather(): ...\n"))
        shell.run("%%tool weather\ndef weather(city: str):\n    'Say it.'\n    return [][int(city)]\n")

        assert "return [][int(city)]" in "\n".join(shell.fail("weather(city='3')"))

    def test_what_a_model_is_not_told_is_said_under_it(self, shell: Shell) -> None:
        shell.run("%%tool weather\ndef weather(city, days: int = 1):\n    return city\n")
        shell.run("weather")

        assert "! It has no docstring" in shell.text
        assert "! city: no type" in shell.text

    def test_a_semicolon_shows_nothing(self, shell: Shell) -> None:
        shell.run("%%tool now;\ndef now(): return 1\n")

        assert shell.shown == []
        assert shell.user_ns["now"]() == 1
