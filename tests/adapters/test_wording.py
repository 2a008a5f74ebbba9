"""Types in words."""

import dataclasses
import datetime
import enum
import json
from typing import Annotated, Any, Literal, NewType, Optional, Union

import pydantic
import pytest

from nbdspy.adapters.wording import base_type, describe_form, describe_type, literal_choices
from nbdspy.signatures import Field


class Colour(enum.Enum):
    RED = "red"
    BLUE = 3


class Person(pydantic.BaseModel):
    name: str


@dataclasses.dataclass
class Point:
    x: int


UserId = NewType("UserId", int)
Sure = Annotated[float, pydantic.Field(ge=0)]


@pytest.mark.parametrize(
    ("type_", "words"),
    [
        (str, "str"),
        (bool, "one of: True, False"),
        (Literal["a", 2], "one of: a, 2"),
        (Colour, "one of: red, 3"),
        (Annotated[Literal["a"], "note"], "one of: a"),
        (Any, "any value"),
        (list[str], "list[str]"),
        (dict[str, list[int]], "dict[str, list[int]]"),
        (tuple[int, ...], "tuple[int, ...]"),
        (list, "list"),
        (Optional[int], "int | None"),  # noqa: UP045
        (Union[int, str, None], "int | str | None"),  # noqa: UP007
        (list[Colour], "list[Literal['red', 3]]"),
        (list[Literal["a", "b"]], "list[Literal['a', 'b']]"),
        (list[bool], "list[bool]"),
        (list[Any], "list[Any]"),
        (datetime.date, "date"),
        (list[datetime.date], "list[date]"),
        (Person, "Person"),
        (list[Person], "list[Person]"),
        (UserId, "int"),
        (Sure, "float"),
        (list[Sure], "list[float]"),
        (type(None), "None"),
    ],
)
def test_a_type_in_words(type_: Any, words: str) -> None:
    assert describe_type(type_) == words


def test_choices_are_those_of_a_literal_an_enum_or_a_bool() -> None:
    assert literal_choices(Literal["a", 1, None]) == ("a", "1", "None")
    assert literal_choices(Colour) == ("red", "3")
    assert literal_choices(bool) == ("True", "False")
    assert literal_choices(str) == literal_choices(list[Literal["a"]]) == literal_choices(Any) == ()


def test_what_stands_around_a_type_is_taken_off() -> None:
    assert base_type(Annotated[UserId, "note"]) is int
    assert base_type(list[Sure]) == list[Sure]


class TestParts:
    @pytest.mark.parametrize("type_", [Person, list[Person], dict[str, Person | None], Point, Annotated[Person, "x"]])
    def test_an_output_with_fields_of_its_own_has_a_schema(self, type_: Any) -> None:
        schema = describe_form(Field(role="output", name="answer", type=type_)).removeprefix("JSON of this schema: ")

        assert json.loads(schema)
        assert '"name"' in schema or '"x"' in schema

    @pytest.mark.parametrize("type_", [str, int, list[str], Literal["a"], Colour, dict[str, Any], datetime.date, Any])
    def test_one_whose_name_says_it_all_has_none(self, type_: Any) -> None:
        assert describe_form(Field(role="output", name="answer", type=type_)) == ""

    def test_an_input_has_none_since_its_value_is_shown(self) -> None:
        assert describe_form(Field(role="input", name="person", type=Person)) == ""
