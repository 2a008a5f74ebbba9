"""Typed values to prompt text and back: what is read, what is refused, and that writing and reading agree."""

import dataclasses
import datetime
import enum
from decimal import Decimal
from pathlib import PurePosixPath
from typing import Annotated, Any, Literal, Optional, Self, Union
from uuid import UUID

import numpy as np
import pydantic
import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from nbdspy.adapters.values import Unknown, accepts, check_readable, jsonable, read_object, read_value, write_value
from nbdspy.errors import ParseError, SignatureError
from nbdspy.signatures import Field


class Colour(enum.Enum):
    RED = "red"
    GREEN = "GREEN"
    BLUE = 3


class Level(enum.IntEnum):
    LOW = 1
    HIGH = 2


class Swapped(enum.Enum):
    one = "two"
    two = "one"


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None


@dataclasses.dataclass
class Point:
    x: int
    y: int


class Nothing:
    """A class that pydantic cannot know."""


def field(type_: Any, **constraints: Any) -> Field:
    return Field(role="output", name="answer", type=type_, constraints=constraints)


READ: list[tuple[Any, str, Any]] = [
    (str, " as it is.\n", "as it is."),
    (str, '"quoted"', '"quoted"'),
    (str, "```\ncode\n```", "```\ncode\n```"),
    (int, "42", 42),
    (int, " 42.", 42),
    (int, '"42"', 42),
    (int, '"42."', 42),
    (int, "**42**", 42),
    (int, "-7", -7),
    (int, "1,000,000", 1_000_000),
    (int, "3.0", 3),
    (int, "```\n42\n```", 42),
    (int, "+1’000’000", 1_000_000),
    (int, "1\u202f000", 1000),
    (int, "−٤٢", -42),
    (int, "４２", 42),
    (int, "Answer: 42", 42),
    (int, "answer: **42**", 42),
    (int, "42\n\nI hope this helps!", 42),
    (int, "42 answers", 42),
    (float, "1.234.567,5", 1234567.5),
    (float, "0,85", 0.85),
    (float, "٣٫٥", 3.5),
    (float, "0.5", 0.5),
    (float, ".5", 0.5),
    (float, "1,234.5", 1234.5),
    (float, "1e3.", 1000.0),
    (float, "3", 3.0),
    (bool, "True", True),
    (bool, "yes.", True),
    (bool, "'no'", False),
    (bool, "FALSE", False),
    (bool, "1", True),
    (bool, "```python\nTrue\n```", True),
    (Literal["red", "green"], "green", "green"),
    (Literal["red", "green"], "Green.", "green"),
    (Literal["red", "green"], '"red"', "red"),
    (Literal["red", "green"], "`red`", "red"),
    (Literal["red", "green"], "```\nred\n```", "red"),
    (Literal["U.S.", "U.K."], "U.S.", "U.S."),
    (Literal["U.S.", "U.K."], "u.s", "U.S."),
    (Literal["'quoted'", "plain"], "'quoted'", "'quoted'"),
    (Literal["Yes", "yes"], "yes", "yes"),
    (Literal["Yes", "yes"], '"Yes"', "Yes"),
    (Literal["...", "x"], "...", "..."),
    (Literal[1, 2, 10], "10", 10),
    (Literal[1, "two", True], "two", "two"),
    (Literal["book_flight", "b"], "Book flight", "book_flight"),
    (Literal["book_flight", "b"], "“book-flight”", "book_flight"),
    (Literal["red", "green"], "Literal['red']", "red"),
    (Literal["red", "green"], "red\n\nIt looks so.", "red"),
    (Colour, "red", Colour.RED),
    (Colour, "RED", Colour.RED),
    (Colour, "Red.", Colour.RED),
    (Colour, "green", Colour.GREEN),
    (Colour, "3", Colour.BLUE),
    (Colour, "blue", Colour.BLUE),
    (Level, "2", Level.HIGH),
    (Swapped, "one", Swapped.two),  # by value, then by name
    (Optional[int], "None", None),  # noqa: UP045
    (int | None, "null.", None),
    (int | None, "", None),
    (int | None, "N/A", None),
    (int | None, "4.", 4),
    (str | None, "none", None),
    (str | None, "nobody", "nobody"),
    (Literal["red"] | None, "Red", "red"),
    (Colour | None, "RED", Colour.RED),
    (list[int] | None, "[1]", [1]),
    (int | str | None, "a", "a"),
    (int | str | None, "None", None),
    (Union[int, str], "5", 5),  # noqa: UP007
    (Union[int, str], "five", "five"),  # noqa: UP007
    (list[str], '["a", "b"]', ["a", "b"]),
    (list[str], "['it', 'is']", ["it", "is"]),
    (list[str], r"""['\d+', 'it\'s', '\\n']""", ["\\d+", "it's", "\\n"]),
    (list[str], '```json\n["a"]\n```', ["a"]),
    (list[str], "- a\n- b", ["a", "b"]),
    (list[str], "1. a\n2. b", ["a", "b"]),
    (list[str], 'The two [of them]: ["a", "b"], so.', ["a", "b"]),
    (list[str], '["a", "b"', ["a", "b"]),
    (list[Colour], '["red", 3]', [Colour.RED, Colour.BLUE]),
    (tuple[int, str], '[1, "a"]', (1, "a")),
    (set[int], "[1, 1, 2]", {1, 2}),
    (dict[str, int], '{"a": 1}', {"a": 1}),
    (dict[str, Any], "{'a': None}", {"a": None}),
    (dict, '{"a": [1]}', {"a": [1]}),
    (Any, '{"a": 1}', {"a": 1}),
    (Any, "just text", "just text"),
    (Person, '{"name": "Ada"}', Person(name="Ada")),
    (Person, '{"Name": "Ada", "AGE": "36."}', Person(name="Ada", age=36)),
    (Person, '{"name": "Ada", "age": "n/a"}', Person(name="Ada")),
    (Person, 'This is {"name": "Ada"}.', Person(name="Ada")),
    (Person, '```json\n{"name": "Ada", "age": 36}\n```', Person(name="Ada", age=36)),
    (list[Person], '[{"name": "Ada"}]', [Person(name="Ada")]),
    (Point, '{"x": 1, "y": 2}', Point(1, 2)),
    (datetime.date, "2026-03-01", datetime.date(2026, 3, 1)),
    (datetime.date, '"2026-03-01".', datetime.date(2026, 3, 1)),
    (datetime.datetime, "2026-03-01T10:30:00", datetime.datetime(2026, 3, 1, 10, 30)),
    (datetime.date, "٢٠٢٦-٠٣-٠١", datetime.date(2026, 3, 1)),
    (Decimal, "1.50", Decimal("1.5")),
    (Decimal, "0.12345678901234567890123", Decimal("0.12345678901234567890123")),
    (bytes, "b'\\x00a'", b"\x00a"),
    (UUID, "00000000-0000-0000-0000-000000000007", UUID(int=7)),
    (Annotated[float, pydantic.Field(ge=0)], "0.5.", 0.5),
]


