"""What a person types for a field: read as its type, refused in words that help, and shown as it was."""

from __future__ import annotations

import datetime
import enum
from typing import Any, Literal

import pydantic
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.errors import UsageError
from nbdspy.forms import entry_text, read_entry, shape_of
from nbdspy.signatures import Field
from nbdspy.types import Image

PNG = "data:image/png;base64,iVBORw0KGgo="


class Colour(enum.Enum):
    RED = "red"
    BLUE = 3


class Meeting(pydantic.BaseModel):
    place: str
    hour: int


class Guest(pydantic.BaseModel):
    full_name: str = pydantic.Field(alias="name")


def field(type_: Any, **more: Any) -> Field:
    return Field(role="input", name="it", type=type_, **more)


@pytest.mark.parametrize(
    ("type_", "shape"),
    [
        (str, "text"), (str | None, "text"), (int, "number"), (float | None, "number"), (bool, "truth"),
        (bool | None, "choice"), (Literal["a", "b"], "choice"), (Colour, "choice"), (list[str], "lines"),
        (list[int], "lines"), (set[str], "lines"), (list[Meeting], "json"), (Meeting, "json"), (dict[str, int], "json"),
        (Any, "json"), (Image, "file"), (Image | None, "file"), (datetime.date, "text"), (int | str, "text"),
        (int | dict[str, int], "json"), (list[list[str]], "json"),
    ],
)  # fmt: skip
def test_each_type_has_its_way_to_be_entered(type_: Any, shape: str) -> None:
    assert shape_of(field(type_)) == shape


@pytest.mark.parametrize(
    ("type_", "text", "value"),
    [
        (str, " spaces stay ", " spaces stay "), (int, "42", 42), (int, str(10**20), 10**20), (float, "0.5", 0.5),
        (Literal["a", "b"], "b", "b"), (Literal[1, 2], "2", 2), (Colour, "red", Colour.RED), (Colour, "3", Colour.BLUE),
        (bool | None, "False", False), (list[str], "milk\n\n bread \n", ["milk", "bread"]), (list[int], "1\n2", [1, 2]),
        (list[str], '["a\\nb", "c"]', ["a\nb", "c"]), (set[str], "a\nb", {"a", "b"}), (list[str], "", []),
        (dict[str, int], '{"a": 1}', {"a": 1}),
        (Meeting, '{"place": "Bonn", "hour": 9}', Meeting(place="Bonn", hour=9)),
        (Any, '{"a": [1]}', {"a": [1]}), (Any, "words", "words"), (Image, PNG, Image(PNG)), (int | None, "", None),
        (datetime.date, "2026-03-01", datetime.date(2026, 3, 1)),
    ],
)  # fmt: skip
def test_a_text_is_read_as_its_type(type_: Any, text: str, value: Any) -> None:
    assert read_entry(text, field(type_)) == value


@pytest.mark.parametrize(
    ("type_", "text", "said"),
    [
        (str, "  ", "it is empty. Fill it in."),
        (int, "", "it is empty."),
        (int, "soon", "it should be int; this is 'soon'."),
        (float, "1,5,3", "it should be float"),
        (Literal["alarm", "timer"], "alarn", "it should be one of: alarm, timer; this is 'alarn'. Did you mean alarm?"),
        (list[int], "1\ntwo", "it should be int; this is 'two'"),
        (dict[str, int], '{"a": }', "it is no JSON: Expecting value at line 1, column 7. Mend it there."),
        (dict[str, int], '{"a": "x"}', "it.a: 'x' is no int"),
        (Meeting, '{"place": "Bonn"}', "it.hour is missing"),
        (Meeting, "nine in Bonn", "it should be Meeting"),
        (Image, "/etc/passwd", "is no URL"),
        (datetime.date, "whenever", "it should be date"),
    ],
)
def test_what_does_not_fit_is_refused_in_words_that_help(type_: Any, text: str, said: str) -> None:
    with pytest.raises(UsageError) as raised:
        read_entry(text, field(type_))

    assert said in str(raised.value)


def test_a_constraint_of_the_field_is_said() -> None:
    with pytest.raises(UsageError, match=r"it should be int, at most 14; this is '15'\."):
        read_entry("15", field(int, constraints={"le": 14}))


def test_a_key_in_what_was_typed_is_not_repeated() -> None:
    with pytest.raises(UsageError) as raised:
        read_entry("sk-abcdefghijklmnopqrstuvwxyz0123456789", field(int))

    assert "abcdefghijklmnop" not in str(raised.value)


def test_a_default_stands_for_what_is_left_out() -> None:
    assert read_entry("", field(int, default=3)) == 3


@pytest.mark.parametrize(
    ("type_", "value"),
    [
        (str, "two\nlines"), (int, 0), (float, 1e-7), (bool | None, False), (Literal[1, "b"], "b"),
        (Colour, Colour.BLUE),
        (list[str], ["a", "b"]), (list[str], ["a\nb", "c"]), (list[str], ["[a", "b"]), (list[str], [" a", ""]),
        (list[int], [3, -1]), (list[float], [0.5]), (set[str], {"b", "a"}), (dict[str, int], {"a": 1}),
        (Meeting, Meeting(place='"', hour=1)), (list[Meeting], [Meeting(place="x", hour=1)]), (Image, Image(PNG)),
        (datetime.date, datetime.date(2026, 3, 1)), (int | None, None), (Any, {"a": [1, None]}),
        (Guest, Guest(name="Ada")), (list[Guest], [Guest(name="Ada")]),
    ],
)  # fmt: skip
def test_a_value_is_shown_as_a_text_that_means_it(type_: Any, value: Any) -> None:
    assert read_entry(entry_text(value, field(type_)), field(type_)) == value


@given(st.lists(st.text(st.characters(blacklist_categories=["Cs"]))))
def test_any_list_of_texts_survives(items: list[str]) -> None:
    assert read_entry(entry_text(items, field(list[str])), field(list[str])) == items
