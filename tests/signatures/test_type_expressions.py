"""Type expressions: what is read, and how each mistake is shown."""

import datetime
import enum
import subprocess
import sys
import typing
from decimal import Decimal
from typing import Annotated, Any, Dict, List, Literal, Optional, Union  # noqa: UP035 (what users write)
from uuid import UUID

import pydantic
import pytest

from nbdspy import types
from nbdspy.signatures import read_text


class Mood(enum.Enum):
    DRY = "dry"
    WARM = "warm"


class Person(pydantic.BaseModel):
    name: str

    class Address(pydantic.BaseModel):
        street: str


Item = typing.TypeVar("Item")


class Box(pydantic.BaseModel, typing.Generic[Item]):
    content: Item


Choice = Literal["a", "b"]
Sure = Annotated[float, pydantic.Field(ge=0, le=1)]
UserId = typing.NewType("UserId", int)

SCOPE = {
    "Mood": Mood, "Person": Person, "Box": Box, "Choice": Choice, "Sure": Sure, "UserId": UserId, "pydantic": pydantic,
    "list": [1, 2], "time": sys, "rows": {"a": 1}, "here": sys.modules[__name__], "Positive": pydantic.Field(gt=0),
    "read": read_text,
}  # fmt: skip


def read(text):
    return read_text(f"field: {text} -> answer", scope=SCOPE).fields["field"].type


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("str", str),
        ("object", object),
        ("None", type(None)),
        ("Any", Any),
        ("list[str]", list[str]),
        ("dict[str, list[int]]", dict[str, list[int]]),
        ("tuple[int, ...]", tuple[int, ...]),
        ("tuple[int, str]", tuple[int, str]),
        ("tuple[()]", tuple[()]),
        ("list[None]", list[None]),
        ("str | None", Optional[str]),  # noqa: UP045
        ("int | str | None", Union[int, str, None]),  # noqa: UP007
        ("Optional[int]", Optional[int]),  # noqa: UP045
        ("Union[int, str]", Union[int, str]),  # noqa: UP007
        ("List[str]", List[str]),  # noqa: UP006
        ("Dict[str, Any]", Dict[str, Any]),  # noqa: UP006
        ("typing.List[str]", List[str]),  # noqa: UP006
        ('Literal["alarm", "timer"]', Literal["alarm", "timer"]),
        ("date", datetime.date),
        ("time", datetime.time),
        ("datetime.datetime", datetime.datetime),
        ("datetime", datetime.datetime),
        ("Decimal", Decimal),
        ("decimal.Decimal", Decimal),
        ("UUID", UUID),
        ("Image", types.Image),
        ("list[Tool]", list[types.Tool]),
        ("ToolCalls | None", Optional[types.ToolCalls]),  # noqa: UP045
        ("Code", types.Code),
        ('Code["java"]', types.Code["java"]),
        ('dict[str, Code["java"]]', dict[str, types.Code["java"]]),  # noqa: F821 (java is no name)
        ("Mood", Mood),
        ("list[Person]", list[Person]),
        ("here.Person", Person),
        ("here.Person.Address", Person.Address),
        ("pydantic.EmailStr", pydantic.EmailStr),
        ("Choice | None", Optional[Choice]),  # noqa: UP045
        ("Sure", Sure),
        ("UserId", UserId),
        ("Box[int]", Box[int]),
        ("Literal[Mood.DRY]", Literal[Mood.DRY]),
        ("Literal[Choice, 'c']", Literal["a", "b", "c"]),
        ("Annotated[int, Positive, 'positive']", Annotated[int, SCOPE["Positive"], "positive"]),
    ],
)
def test_types_are_read(text, expected):
    assert read(text) == expected


def test_choices_may_be_of_every_kind():
    choices = typing.get_args(read("""Literal["it's", 'b"q', -1, 2, True, None, b'x']"""))

    assert choices == ("it's", 'b"q', -1, 2, True, None, b"x")


def test_a_variable_with_the_name_of_a_type_hides_nothing():
    assert read("list[str]") == list[str]
    assert read("time") is datetime.time


def test_a_users_own_class_comes_before_ours():
    class Decimal:
        pass

    assert read_text("a: Decimal -> b", scope={"Decimal": Decimal}).fields["a"].type is Decimal
    assert read_text("a: Image -> b", scope={"Image": Decimal}).fields["a"].type is Decimal
    assert read_text("a: Image -> b", scope={"Image": sys}).fields["a"].type is types.Image  # PIL's is a module


def test_dates_decimals_and_images_are_imported_only_when_named():
    code = (
        "import sys; from nbdspy.signatures import read_text; read_text('a: list[int] -> b');"
        "print({'decimal', 'uuid', 'pydantic', 'datetime', 'nbdspy.types.image'} & set(sys.modules));"
        "read_text('a: Decimal -> b'); print('decimal' in sys.modules);"
        "read_text('a: Image -> b'); print('nbdspy.types.image' in sys.modules)"
    )

    said = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True).stdout

    assert said.split() == ["set()", "True", "True"]