@pytest.mark.parametrize(("type_", "text", "value"), READ, ids=lambda part: str(part)[:30])
def test_text_is_read_as_the_fields_type(type_: Any, text: str, value: Any) -> None:
    found = read_value(text, field(type_))

    assert found == value
    assert type(found) is type(value)


REFUSED: list[tuple[Any, str, str]] = [
    (int, "four", "int"),
    (int, "3.7", "int"),
    (int, "1,5", "int"),
    (int, "1.234", "int"),
    (int, "1.000", "int"),
    (int, "1 234", "int"),
    (int, "42 apples", "int"),
    (int, "42%", "int"),
    (int, "3 million answers", "int"),
    (int, "42\n\nOr 43.", "int"),
    (float, "1,234", "float"),
    (float, "0.85.1", "float"),
    (int, "", "int"),
    (int, "9" * 5_000, "int"),
    (float, "much", "float"),
    (bool, "maybe", "one of: True, False"),
    (Literal["red", "green"], "blue", "one of: red, green"),
    (Literal["red", "green"], "red or green", "one of: red, green"),
    (Literal["red", "green"], "red\n\nOr green.", "one of: red, green"),
    (Literal["red", "green"], "The answer is red.", "one of: red, green"),
    (bool, "yes\n\nOr rather no.", "one of: True, False"),
    (Literal["Yes", "yes"], "YES", "one of: Yes, yes"),
    (Literal["...", "x"], "", "one of: ..., x"),
    (Colour, "pink", "one of: red, GREEN, 3"),
    (int | None, "four", "int | None"),
    (list[int], '["a"]', "list[int]"),
    (list[int], "[1, two", "list[int]"),
    (dict[str, int], "a: 1", "dict[str, int]"),
    (dict[str, int], "{[]: 1}", "dict[str, int]"),
    (dict[str, int], "[" * 100_000, "dict[str, int]"),
    (Person, '{"age": 3}', "Person"),
    (Person, '{"name": "Ada", "Name": "Bo", "NAME": "Cy", "age": true}', "Person"),
    (Person, '{"name": "Ada", "tags": {"x": 1}}, "age": 3}', "Person"),
    (list[str], "a, b", "list[str]"),
    (list[str], '["a"] or ["b"]', "list[str]"),
    (list[str], '["a", "b', "list[str]"),
    (list[str], '[["a", = "b"], []]', "list[str]"),
    (list[Person], '[{"name" = = "Ada", "tags": []}]', "list[Person]"),
    (datetime.date, "tomorrow", "date"),
    (datetime.date, "2026", "date"),
    (datetime.datetime, "1772323200", "datetime"),
]


