"""Which types can hold content parts, and taking these out of values."""

import dataclasses
import subprocess
import sys
from typing import Annotated, Any, NewType, TypedDict

import pydantic
import pytest

from nbdspy.data import Example
from nbdspy.types import (
    Code,
    Document,
    History,
    Image,
    Reasoning,
    Tool,
    ToolCalls,
    Type,
    custom_types,
    has_parts,
    is_custom,
    swap,
)  # fmt: skip

CAT = Image("https://a.example/cat.png")
DOG = Image("https://a.example/dog.png")


class Page(pydantic.BaseModel):
    text: str
    picture: Image | None = None
    pages: list["Page"] = []


class Plain(pydantic.BaseModel):
    text: str
    more: list["Plain"] = []


@dataclasses.dataclass
class Slide:
    title: str
    pictures: list[Image]


class Row(TypedDict):
    picture: Image


@dataclasses.dataclass
class Unresolved:
    picture: "NobodyKnows"  # noqa: F821


Photo = NewType("Photo", Image)


class Words(Type):
    text: str

    def format(self) -> str:
        return f"<{self.text}>"


class TestWhichTypes:
    @pytest.mark.parametrize(
        "type_",
        [
            Image, Document, Type, list[Image], dict[str, Image], Image | None, Annotated[Image, "note"], Photo, Page,
            list[Page], Slide, Row, Any, object, list, dict, dict[str, Any], tuple[Image, ...], Unresolved, Words,
        ],
    )  # fmt: skip
    def test_that_can_hold_parts(self, type_: Any) -> None:
        assert has_parts(type_)

    @pytest.mark.parametrize(
        "type_",
        [str, int, bool, list[str], dict[str, int], str | None, Plain, Code, Code["java"], Reasoning, Tool, list[Tool],
         ToolCalls, History, type(None), Annotated[str, "note"]],
    )  # fmt: skip
    def test_that_cannot(self, type_: Any) -> None:
        assert not has_parts(type_)

    def test_the_types_of_ours_inside_are_listed_once(self) -> None:
        assert custom_types(dict[str, Image | list[Code]] | Image) == (Image, Code)
        assert custom_types(list[str]) == ()
        assert is_custom(Image)
        assert is_custom(Reasoning)
        assert not is_custom(list[Image])
        assert not is_custom(CAT)

    def test_asking_loads_no_pydantic(self) -> None:
        code = "import sys; from nbdspy.types import has_parts, swap; has_parts(list[str]); swap(['a'], str)\n"
        code += "print('pydantic' in sys.modules)"

        done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)

        assert done.stdout.strip() == "False"


class TestSwap:
    def mark(self, parts: list[dict[str, Any]]) -> str:
        return "(" + parts[0]["image_url"]["url"].rpartition("/")[2] + ")"

    def test_a_value_of_parts_becomes_the_callbacks_text(self) -> None:
        assert swap(CAT, self.mark) == "(cat.png)"

    def test_parts_are_found_at_every_depth_in_reading_order(self) -> None:
        seen: list[str] = []
        value = {
            "a": [CAT, ("x", DOG)],
            "b": Slide("s", [CAT]),
            "c": Page(text="t", picture=DOG),
            "d": Example(photo=CAT),
        }

        swapped = swap(value, lambda parts: seen.append(self.mark(parts)) or seen[-1])

        assert swapped == {
            "a": ["(cat.png)", ["x", "(dog.png)"]],
            "b": {"title": "s", "pictures": ["(cat.png)"]},
            "c": {"text": "t", "picture": "(dog.png)", "pages": []},
            "d": {"photo": "(cat.png)"},
        }
        assert seen == ["(cat.png)", "(dog.png)", "(cat.png)", "(dog.png)", "(cat.png)"]

    @pytest.mark.parametrize(
        "value",
        ["text", 3, None, ["a", {"b": (1, 2)}], Page(text="t"), Plain(text="t"), Slide("s", []), {1, 2},
         Words(text="x"),         ToolCalls(tool_calls=[]), History(messages=[{"photo": CAT}]), Reasoning("{x}")],
        ids=repr,
    )  # fmt: skip
    def test_what_holds_none_comes_back_as_it_is(self, value: Any) -> None:
        assert swap(value, self.mark) is value

    def test_the_value_itself_is_left_alone(self) -> None:
        value = {"a": [CAT]}

        swap(value, self.mark)

        assert value == {"a": [CAT]}

    def test_a_value_that_holds_itself_ends(self) -> None:
        value: list[Any] = [CAT]
        value.append(value)

        assert swap(value, self.mark) == ["(cat.png)", value]
