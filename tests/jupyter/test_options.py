"""Reading what a magic's line says."""

from __future__ import annotations

from typing import TYPE_CHECKING

import pytest

from nbdspy.errors import UsageError
from nbdspy.jupyter import options
from nbdspy.jupyter.namespace import Namespace
from nbdspy.jupyter.options import Arguments, Option, read_line

if TYPE_CHECKING:
    from tests.jupyter.conftest import Shell

OPTIONS = (
    Option("--data", "DF", "rows", options.variable),
    Option("--metric", "METRIC", "how to score", options.variable_or_text),
    Option("--max-calls", "N", "at most", options.count),
    Option("--budget", "USD", "at most", options.amount),
    Option("--timeout", "TIME", "at most", options.seconds),
    Option("--with", "OPTIMIZER", "what searches", options.variable_or_text, key="optimizer"),
    Option("--out", "NAME", "result", options.new_name),
    Option("--plan", "", "only say what it would take"),
)


@pytest.fixture
def names(bare_shell: Shell) -> Namespace:
    return Namespace(bare_shell)


def read(text: str, names: Namespace) -> Arguments:
    return read_line(text, magic="%compile", options=OPTIONS, names=names)


def test_a_bare_name_is_looked_up_and_braces_are_evaluated(names: Namespace) -> None:
    names.values["rows"] = [1, 2, 3]

    assert read("qa --data rows", names).given == {"data": [1, 2, 3]}
    assert read("qa --data {rows[1:]}", names).given == {"data": [2, 3]}
    assert read("qa --data={rows[1:]}", names).given == {"data": [2, 3]}


def test_an_attribute_is_looked_up_too(names: Namespace) -> None:
    class splits:
        test = (1,)

    names.values["splits"] = splits

    assert read("qa --data splits.test", names).given == {"data": (1,)}


def test_a_metric_is_a_function_of_the_notebook_or_a_text(names: Namespace) -> None:
    def mine() -> float:
        return 1.0

    names.values.update(mine=mine, f1=0.8)

    assert read("qa --metric mine", names).given == {"metric": mine}
    assert read("qa --metric f1", names).given == {"metric": "f1"}
    assert read('qa --metric "exact match"', names).given == {"metric": "exact match"}


def test_options_go_by_the_names_of_the_function_behind_them(names: Namespace) -> None:
    given = read("qa --max-calls 50 --timeout 10m --with random_search --plan", names).given

    assert given == {"max_calls": 50, "timeout": 600.0, "optimizer": "random_search", "plan": True}


@pytest.mark.parametrize(("text", "seconds"), [("90s", 90.0), ("1h", 3600.0), ("1.5m", 90.0), ("12", 12.0)])
def test_times(text: str, seconds: float, names: Namespace) -> None:
    assert read(f"qa --timeout {text}", names).given == {"timeout": seconds}


def test_a_signature_before_the_options_is_one_word(names: Namespace) -> None:
    arguments = read("question, context: list[str] -> answer --metric f1", names)

    assert [word.text for word in arguments.targets] == ["question, context: list[str] -> answer"]
    assert arguments.given == {"metric": "f1"}


@pytest.mark.parametrize(
    ("text", "message", "hint", "marked"),
    [
        ("qa --dta x", "no option --dta", "Did you mean --data?", "--dta"),
        ("qa --data", "--data needs a value", "Write --data DF.", "--data"),
        ("qa --data --plan", "--data needs a value", "Write --data DF.", "--data"),
        ("qa --data rws", "no variable 'rws'", "Did you mean rows?", "rws"),
        (
            "qa --data 'test.csv'",
            "'test.csv' is a file, not a variable",
            "Read it first, by pandas or by nbdspy.data.read_table('test.csv'), and give its name.",
            "'test.csv'",
        ),
        ("qa --data 3x", "'3x' is not a variable", "An expression stands in braces: {3x}.", "3x"),
        ("qa --max-calls many", "'many' is not a whole number", "Write the number.", "many"),
        ("qa --max-calls 0", "0 is too little", "Write a number above 0.", "0"),
        ("qa --max-calls -3", "-3 is too little", "Write a number above 0.", "-3"),
        ("qa --budget -1", "-1 is too little", "Write a number above 0.", "-1"),
        ("qa --timeout 0", "0 is too little", "Write a number above 0.", "0"),
        ("qa --timeout soon", "'soon' is not a time", "Write the number.", "soon"),
        ("qa --out 2nd", "'2nd' cannot be the name", "Use letters, digits and _.", "2nd"),
        ("qa --plan --plan", "--plan is given twice", "Keep one.", "--plan"),
    ],
)
def test_a_mistake_is_three_lines_with_a_caret(
    text: str, message: str, hint: str, marked: str, names: Namespace
) -> None:
    names.values["rows"] = [1]

    with pytest.raises(UsageError) as caught:
        read(text, names)

    where, typed, caret = caught.value.lines()
    assert where.startswith("UsageError in %compile, line 1, column ")
    start = caret.index("^")
    assert typed[start : start + caret.count("^")] == marked
    assert message in caret
    assert hint in caret


def test_one_target_too_many_is_pointed_at(names: Namespace) -> None:
    with pytest.raises(UsageError, match="one word too many"):
        read("qa other", names).target("a program")


def test_a_missing_target_says_where_to_look(names: Namespace) -> None:
    with pytest.raises(UsageError, match=r"%compile needs a program\. See %compile\? for an example\."):
        read("--plan", names).target("a program")