@pytest.mark.parametrize(("type_", "text", "expected"), REFUSED, ids=lambda part: str(part)[:30])
def test_what_is_no_such_value_is_refused_with_the_field_the_type_and_the_text(type_, text, expected) -> None:
    with pytest.raises(ParseError) as caught:
        read_value(text, field(type_))

    error = caught.value
    shown = " ".join(text[:50].split())
    assert (error.field, error.expected, error.reply) == ("answer", expected, text)
    assert f"The field 'answer' should be {expected}, but the model wrote: {shown or '(nothing)'}" in str(error)
    assert error.__cause__ is not None
    assert len(str(error)) < 350


class TestConstraints:
    @pytest.mark.parametrize(
        ("type_", "constraints", "good", "bad", "rule"),
        [
            (int, {"ge": 0, "le": 10}, "10.", "11", "at most 10"),
            (int, {"ge": 1000}, "1,000", "999", "at least 1000"),
            (int, {"multiple_of": 5}, "10", "12", "a multiple of 5"),
            (float, {"gt": 0, "lt": 1}, "0.5", "1", "less than 1.0"),
            (float, {"allow_inf_nan": False}, "0.5", "nan", "a finite number"),
            (Decimal, {"decimal_places": 2}, "0.55", "0.555", "of at most 2 decimal places"),
            (str, {"max_length": 3}, "abc", "abcd", "at most 3 letters long"),
            (str, {"pattern": "^[a-z]+$"}, '"abc"', "ABC", "text that matches ^[a-z]+$"),
            (list[int], {"min_length": 2}, "[1, 2]", "[1]", "at least 2 items long"),
            (list[int], {"max_length": 1}, "- 1", "- 1\n- 2", "at most 1 items long"),
        ],
    )
    def test_values_are_held_to_them_and_told_which_one_they_break(self, type_, constraints, good, bad, rule) -> None:
        read_value(good, field(type_, **constraints))

        with pytest.raises(ParseError) as caught:
            read_value(bad, field(type_, **constraints))
        assert caught.value.expected.endswith(f", {rule}")
        assert f", {rule}, but the model wrote: {' '.join(bad.split())}" in caught.value.message

    def test_a_value_within_them_keeps_its_type(self) -> None:
        assert read_value("1,000.", field(int, ge=0)) == 1000
        assert read_value("Hello.", field(str, max_length=10)) == "Hello."

    def test_two_fields_of_one_type_have_their_own(self) -> None:
        assert read_value("5", field(int, ge=0)) == read_value("5", field(int, le=5)) == 5
        with pytest.raises(ParseError):
            read_value("5", field(int, le=4))


class Meeting(pydantic.BaseModel):
    when: datetime.date
    room: Literal["A", "B"] = "A"
    seats: int = pydantic.Field(1, le=9)
    guests: list[Person] = []

    @pydantic.model_validator(mode="after")
    def _checked(self) -> Self:
        if self.room == "B" and self.seats > 5:
            raise ValueError("room B has 5 seats")
        return self


