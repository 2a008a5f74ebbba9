"""Checks: every assertion is asked, and one that fails shows its line, what stood on its sides, and the hint."""

from __future__ import annotations

import warnings
from typing import Any

import pytest

from nbdspy import configuration
from nbdspy.checks import Checked, check, checked
from nbdspy.data import Prediction
from nbdspy.errors import BudgetExceeded, CheckFailed, UsageError
from nbdspy.models import Budget, spending
from nbdspy.modules import Predict
from nbdspy.testing import FakeLM
from nbdspy.testing.fake import chat_text
from nbdspy.views.check import card

EXERCISE = """
# To be woken is an alarm.
# Say so in the instruction.
assert helper(request="wake me").intent == "alarm"
assert helper(request="wake me").intent in ("timer", "alarm")
"""


def helper(request: str) -> Prediction:
    return Prediction(intent="timer")


def found(text: str, **scope: Any) -> Checked:
    return checked(text, "Exercise 1", scope={"helper": helper, **scope})


def why(text: str, **scope: Any) -> list[str]:
    """What is said of the only assertion that fails."""
    (failure,) = found(text, **scope).failures
    return [line.strip() for line in list(failure.lines())[1:]]


def test_a_failed_assertion_shows_its_line_both_sides_what_went_into_them_and_its_hint() -> None:
    with pytest.raises(CheckFailed) as caught:
        check(EXERCISE, "Exercise 1", points=2)

    assert str(caught.value).splitlines() == [
        "Exercise 1: failed, 1 of 2 assertions failed, 0 of 2 points",
        'line 4: assert helper(request="wake me").intent == "alarm"',
        "    'timer' == 'alarm'",
        "    helper(request=\"wake me\") is Prediction(intent='timer')",
        "    Hint: To be woken is an alarm. Say so in the instruction.",
    ]
    assert isinstance(caught.value, AssertionError)


def test_a_check_that_passes_says_what_it_found() -> None:
    result = check("assert helper(request='x').intent == 'timer'", points=2)

    assert result.is_passed
    assert result.earned == 2
    assert result.summary == "Check: passed, 1 assertion held, 2 of 2 points"


def test_the_callers_variables_are_seen_local_ones_too_and_none_is_changed() -> None:
    mine = 3

    check("assert mine == 3\nmine = 4\nother = 5\nassert mine + other == 9")

    assert mine == 3
    assert "other" not in globals()


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("assert x", ["x is []"]),
        ("assert not 3 in (y, 4)", ["y is 3", "(y, 4) is (3, 4)"]),
        ("assert y < 2 or x == [1]", ["y is 3", "x is []"]),
        ("assert 0 < y < 2 < 9", ["0 < 3 < 2"]),
        ("assert isinstance(x, dict)", ["x is []"]),
        ("assert all(one > y for one in [4, 1])", ["(one > y for one in [4, 1]) is <generator object <genexpr>>"]),
        ("assert y == 4, f'{y} is too little'", ["3 == 4", "3 is too little"]),
        ("assert (z := y) > 4", ["3 > 4", "y is 3"]),
        ("assert y / 0 > 1", ["ZeroDivisionError: division by zero", "y is 3"]),
        ("assert (\n    y ==\n    4\n)  # count", ["3 == 4", "Hint: count"]),
    ],
)
def test_what_is_said_of_an_assertion(text: str, said: list[str]) -> None:
    assert why(text, x=[], y=3) == said


def test_a_value_is_made_once_and_only_if_python_would_make_it() -> None:
    asked: list[int] = []

    def ask(number: int) -> int:
        asked.append(number)
        return number

    found("assert ask(1) > 2 and ask(2) > 3\nassert ask(3) == 3 or ask(4)\nassert ask(5) > ask(6) > ask(7)", ask=ask)

    assert asked == [1, 3, 5, 6]


def test_of_long_texts_the_part_is_shown_where_they_differ() -> None:
    (said, *_) = why("assert one == other", one="a" * 400 + "b", other="a" * 400 + "c")

    assert said == f"…'{'a' * 30}b' == …'{'a' * 30}c'"


def test_a_loop_says_how_often_and_shows_the_first() -> None:
    said = why("for one in (1, 2, 3):\n    assert one < 2, f'{one} is too much'")

    assert said == ["failed 2 of 3 times; the first time:", "2 < 2", "2 is too much"]


def test_what_follows_a_failed_assertion_is_asked_too() -> None:
    result = found("assert 1 == 2\nassert 2 == 2\nassert 3 == 2")

    assert [one.line for one in result.failures] == [1, 3]


def test_an_error_outside_of_an_assertion_ends_the_check_and_says_where() -> None:
    result = found("assert 1 == 1\nthing = helpr(request='x')\nassert thing")

    assert not result.is_passed
    assert result.ended == "Line 2 raised NameError: There is no 'helpr'. Did you mean helper?"
    assert "ended early" in result.summary


def test_an_assertion_that_is_not_reached_does_not_fail_and_is_told() -> None:
    text = "try:\n    int('x')\nexcept ValueError:\n    pass\nelse:\n    assert False\nassert True"

    assert found(text).counts == "1 assertion held, 1 not reached"


def test_a_name_that_is_missing_is_told_with_the_nearest() -> None:
    assert why("assert helpr(request='x') == 3") == ["NameError: There is no 'helpr'. Did you mean helper?"]


