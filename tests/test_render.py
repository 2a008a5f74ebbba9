"""Values as text: for people, for prompts, for HTML."""

import dataclasses
import datetime
import enum
import json
import subprocess
import sys
from decimal import Decimal
from pathlib import PurePosixPath
from types import MappingProxyType

import numpy as np
import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy import render
from nbdspy.data import Example, Prediction


class Colour(enum.Enum):
    RED = "red"


class Shade(str, enum.Enum):  # noqa: UP042 (what users write)
    DARK = "dark"


class Person(pydantic.BaseModel):
    name: str
    born: datetime.date


@dataclasses.dataclass
class Point:
    x: int
    colour: Colour


class Plain:
    pass


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("as it is", "as it is"),
        (None, "None"),
        (True, "True"),
        (3, "3"),
        (0.5, "0.5"),
        ([1, "two", None, True], '[1, "two", null, true]'),
        ({"ä": (1, 2)}, '{"ä": [1, 2]}'),
        ({"b", "a"}, '["a", "b"]'),
        (MappingProxyType({"a": 1}), '{"a": 1}'),
        (Colour.RED, "red"),
        (Shade.DARK, "dark"),
        ([Colour.RED, Shade.DARK], '["red", "dark"]'),
        (datetime.date(2026, 3, 1), "2026-03-01"),
        ([datetime.date(2026, 3, 1)], '["2026-03-01"]'),
        (Decimal("1.50"), "1.50"),
        (PurePosixPath("a/b"), "a/b"),
        (Person(name="Ada", born=datetime.date(1815, 12, 10)), '{"name": "Ada", "born": "1815-12-10"}'),
        ([Point(1, Colour.RED)], '[{"x": 1, "colour": "red"}]'),
        (np.int64(3), "3"),
        (np.array([1.5, 2.5]), "[1.5, 2.5]"),
        ([{datetime.date(2026, 3, 1): {Colour.RED: 1}}], '[{"2026-03-01": {"red": 1}}]'),
        ({(1, 2): Decimal("1.5")}, '{"[1, 2]": "1.5"}'),
        (Person, "Person"),
        ([Example(text="x" * 200), Prediction(found=[1])], '[{"text": "%s"}, {"found": [1]}]' % ("x" * 200)),
        (Prediction(best=Example(isoformat="a", tolist="b")), '{"best": {"isoformat": "a", "tolist": "b"}}'),
    ],
)
def test_a_value_is_text_close_to_json(value: object, text: str) -> None:
    assert render.written(value) == text
    assert render.plain(value) == text


def test_no_text_holds_an_address() -> None:
    def function() -> None: ...

    for value in (Plain(), [Plain()], {"key": function}, function, Plain().__init__, {(): Plain()}):
        assert "0x" not in render.plain(value)
        assert "Plain" in render.plain(value) or "function" in render.plain(value)


def test_a_value_that_holds_itself_has_a_text() -> None:
    endless: list[object] = [1]
    endless.append(endless)

    assert render.plain(endless) == "[1, [...]]"


def test_a_set_reads_the_same_in_every_process() -> None:
    code = "from nbdspy import render; print(render.plain({'one', 'two', 'three', 'four'}))"

    said = {subprocess.run([sys.executable, "-c", code], capture_output=True, text=True).stdout for _ in range(3)}

    assert said == {'["four", "one", "three", "two"]\n'}


@given(st.recursive(st.none() | st.booleans() | st.integers() | st.text(), st.lists, max_leaves=5).map(lambda it: [it]))
def test_what_goes_into_prompts_is_json_letter_for_letter(value: list[object]) -> None:
    assert json.loads(render.written(value)) == value


class TestUnseenCharacters:
    @pytest.mark.parametrize("letter", ["\x00", "\x1b", "\r", "\x7f", "\x85", "\u202e", "\u2066", "\u2028", "\ud800"])
    def test_what_cannot_be_seen_is_written_out(self, letter: str) -> None:
        text = render.plain(f"a{letter}b")

        assert letter not in text
        assert text == "a" + letter.encode("unicode_escape").decode() + "b"
        assert letter not in render.plain([f"a{letter}b"])

    def test_lines_tabs_and_other_scripts_stay(self) -> None:
        assert render.visible("a\n\tñ 漢 🙂 \u200d") == "a\n\tñ 漢 🙂 \u200d"


class TestShort:
    def test_a_short_text_is_one_line(self) -> None:
        assert render.short("a\n  b\tc") == "a b c"

    def test_a_cut_is_said(self) -> None:
        text = render.short("word " * 400, 40)

        assert text == "word word word word… (1,999 characters)"

    @given(st.text(max_size=200), st.integers(1, 100))
    def test_it_is_never_longer_than_the_limit(self, text: str, limit: int) -> None:
        assert len(render.short(text, limit)) <= limit


def test_html_and_attributes_are_safe() -> None:
    assert render.escape("<b a='\"'>&") == "&lt;b a=&#x27;&quot;&#x27;&gt;&amp;"


@pytest.mark.parametrize(
    ("value", "text"),
    [
        (datetime.date(2026, 3, 1), "datetime.date(2026, 3, 1)"),
        (Decimal("1.50"), "Decimal('1.50')"),
        (Person(name="Ada", born=datetime.date(1815, 12, 10)), "Person(name='Ada', born=datetime.date(1815, 12, 10))"),
        ([Point(1, Colour.RED)], "[Point(x=1, colour=<Colour.RED: 'red'>)]"),
        ({"b", "a", "c"}, "{'a', 'b', 'c'}"),
        ({"a": (1, True, None)}, "{'a': (1, True, None)}"),
        (Shade.DARK, "<Shade.DARK: 'dark'>"),
        ("it's", '"it\'s"'),
        (Plain(), "<tests.test_render.Plain object>"),
        ("line\nline", "'line line'"),
    ],
)
def test_a_value_in_a_repr_is_by_its_own_repr(value: object, text: str) -> None:
    assert render.fields("Thing", {"value": value}) == f"Thing(value={text})"


def test_a_repr_is_short_and_quick_for_any_value() -> None:
    endless: list[object] = []
    endless.append(endless)

    for value in (list(range(10**6)), ["long " * 10_000] * 100, {"a": "b" * 10**6}, 10**1_000, endless):
        assert len(render.fields("Thing", {"value": value})) < 80


def test_fields_read_like_a_call() -> None:
    assert (
        render.fields("Thing", {"name": "x", "sizes": [1, 2], "none": None})
        == "Thing(name='x', sizes=[1, 2], none=None)"
    )
    assert render.fields("Thing", {}) == "Thing()"
    assert len(render.fields("Thing", {"text": "long " * 100}, limit=30)) < 50