class TestWhatIsWrongInside:
    @pytest.mark.parametrize(
        ("written", "reason"),
        [
            ('{"when": "soon"}', "answer.when: 'soon' is no date"),
            ('Here: {"when": "soon"}', "answer.when: 'soon' is no date"),
            ('{"seats": 3}', "answer.when is missing"),
            ('{"when": "2026-03-01", "seats": 12}', "answer.seats: 12 should be at most 9"),
            ('{"when": "2026-03-01", "room": "C"}', "answer.room: 'C' is not 'A' or 'B'"),
            ('{"when": "2026-03-01", "seats": [1]}', "answer.seats: [1] is no int"),
            (
                '{"when": "2026-03-01", "guests": [{"name": "Ada", "age": "old"}]}',
                "answer.guests.0.age: 'old' is no int",
            ),
            ('{"when": "2026-03-01", "room": "B", "seats": 6}', "answer: room B has 5 seats"),
        ],
    )
    def test_the_error_names_the_place_and_the_value_in_one_line(self, written, reason) -> None:
        with pytest.raises(ParseError) as caught:
            read_value(written, field(Meeting))

        shown = f"should be Meeting, but the model wrote: {written} ({reason})"
        assert caught.value.message == f"The field 'answer' {shown}"

    def test_an_object_that_is_read_already_is_told_alike(self) -> None:
        with pytest.raises(ParseError, match=r"\(answer\.when: 'soon' is no date\)"):
            read_object({"when": "soon"}, field(Meeting))

    def test_of_several_types_none_is_blamed(self) -> None:
        with pytest.raises(ParseError) as caught:
            read_value('{"when": "soon"}', field(Meeting | Person))

        assert "soon' is no" not in caught.value.message


class TestWhatCannotBeRead:
    def test_a_class_that_pydantic_does_not_know_is_the_signatures_mistake(self) -> None:
        for check in (check_readable, lambda it: read_value("x", it)):
            with pytest.raises(
                SignatureError, match=r"read as Nothing, as the field 'answer' should be\. Use a dataclass"
            ):
                check(field(Nothing))

    def test_a_constraint_that_is_none_is_too(self) -> None:
        with pytest.raises(SignatureError, match=r"read as str, pattern '\(', as .* Mend its constraints"):
            check_readable(field(str, pattern="("))

    @pytest.mark.parametrize("type_", [str, int, bool, Literal["a"], Colour, list[str], Person, Any])
    def test_everything_else_is_readable(self, type_) -> None:
        check_readable(field(type_))


class TestWriting:
    @pytest.mark.parametrize(
        ("type_", "value", "text"),
        [
            (str, " as it is\n", " as it is\n"),
            (str, ["a", "b\nc"], "[1] a\n[2] b\nc"),
            (list[str], ["a", "ä"], '["a", "ä"]'),
            (bool, True, "True"),
            (int | None, None, "None"),
            (Colour, Colour.RED, "red"),
            (Level, Level.HIGH, "2"),
            (datetime.date, datetime.date(2026, 3, 1), "2026-03-01"),
            (Person, Person(name="Ada"), '{"name": "Ada", "age": null}'),
            (list[Person], [Person(name="Ada", age=36)], '[{"name": "Ada", "age": 36}]'),
            (Point, Point(1, 2), '{"x": 1, "y": 2}'),
            (int, np.int64(3), "3"),
            (str, "\x07\u202e", "\x07\u202e"),
            (list[str], ["\x7f\u202e"], '["\x7f\u202e"]'),
        ],
    )
    def test_a_value_is_text_letter_for_letter(self, type_, value, text) -> None:
        assert write_value(value, field(type_)) == text

    def test_an_enum_of_texts_is_its_text_also_inside_of_others(self) -> None:
        class Shade(str, enum.Enum):  # noqa: UP042 (what users write)
            DARK = "dark"

        assert f"{write_value(Shade.DARK, field(Shade))}" == "dark"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=6,
)
people = st.builds(Person, name=st.text(), age=st.none() | st.integers())
BY_TYPE: dict[Any, st.SearchStrategy[Any]] = {
    str: st.text().map(str.strip),  # white space around a text is not kept
    int: st.integers(),
    float: st.floats(allow_nan=False),
    bool: st.booleans(),
    Literal["a", "U.S.", "'b'", 1]: st.sampled_from(["a", "U.S.", "'b'", 1]),
    Colour: st.sampled_from(Colour),
    int | None: st.none() | st.integers(),
    list[str]: st.lists(st.text()),
    list[float]: st.lists(st.floats(allow_nan=False, allow_infinity=False)),
    dict[str, int]: st.dictionaries(st.text(), st.integers()),
    dict[datetime.date, Colour]: st.dictionaries(st.dates(), st.sampled_from(Colour), max_size=3),
    set[int]: st.sets(st.integers()),
    tuple[str, bool]: st.tuples(st.text(), st.booleans()),
    datetime.date: st.dates(),
    datetime.datetime: st.datetimes(),
    datetime.time: st.times(),
    UUID: st.uuids(),
    bytes: st.binary(),
    Person: people,
    list[Person | None]: st.lists(st.none() | people, max_size=3),
    Point: st.builds(Point, st.integers(), st.integers()),
    dict[str, Any]: st.dictionaries(st.text(), json_values, max_size=3),
}


