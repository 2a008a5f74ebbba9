"""What a function of the user's is known by: its text and what was set in it, and nothing of this machine."""

from __future__ import annotations

import functools
import linecache
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbdspy import Embedder
from nbdspy.errors import CassetteMiss
from nbdspy.models import use_cassette
from nbdspy.models.fingerprint import fingerprint


def defined(text: str, file: str) -> Any:
    """The function `f` of a cell, whose text is known as IPython makes it known."""
    linecache.cache[file] = (len(text), None, text.splitlines(keepends=True), file)
    known: dict[str, Any] = {}
    exec(compile(text, file, "exec"), known)
    return known["f"]


def scaled(by: Any) -> Callable[..., Any]:
    return lambda texts: [[by] for _ in texts]


def test_the_same_text_elsewhere_is_the_same_function() -> None:
    here = defined("def f(texts):\n    return texts\n", "<one>")
    there = defined("x = 1\nif x:\n    def f(texts):\n        return texts\n", "<two>")

    assert fingerprint(here) == fingerprint(there)


def test_another_text_is_another_function() -> None:
    one = defined("def f(texts):\n    return texts\n", "<one>")
    other = defined("def f(texts):\n    return texts[::-1]\n", "<two>")

    assert fingerprint(one) != fingerprint(other)


def test_lambdas_of_one_line_are_told_apart_and_the_rest_of_the_line_is_not_seen() -> None:
    pair = defined('f = "ü", lambda texts: [len("ü"), 1], lambda texts: (\n    [2])\n', "<pair>")
    alone = defined('f = lambda texts: [len("ü"), 1]\n', "<alone>")

    _, first, second = pair
    assert fingerprint(first) != fingerprint(second)
    assert fingerprint(first) == fingerprint(alone)


def test_what_was_set_in_a_function_counts() -> None:
    def power(texts: Any, by: int = 2, *, base: int = 1) -> Any: ...

    partial = functools.partial
    before = fingerprint(power)
    power.__defaults__ = (3,)

    assert before != fingerprint(power)
    assert fingerprint(scaled(1)) != fingerprint(scaled(2)) != fingerprint(scaled([2]))
    assert fingerprint(scaled(scaled(1))) != fingerprint(scaled(scaled(2)))
    assert fingerprint(partial(power, by=1)) != fingerprint(partial(power, by=2)) != fingerprint(power)


def test_what_differs_in_every_process_does_not_count() -> None:
    assert fingerprint(scaled(object())) == fingerprint(scaled(object()))
    assert fingerprint(Path("a").joinpath) == fingerprint(Path("b").joinpath)


def test_what_a_function_wraps_counts_and_so_does_the_wrapper() -> None:
    def halved(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(texts: Any) -> Any:
            return function(texts) / 2

        return wrapper

    assert len({fingerprint(each) for each in (scaled(1), halved(scaled(1)), halved(scaled(2)))}) == 3
    assert fingerprint(functools.cache(scaled(1))) == fingerprint(scaled(1))


def test_an_object_that_is_called_is_known_by_what_is_called() -> None:
    class Model:
        def __call__(self, texts: Any) -> Any: ...

        def encode(self, texts: Any) -> Any:
            return self(texts)

    assert fingerprint(Model()) == fingerprint(Model()) == fingerprint(Model.__call__)
    assert fingerprint(Model().encode) == fingerprint(Model.encode) != fingerprint(Model())


def test_a_function_may_hold_itself_and_need_not_have_a_text() -> None:
    def again(texts: Any) -> Any:
        return again(texts)

    known: dict[str, Any] = {}
    exec("def f(texts): ...", known)

    assert fingerprint(again) == fingerprint(again)
    assert fingerprint(sorted) == fingerprint(sorted) != fingerprint(len)
    assert fingerprint(known["f"]) != fingerprint(again)


def test_a_changed_function_is_not_answered_by_what_the_old_one_said(tmp_path: Path) -> None:
    path = tmp_path / "x.jsonl"
    before = defined("def f(texts):\n    return [[1.0]] * len(texts)\n", "<before>")
    with use_cassette("record", path):
        Embedder(before)("a")

    after = defined("def f(texts):\n    return [[2.0]] * len(texts)\n", "<after>")

    with use_cassette("replay", path):
        with pytest.raises(CassetteMiss, match=r"- fingerprint: .*\n.*\+ fingerprint: "):
            Embedder(after)("a")
        assert Embedder(before)("a").tolist() == [1.0]


def test_a_partial_goes_by_the_name_of_its_function() -> None:
    assert repr(Embedder(functools.partial(scaled, 1))) == "Embedder('scaled')"
