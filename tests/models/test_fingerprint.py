"""What a function of the user's is known by: its text and what was set in it, and nothing of this machine."""

from __future__ import annotations

import copy
import functools
import json
import linecache
import os
import re
import subprocess
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from xmlrpc.client import ServerProxy

import numpy as np
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


@dataclass(frozen=True)
class Weights:
    """Values by name, one of which is not theirs to be told by."""

    by: Any
    seen: list[str] = field(default_factory=list, compare=False)

    def encode(self, texts: Any) -> Any:
        """The same for every text."""
        return [[self.by] for _ in texts]

    def __call__(self, texts: Any) -> Any:
        """The same for every text."""
        return self.encode(texts)


VALUES: list[tuple[Any, Any]] = [
    ({"a", "b"}, {"a", "c"}),
    (frozenset({1, (2, 3)}), frozenset({1, (2, 4)})),
    (b"one", b"two"),
    (bytearray(b"one"), bytearray(b"two")),
    (range(3), range(0, 3, 2)),
    (1j, 2j),
    (re.compile("a"), re.compile("b")),
    (re.compile("a"), re.compile("a", re.IGNORECASE)),
    (np.array([1.0, 2.0]), np.array([1.0, 3.0])),
    (np.zeros((2, 3)), np.zeros((3, 2))),
    (np.zeros(2, dtype="<f4"), np.zeros(2, dtype="<i4")),
    (np.array(["a", None], dtype=object), np.array(["b", None], dtype=object)),
    (np.float32(1), np.float32(2)),
    (Weights(by=[1]), Weights(by=[2])),
    ({"deep": [{"x": {1, 2}}]}, {"deep": [{"x": {1, 3}}]}),
    ("a" * 5_000, "a" * 5_000 + "b"),
    ([0.5] * 5_000, [0.5] * 5_001),
]


@pytest.mark.parametrize(("one", "other"), VALUES)
def test_values_of_many_kinds_are_told_apart_by_what_they_hold(one: Any, other: Any) -> None:
    assert fingerprint(scaled(one)) == fingerprint(scaled(copy.deepcopy(one))) != fingerprint(scaled(other))


def test_another_array_is_not_answered_by_what_the_old_one_gave(tmp_path: Path) -> None:
    def by(weights: Any) -> Callable[[list[str]], Any]:
        return lambda texts: [weights for _ in texts]

    with use_cassette("record", tmp_path / "x.jsonl"):
        Embedder(by(np.array([1.0])))("a")

    with use_cassette("replay", tmp_path / "x.jsonl"):
        with pytest.raises(CassetteMiss):
            Embedder(by(np.array([2.0])))("a")
        assert Embedder(by(np.array([1.0])))("a").tolist() == [1.0]


def test_a_dataclass_counts_where_it_is_called_too_but_for_fields_that_do_not_compare() -> None:
    one, other = Weights(by=1), Weights(by=2)

    assert fingerprint(one) == fingerprint(Weights(by=1, seen=["a"])) != fingerprint(other)
    assert fingerprint(one.encode) == fingerprint(Weights(by=1).encode) != fingerprint(other.encode)


def test_the_order_of_a_set_is_that_of_no_process() -> None:
    code = "from tests.models.test_fingerprint import *; print(fingerprint(scaled({*'abcdefgh', b'i', None})))"

    said = {
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed},
            cwd=Path(__file__).parents[2],
            capture_output=True,
            check=True,
        ).stdout
        for seed in "123"
    }

    assert len(said) == 1


def test_an_object_that_answers_to_every_name_is_known_by_its_class() -> None:
    one, other = ServerProxy("http://127.0.0.1:9/one"), ServerProxy("http://127.0.0.1:9/other")

    class Willing:
        def __getattr__(self, name: str) -> Any:
            asked.append(name)
            return self

    asked: list[str] = []
    assert fingerprint(scaled(one)) == fingerprint(scaled(other)) != fingerprint(scaled(object()))
    assert fingerprint(scaled(Willing())) == fingerprint(scaled(Willing()))
    assert asked == []


def test_what_is_deep_or_has_no_end_is_told_as_far_as_can_be() -> None:
    def nested(value: Any, times: int) -> Any:
        return functools.reduce(lambda inner, _: [inner], range(times), value)

    endless: list[Any] = [1]
    endless.append(endless)

    assert fingerprint(scaled(nested(1, 30))) != fingerprint(scaled(nested(2, 30)))
    assert fingerprint(scaled(nested(1, 5_000))) == fingerprint(scaled(nested(2, 5_000)))
    assert fingerprint(scaled(endless)) == fingerprint(scaled(endless))


def test_what_is_held_in_many_places_is_described_once_and_counts_as_if_it_were_many() -> None:
    def doubled(value: Any, times: int) -> Any:
        return functools.reduce(lambda inner, _: [inner, inner], range(times), value)

    assert fingerprint(scaled(doubled(["a"], 40))) != fingerprint(scaled(doubled(["b"], 40)))
    assert fingerprint(scaled(doubled(["a"], 10))) == fingerprint(scaled(json.loads(json.dumps(doubled(["a"], 10)))))


def test_plain_functions_keep_the_key_that_cassettes_have() -> None:
    plain = defined("def f(texts, by=2):\n    return [[by]] * len(texts)\n", "<plain>")

    assert fingerprint(plain) == "bc90172c416856dc"
    assert fingerprint(functools.partial(plain, by=[1, {"a": None}])) == "8582c38ed748b75c"


def test_wrappers_of_one_function_are_told_apart_by_their_own_text() -> None:
    def half(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(texts: Any) -> Any:
            return function(texts) / 2

        return wrapper

    def third(function: Any) -> Any:
        @functools.wraps(function)
        def wrapper(texts: Any) -> Any:
            return function(texts) / 3

        return wrapper

    def named(texts: Any) -> Any: ...

    assert fingerprint(half(named)) != fingerprint(third(named))
    assert fingerprint(half(scaled(1))) != fingerprint(third(scaled(1)))


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
