"""The XML layout: elements in, elements out."""

from __future__ import annotations

from typing import Any

import pydantic
import pytest

from nbdspy.adapters import XMLAdapter
from nbdspy.signatures import InputField, OutputField, Signature


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None


def of(type_: Any) -> Any:
    return Signature({"question": (str, InputField()), "answer": (type_, OutputField())})


@pytest.mark.parametrize(
    ("type_", "reply", "value"),
    [
        (str, "<answer>a < b & c</answer>", "a < b & c"),
        (str, "<answer>a &lt; b</answer>", "a < b"),
        (str, "Well:\n<Answer>\nyes\n</Answer>\nbye", "yes"),
        (str, "<answer>no end", "no end"),
        (str, "<answer>first</answer><answer>first</answer>", "first"),
        (str, "<answer>an <answer>inner</answer> one</answer>", "an <answer>inner</answer> one"),
        (int, "<answer>42</answer>", 42),
        (list[int], "<answer><item>1</item><item>2</item></answer>", [1, 2]),
        (list[int], "<answer>[1, 2]</answer>", [1, 2]),
        (Person, "<answer><name>Ada & Bo</name><age>36</age></answer>", Person(name="Ada & Bo", age=36)),
        (Person, '<answer>{"name": "Ada"}</answer>', Person(name="Ada")),
        (list[Person], "<answer><item><name>A</name></item></answer>", [Person(name="A")]),
        (list[Person], "<answer>[]</answer>", []),
        (Any, "<answer><a>1</a><b><item>2.5</item><item>x</item></b></answer>", {"a": 1, "b": [2.5, "x"]}),
        (
            dict[str, Any],
            "<answer><a>1</a><b>true</b><c>null</c><d>1 apple</d></answer>",
            {"a": 1, "b": True, "c": None, "d": "1 apple"},
        ),
        (list[Any], "<answer><item>007</item><item>[1]</item></answer>", ["007", "[1]"]),
        (dict[str, str], "<answer><a>1</a></answer>", {"a": "1"}),
        (list[str | None], "<answer><item>a</item><item>None</item><item></item></answer>", ["a", None, ""]),
    ],
)
def test_what_is_read(type_: Any, reply: str, value: Any) -> None:
    assert XMLAdapter().parse(of(type_), reply) == {"answer": value}


def test_what_has_parts_is_written_as_elements() -> None:
    written = XMLAdapter().format_assistant_message_content(of(list[Person]), {"answer": [Person(name="A<B", age=3)]})

    assert written == "<answer>\n<item><name>A&lt;B</name><age>3</age></item>\n</answer>"


@pytest.mark.parametrize("value", [{"a": 1}, {"a": "1"}, {"a": [2.5, "2.5", True, None, ""]}])
def test_numbers_and_texts_of_any_type_are_told_apart(value: Any) -> None:
    written = XMLAdapter().format_assistant_message_content(of(dict[str, Any]), {"answer": value})

    assert repr(XMLAdapter().parse(of(dict[str, Any]), written)["answer"]) == repr(value)


def test_an_object_whose_keys_are_no_names_is_written_as_json() -> None:
    written = XMLAdapter().format_assistant_message_content(of(dict[str, int]), {"answer": {"a b": 1}})

    assert '{"a b": 1}' in written


def test_a_bomb_of_entities_is_text() -> None:
    bomb = '<!DOCTYPE a [<!ENTITY x "xxxx">]><answer>&x;&x;</answer>'

    assert XMLAdapter().parse(of(str), bomb) == {"answer": "&x;&x;"}
    assert XMLAdapter().parse(of(dict[str, str]), "<answer><a>&x;</a></answer>") == {"answer": {"a": "&x;"}}
