"""The error tree, and how errors read."""

import copy
import inspect
import pickle
import re
import threading
import warnings
from typing import Any

import pytest

from nbdspy import errors
from nbdspy.errors import (
    NbdspyError,
    ParseError,
    Place,
    RateLimited,
    SignatureError,
    Stopped,
    TooManyErrors,
    UsageError,
    did_you_mean,
    warn_caller,
)

CLASSES = {
    name: thing
    for name, thing in vars(errors).items()
    if inspect.isclass(thing) and issubclass(thing, BaseException) and thing.__module__ == errors.__name__
}


def drawn() -> dict[str, set[str]]:
    """Each class that the docstring draws, with the bases that it draws."""
    tree: dict[str, set[str]] = {}
    above: list[str] = []
    for line in (errors.__doc__ or "").splitlines():
        found = re.match(r"([│├└─ ]*)([A-Z]\w+)(?: \((\w+)\))?", line)
        if not found or line.startswith("Everything"):
            continue
        depth = len(found[1]) // 4
        above[depth:] = [found[2]]
        tree[found[2]] = {above[depth - 1]} if depth else set()
        tree[found[2]] |= {found[3]} if found[3] else set()
    return tree


def test_the_docstring_draws_every_error() -> None:
    assert set(drawn()) == set(CLASSES)


@pytest.mark.parametrize("name", CLASSES)
def test_an_error_has_the_bases_that_are_drawn(name: str) -> None:
    bases = {base.__name__ for base in CLASSES[name].__bases__} - {"Exception"}

    assert bases == drawn()[name]


def test_what_users_type_and_models_reply_are_value_errors_and_a_stop_is_an_interrupt() -> None:
    assert issubclass(UsageError, ValueError)
    assert issubclass(ParseError, ValueError)
    assert issubclass(Stopped, KeyboardInterrupt)
    assert not issubclass(Stopped, Exception)


@pytest.mark.parametrize("error", [*(kind for kind in CLASSES.values())], ids=CLASSES)
def test_every_error_says_what_it_is_for(error: type) -> None:
    assert (error.__doc__ or "").strip().endswith(".")


class TestReading:
    PLACE = Place("the signature", 2, 11, "question: strng", width=5)

    def test_an_error_with_a_place_is_three_lines_with_a_caret_and_the_hint(self) -> None:
        error = SignatureError("'strng' is no type.", hint="Did you mean str?", place=self.PLACE)

        assert error.lines() == [
            "SignatureError in the signature, line 2, column 11",
            "  question: strng",
            "            ^^^^^ 'strng' is no type. Did you mean str?",
        ]

    def test_a_notebook_shows_those_lines(self) -> None:
        error = SignatureError("'strng' is no type.", place=self.PLACE)

        assert error._render_traceback_() == error.lines()
        assert Stopped("3 of 5 are scored.")._render_traceback_() == ["Stopped: 3 of 5 are scored."]

    def test_as_text_it_leaves_its_kind_to_python(self) -> None:
        placed = SignatureError("'strng' is no type.", place=self.PLACE)

        assert str(placed) == "  question: strng\n            ^^^^^ 'strng' is no type."
        assert str(UsageError("It is empty.", hint="Give one.")) == "It is empty. Give one."
        assert str(UsageError("It is empty.")) == "It is empty."

    @pytest.mark.parametrize("said", ["it broke", "it is 'x'", "it is 'x.'", "Why?", "(it is cut off)"])
    def test_a_hint_begins_a_sentence_of_its_own(self, said: str) -> None:
        ended = said if said in ("it is 'x.'", "Why?") else f"{said}."

        assert str(UsageError(said, hint="Try again.")) == f"{ended} Try again."
        placed = UsageError(said, hint="Try again.", place=self.PLACE)
        assert placed.lines()[-1].endswith(f"^ {ended} Try again.")

    def test_the_hint_of_a_message_of_several_lines_is_a_line_of_its_own(self) -> None:
        assert str(UsageError("one\ntwo", hint="Give one.")) == "one\ntwo\nGive one."

    def test_without_a_place_there_is_the_message_and_the_hint(self) -> None:
        assert UsageError("It is empty.", hint="Give one.").lines() == ["UsageError: It is empty.", "Give one."]
        assert UsageError("It is empty.").lines() == ["UsageError: It is empty."]

    def test_the_caret_stands_under_the_mistake_after_a_tab_and_past_the_end(self) -> None:
        assert Place("a cell", 1, 3, "\tx: strng").lines() == ["  \tx: strng", "  \t ^"]
        assert Place("a cell", 1, 6, "x:", width=0).lines() == ["  x:", "       ^"]