@pytest.mark.parametrize("type_", BY_TYPE, ids=str)
def test_what_is_written_is_read_back(type_: Any) -> None:
    whole = field(type_)

    @given(BY_TYPE[type_])
    def check(value: Any) -> None:
        text = write_value(value, whole)

        assert read_value(text, whole) == value
        assert read_value(f"\n {text}\n", whole) == value

    check()


@given(st.text())
@example("{[]: 1}")
@example("[" * 5_000)
@example('"\\')
@example("nan")
@pytest.mark.parametrize("type_", [int, bool, Literal["a"], list[int], Person, Any, datetime.date, Decimal, bytes])
def test_garbage_is_a_value_or_a_parse_error_and_nothing_else(type_: Any, text: str) -> None:
    try:
        read_value(text, field(type_))
    except ParseError as error:
        assert error.reply == text  # noqa: PT017 (either is fine)


class TestAccepts:
    @pytest.mark.parametrize(
        ("type_", "value"),
        [
            (str, "a"), (str, ["a"]), (int, 3), (int, np.int64(3)), (float, 3), (float, np.float32(0.5)), (bool, True),
            (Any, Nothing()), (Literal["a"], "a"), (list[int], [1]), (dict[str, int], {"a": 1}), (int | None, 1),
            (int, None), (Person, Person(name="Ada")), (Colour, Colour.RED), (list[Nothing], [Nothing()]),
            (int, Unknown("count")), (Person, Unknown("person")),
        ],
    )  # fmt: skip
    def test_what_fits_is_accepted(self, type_, value) -> None:
        assert accepts(value, field(type_))

    @pytest.mark.parametrize(
        ("type_", "value"),
        [
            (int, "3"), (float, "0.5"), (bool, 1), (Literal["a"], "b"), (list[int], ["a"]), (int | None, "a"),
            (Person, {"age": 3}), (Colour, "pink"), (list[int], 3),
        ],
    )  # fmt: skip
    def test_what_does_not_is_not(self, type_, value) -> None:
        assert not accepts(value, field(type_))

    def test_an_open_input_shows_its_name(self) -> None:
        assert write_value(Unknown("count"), field(int)) == "{count}"


def holding_itself() -> list[Any]:
    value: list[Any] = [1]
    value.append(value)
    return value


@pytest.mark.parametrize(
    ("value", "plain"),
    [
        ("[as it is", "[as it is"),
        ({"when": datetime.date(2026, 3, 1)}, {"when": "2026-03-01"}),
        (Colour.BLUE, 3),
        (np.int64(3), 3),
        (Decimal("1.50"), "1.50"),
        (PurePosixPath("[draft]"), "[draft]"),
        (Person(name="Ada"), {"name": "Ada", "age": None}),
        (holding_itself(), "[1, [...]]"),
    ],
)
def test_a_value_in_types_that_json_has(value: Any, plain: Any) -> None:
    assert jsonable(value) == plain