@pytest.mark.parametrize(
    ("text", "under", "message"),
    [
        ('Litteral["alarm"]', "Litteral", "no type is called Litteral. Did you mean Literal?"),
        ("list[Persn]", "Persn", "no type is called Persn. Did you mean Person?"),
        ("dict[str, int | flot]", "flot", "no type is called flot. Did you mean float?"),
        ("Imag", "Imag", "no type is called Imag. Did you mean Image?"),
        ("Code[java]", "java", 'java stands without quotes. Write "java".'),
        ("Code[1, 2]", "Code[1, 2]", "Code cannot take 1, 2 in brackets."),
        ('Image["x"]', '"x"', '"x" is a value, not a type.'),
        ("any", "any", "no type is called any. Did you mean Any?"),
        ("string", "string", "no type is called string. Write str."),
        ("Boolean", "Boolean", "no type is called Boolean. Write bool."),
        ("zzz", "zzz", "no type is called zzz. Define it before, or write one of Python's own, like str"),
        ("rows", "rows", "rows is a dict, not a type."),
        ("pydantic", "pydantic", "pydantic is a module, not a type."),
        ("here.read", "here.read", "here.read is a function, not a type."),
        ("rows.a", "rows", "rows is a dict, neither a module nor a class."),
        ("pd.DataFrame", "pd", "there is no pd here. Import pd first."),
        ("pydantic.EmailString", "pydantic.EmailString", "Did you mean EmailStr?"),
        ("Person.__class__", "Person.__class__", "no type is called Person.__class__."),
        ("read()", "read()", "a type cannot call anything."),
        ("list[read()]", "read()", "a type cannot call anything."),
        ("[x for x in y]", "[x for x in y]", "a type is made of names, brackets and `|`."),
        ("(lambda: str)", "lambda: str", "a type is made of names, brackets and `|`."),
        ("list[str if 1 else int]", "str if 1 else int", "a type is made of names, brackets and `|`."),
        ("str + int", "str + int", "a type is made of names, brackets and `|`."),
        ("(str).upper", "(str).upper", "is a method_descriptor, not a type."),
        ("[str][0]", "[str]", "Write list[str]."),
        ("[str]", "[str]", "Write list[str]."),
        ("(str, int)", "(str, int)", "Write tuple[str, int]."),
        ('"alarm"', '"alarm"', 'A fixed choice is written Literal["alarm"].'),
        ('"alarm" | "timer"', '"alarm"', 'A fixed choice is written Literal["alarm"].'),
        ("int | 3", "3", "3 is a value, not a type."),
        ("Literal", "Literal", 'Write Literal["yes", "no"], for example.'),
        ("list[Optional]", "Optional", "Optional says nothing without brackets."),
        ("Literal[alarm]", "alarm", 'alarm stands without quotes. Write "alarm".'),
        ('Literal["a", 1.5]', "1.5", "1.5 cannot be a choice."),
        ('Literal["a", -True]', "-True", "-True cannot be a choice."),
        ("Literal[()]", "Literal[()]", "Literal has no choices."),
        ('Literal["alarm" "timer"]', '"timer"', 'a comma is missing before "timer".'),
        ("dict[str]", "dict[str]", "dict takes two types, not 1. Write dict[str, int], for example."),
        ("list[str, int]", "list[str, int]", "list takes one type, not 2."),
        ("str[int]", "str[int]", "str takes nothing in brackets. Write str."),
        ("Mood['DRY']", "'DRY'", "'DRY' is a value, not a type."),
        ("Mood[str]", "Mood[str]", "Mood takes nothing in brackets."),
        ("Person[str]", "Person[str]", "Person cannot take str in brackets."),
        ("Optional[int, str]", "Optional[int, str]", "Optional cannot take int, str in brackets."),
        ("Annotated[int, read()]", "read()", "a note on a type is a literal or a name."),
        ("str question", "question", "question stands after the type."),
        ("list[str] the names", "the names", "Put a comma between fields, and # before a description."),
        ("int |", "int |", "int | is not a type."),
        ("list[]", "list[]", "list[] is not a type."),
        ("list[...]", "...", "... is a value, not a type."),
    ],
)
def test_mistakes_are_shown_where_they_stand(refused, text, under, message):
    error = refused(f"field: {text} -> answer", under=under, scope=SCOPE)

    assert message in str(error)


def test_columns_are_counted_in_letters_not_in_bytes(refused):
    refused('größe: Literal["süß", "heiß"] | Zahll -> naïve', under="Zahll")


def test_a_mistake_on_the_second_line_of_a_type_is_shown_there(refused):
    refused('mood: Literal[\n    "é",\n    dry,\n]\n->\nanswer', under="dry", line=3)


def test_nothing_is_ever_called(refused):
    class Trap:
        def __call__(self):
            raise AssertionError("called")

        def __getattr__(self, name):
            raise AssertionError("looked up")

    refused("field: trap() -> answer", under="trap()", scope={"trap": Trap()})
    refused("field: trap.type -> answer", under="trap", scope={"trap": Trap()})


def test_brackets_without_end_are_refused_not_a_crash(refused):
    deep = "list[" * 3000 + "str" + "]" * 3000

    refused(f"field: {deep} -> answer", under=deep)