def test_what_every_call_would_meet_ends_the_check() -> None:
    lm = FakeLM(lambda request: chat_text({"answer": "42"}), free=False)
    text = "for n in range(5):\n    assert ask(question=str(n)).answer == '42'"

    with configuration.context(lm=lm), spending(Budget(calls=2)):
        result = found(text, ask=Predict("question -> answer"))

    assert result.ended.startswith(f"Line 2 raised {BudgetExceeded.__name__}: The limit of 2 calls is reached")
    assert "\n".join(result.lines()).count("The limit of 2 calls is reached") == 1
    assert card(result, volatile=False).html().count("The limit of 2 calls is reached") == 1
    assert result.spent.calls == 2


def test_comments_of_graders_are_no_hints() -> None:
    text = "### BEGIN HIDDEN TESTS\n# HIDDEN\nassert helper(request='x').intent == 'alarm'\n### END HIDDEN TESTS\n"

    assert found(text).failures[0].hint == ""


def test_warnings_and_stderr_stay_in_the_check(capsys: pytest.CaptureFixture[str]) -> None:
    text = "import sys, warnings\nwarnings.warn('a near tie')\nprint('loading', file=sys.stderr)\nassert True"

    with warnings.catch_warnings():
        warnings.simplefilter("always")
        result = found(text)

    assert result.is_passed
    assert result.notes == ("UserWarning: a near tie", "loading")
    assert capsys.readouterr().err == ""


def test_no_key_is_said() -> None:
    key = "sk-proj-Zm9vYmFyYmF6cXV4MTIzNDU2Nzg5MDEy"
    text = "assert [key] == ['none'], key\nassert key == 'x' * 400\nraise ValueError(key)"

    assert key[:20] not in "\n".join(found(text, key=key).lines())


def test_a_value_whose_repr_fails_is_no_error_of_the_check() -> None:
    class Odd:
        def __repr__(self) -> str:
            raise RuntimeError("no")

    assert "<Odd instance>" in why("assert odd == 3", odd=Odd())[0]


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "Exercise 1 asserts nothing. Write `assert …`"),
        ("x = 1", "Exercise 1 asserts nothing."),
        ("assert 1 ==", r"Python cannot read this: invalid syntax"),
        ("%evaluate Intent", "A check has no magics"),
        ("return 3", "'return' outside function"),
        ("assert '\0'", "Python cannot read this"),
    ],
)
def test_a_text_that_cannot_be_a_check_is_refused(text: str, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        found(text)


@pytest.mark.parametrize("points", [-1, float("nan"), "2"])
def test_points_are_a_number_from_0(points: Any) -> None:
    with pytest.raises(UsageError, match="points cannot be"):
        checked("assert True", points=points)


def test_a_tuple_and_a_list_are_told_apart() -> None:
    assert why("assert pair == (1, 1)", pair=[1, 1])[0] == "[1, 1] == (1, 1)"


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("for one in x:\n    # See that x holds them.\n    assert one", "did the loop in line 1 have nothing"),
        ("while x:\n    # See that x holds them.\n    assert x.pop()", "did the loop in line 1 have nothing"),
        ("def ask(one):\n    # See that x holds them.\n    assert one", "was ask, defined in line 1, not called?"),
        ("for one in x:\n    for two in one:\n        # See that x holds them.\n        assert two", "line 1"),
        ("for one in [x]:\n    for two in one:\n        # See that x holds them.\n        assert two", "line 2"),
        ("for one in x:\n    if one:\n        # See that x holds them.\n        assert one", "line 1"),
    ],
)
def test_an_assertion_that_nothing_came_to_is_not_held_and_says_which_line(text: str, said: str) -> None:
    result = checked(f"{text}\nassert True", points=2, scope={"x": []})

    (failure,) = result.failures
    lines = list(failure.lines())
    assert not result.is_passed
    assert result.earned == 0
    assert result.counts == "1 of 2 assertions failed"
    assert lines[0].startswith("line ")
    assert "never asked: " in lines[1]
    assert said in lines[1]
    assert lines[2:] == ["    Hint: See that x holds them."]


@pytest.mark.parametrize(
    "text",
    [
        "if x:\n    for one in x:\n        assert one",
        "for one in [1, 2]:\n    if one > 2:\n        assert False",
        "for one in x:\n    pass\nelse:\n    assert True\nfor one in [1]:\n    break\nelse:\n    assert False",
        "try:\n    int('x')\n    assert False\nexcept ValueError:\n    pass",
        "match x:\n    case [_]:\n        assert False",
        "import contextlib\nwith contextlib.suppress(ValueError):\n    int('x')\n    assert False",
        "if x:\n    def ask(one):\n        assert one",
        "def ask(one):\n    assert one\nask(1)",
    ],
)
def test_an_assertion_that_a_branch_leaves_out_is_no_failure(text: str) -> None:
    assert found(f"{text}\nassert True", x=[]).is_passed


@pytest.mark.parametrize("text", ["if x:\n    assert x", "for one in x:\n    assert one", "def f():\n    assert False"])
def test_a_check_that_asks_nothing_earns_nothing(text: str) -> None:
    result = checked(text, points=2, scope={"x": []})

    assert not result.is_passed
    assert result.earned == 0
    assert result.summary.startswith("Check: failed, ")
    with pytest.raises(CheckFailed):
        raise result.error()


def test_after_an_early_end_what_was_not_reached_is_not_blamed() -> None:
    result = found("for one in x:\n    assert one\nx[0]\nassert x", x=[])

    assert result.failures == ()
    assert result.ended.startswith("Line 3 raised IndexError")
