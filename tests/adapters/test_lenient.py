"""JSON as models write it: what is read, what is refused, what is known to be cut off."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.adapters.lenient import CUT, NotJSON, find, goes_on, load

READ: list[tuple[str, Any]] = [
    ('{"a": 1,}', {"a": 1}),
    ('{"a": 1,, "b": 2}', {"a": 1, "b": 2}),
    ('{"a": 1; "b": 2}', {"a": 1, "b": 2}),
    ('{"a": 1 "b": 2}', {"a": 1, "b": 2}),
    ('{"a": "x"\n"b": "y"}', {"a": "x", "b": "y"}),
    ('{"a": 1, /* c */ "b": 2 // z\n}', {"a": 1, "b": 2}),
    ('{"a": "x", # of Python\n "b": 2}', {"a": "x", "b": 2}),
    ('{"a": "x // y", "u": "http://x"}', {"a": "x // y", "u": "http://x"}),
    ('{a: 1, b: two words, c: "x"}', {"a": 1, "b": "two words", "c": "x"}),
    ("{a: don't know, b: 2}", {"a": "don't know", "b": 2}),
    ("{'a': 'it's fine', 'b': 'the dogs' tails'}", {"a": "it's fine", "b": "the dogs' tails"}),
    ("{'a': None, 'b': True, 'c': (1, 2), 'd': {1, 2}}", {"a": None, "b": True, "c": [1, 2], "d": [1, 2]}),
    ("{“a”: “x”, «b»: 「y」}", {"a": "x", "b": "y"}),
    ('{"a": "he said "hi" to me", "b": 2}', {"a": 'he said "hi" to me', "b": 2}),
    ('{"a": "line\nbreak"}', {"a": "line\nbreak"}),
    ('{"a": """x "y" z"""}', {"a": 'x "y" z'}),
    (r"""{'a': '\d \x41 \'\ud83d\ude00\'', "b": "\\"}""", {"a": r"\d A '😀'", "b": "\\"}),
    ('{"a": 1,000, "b": +5, "c": .5, "d": 007}', {"a": "1,000", "b": "+5", "c": ".5", "d": "007"}),
    ('{"a": TRUE, "b": undefined, "c": Infinity}', {"a": True, "b": None, "c": float("inf")}),
    ('{"a" = 1, "b" => 2, "c":: 3, "d" 4}', {"a": 1, "b": 2, "c": 3, "d": 4}),
    ('{a": 1, "b: 2, ""c"": 3}', {"a": 1, "b": 2, "c": 3}),
    ('{"a": ""x", "b": "y"", "c": z"}', {"a": "x", "b": "y", "c": "z"}),
    ('{"a": "one, "b": ["x"]}', {"a": "one", "b": ["x"]}),
    ('{"a": ["x", "y"}', {"a": ["x", "y"]}),
    ('{{"a": 1}}', {"a": 1}),
    ("[red, green]", ["red", "green"]),
    ('["a" "b"]', ["a", "b"]),
    ("[]", []),
]


@pytest.mark.parametrize(("text", "value"), READ)
def test_what_can_mean_but_one_thing_is_read(text: str, value: Any) -> None:
    assert find(f"so: {text} and", 4).value == value
    assert load(text) == value


REFUSED = [
    *("", "so", '{"a": 1, "a": 2}', '{"a": "one", "two"}', '{"a": "one" + "two"}', '{"a": "5" wide"}'),
    *('{"a": }', '{"a": ...}', '["x", ...]', "{1: 2] 3", '{"a": "x}, "b": "y"}', "[" * 5_000),
]


@pytest.mark.parametrize("text", REFUSED, ids=lambda text: text[:20])
def test_what_could_mean_two_things_is_refused(text: str) -> None:
    with pytest.raises(NotJSON):
        load(text)


@pytest.mark.parametrize(
    ("text", "value", "unfinished"),
    [
        ('{"a": "Par', {"a": CUT}, "a"),
        ('{"a": "Par\\', {"a": CUT}, "a"),
        ('{"a": 1, "b": 4', {"a": 1, "b": CUT}, "b"),
        ('{"a": 1, "b": tr', {"a": 1, "b": CUT}, "b"),
        ('{"a": 1, "b": [1, 2', {"a": 1, "b": [1, CUT]}, "b"),
        ('{"a": 1, "b": ["x"', {"a": 1, "b": ["x"]}, "b"),
        ('{"a": 1, "b', {"a": 1}, None),
        ('{"a": "x"', {"a": "x"}, None),
        ('["x", "y', ["x", CUT], None),
    ],
)
def test_what_the_end_cuts_off_is_known(text: str, value: Any, unfinished: str | None) -> None:
    found = find(text)

    assert (found.value, found.is_open, found.unfinished) == (value, True, unfinished)


def test_a_whole_text_may_lack_its_last_bracket_but_not_one_inside() -> None:
    assert load('{"a": 1, "b": [2]') == {"a": 1, "b": [2]}
    with pytest.raises(NotJSON):
        load('{"a": {"b": 1, "c": 2}')


def test_what_goes_on_behind_a_value_was_ended_too_early() -> None:
    text = '{"a": {"b": 1}}, "c": 2}'

    assert goes_on(text, find(text).end) == "member"
    assert goes_on('{"a": 1}, {"b": 2}', 8) == "item"
    assert goes_on('{"a": 1}, or so', 8) is None


_VALUES = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False) | st.text(),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=8,
).filter(lambda value: isinstance(value, list | dict))
_CLEAN = st.recursive(
    st.booleans() | st.integers() | st.from_regex("[a-z]{1,6}", fullmatch=True),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.from_regex("[a-z]{1,6}", fullmatch=True), inner),
    max_leaves=8,
).filter(lambda value: isinstance(value, list | dict))


@given(_VALUES, st.booleans())
def test_proper_json_is_read_as_it_is(value: Any, is_ascii: bool) -> None:
    text = json.dumps(value, ensure_ascii=is_ascii)

    assert load(text) == find(f"{text} and more").value == value


@given(_CLEAN)
def test_python_without_quotes_inside_is_read_as_it_is(value: Any) -> None:
    assert load(repr(value)) == value


@given(_VALUES, st.data())
def test_half_of_json_is_never_read_as_a_whole(value: Any, data: st.DataObject) -> None:
    text = json.dumps(value)
    place = data.draw(st.integers(1, len(text)).filter(lambda place: text[place:].strip("]}") != ""))

    try:
        found = find(text[:place])
    except NotJSON:
        return
    assert found.is_open