class TestWhatErrorsHold:
    def test_a_parse_error_keeps_the_reply_the_field_and_what_was_expected(self) -> None:
        error = ParseError("no", reply="all of it", field="answer", expected="int", hint="Ask again.")

        assert (error.reply, error.field, error.expected, error.hint) == ("all of it", "answer", "int", "Ask again.")

    def test_a_rate_limit_may_pass(self) -> None:
        assert RateLimited("slow down", retry_after=2.0).transient

    def test_a_models_error_says_what_is_known_of_it(self) -> None:
        error = RateLimited("slow down", model="m", status=429, retry_after=2.0, request_id="r")

        assert (error.code, error.model, error.status, error.retry_after) == ("rate_limit", "m", 429, 2.0)
        assert (error.request_id, error.provider, error.provider_code) == ("r", None, None)

    def test_failures_are_kept(self) -> None:
        assert TooManyErrors("stop", failures=(1, 2)).failures == [1, 2]

    def test_a_stop_holds_what_was_finished(self) -> None:
        assert Stopped("2 trials", result=[1, 2]).result == [1, 2]

    @pytest.mark.parametrize("again", [copy.copy, lambda error: pickle.loads(pickle.dumps(error))])
    def test_an_error_survives_a_copy_and_another_process(self, again) -> None:
        error = again(ParseError("no", reply="all", field="answer", hint="Ask again."))

        assert (str(error), error.reply, error.field) == ("no. Ask again.", "all", "answer")


class TestDidYouMean:
    @pytest.mark.parametrize(("word", "meant"), [("anwser", "answer"), ("ANSWER", "answer"), ("lM", "LM")])
    def test_a_near_word_is_suggested_as_it_is_written(self, word: str, meant: str) -> None:
        assert did_you_mean(word, ["question", "answer", "LM"]) == f"Did you mean {meant}?"

    def test_the_dashes_of_options_do_not_make_them_alike(self) -> None:
        assert did_you_mean("--auto", ["--out", "--metric"]) is None
        assert did_you_mean("--metrc", ["--out", "--metric"]) == "Did you mean --metric?"

    def test_nothing_near_suggests_nothing(self) -> None:
        assert did_you_mean("temperature", ["question", "answer"]) is None
        assert did_you_mean("", ["question"]) is None
        assert did_you_mean("question", iter([])) is None


def test_one_net_catches_all_but_the_interrupt_and_the_warning() -> None:
    assert [name for name, kind in CLASSES.items() if not issubclass(kind, NbdspyError)] == [
        "CompileWarning",
        "Stopped",
    ]


@pytest.mark.parametrize("between", ["nbdspy.modules.react", "IPython.core.interactiveshell"])
def test_a_warning_is_about_the_users_line_and_not_about_code_between(between: str) -> None:
    inner: dict[str, Any] = {"__name__": "nbdspy.modules.react", "warn_caller": warn_caller}
    exec(compile("def warn():\n    warn_caller('!')", "inside.py", "exec"), inner)
    outer: dict[str, Any] = {"__name__": between, "warn": inner["warn"]}
    exec(compile("def run():\n    warn()", "/home/somebody/between.py", "exec"), outer)

    with pytest.warns(UserWarning, match="!") as told:
        outer["run"]()

    assert told[0].filename == __file__


def test_a_warning_on_a_thread_of_ours_names_no_file_of_pythons() -> None:
    inner: dict[str, Any] = {"__name__": "nbdspy.runtime", "warn_caller": warn_caller}
    exec(compile("def warn():\n    warn_caller('!')", "inside.py", "exec"), inner)

    thread = threading.Thread(target=inner["warn"])
    with warnings.catch_warnings(record=True) as told:
        warnings.simplefilter("always")
        thread.start()
        thread.join()

    assert told[0].filename == "sys"
