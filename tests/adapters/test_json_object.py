"""The JSON layout: one object out, held to a schema where the model can be."""

from __future__ import annotations

import json
from typing import Any, Literal

import pydantic
import pytest

from nbdspy.adapters import BAMLAdapter, JSONAdapter
from nbdspy.adapters.native import Able
from nbdspy.errors import ParseError
from nbdspy.signatures import InputField, OutputField, Signature

INPUTS = {"question": "Why?"}
QA = Signature("question -> answer: int, why")


class Part(pydantic.BaseModel):
    name: str
    size: float | None = None


class Take(Signature):
    """Take it apart."""

    question: str = InputField()
    parts: list[Part] = OutputField(desc="largest first")
    sure: float = OutputField(ge=0, le=1)


@pytest.mark.parametrize(
    "reply",
    [
        '{"answer": 42, "why": "so"}',
        'Sure!\n```json\n{"answer": "42", "why": "so"}\n```\nThat is all.',
        "{'answer': 42, 'why': 'so',}",
        '{"answer": 42.0, "why": "so"',
        '{"Answer": 42, "WHY": "so"}',
        '{"note": 1} {"answer": 42, "why": "so"}',
        '[{"answer": 42, "why": "so"}]',
        '{"answer": 42, // as counted\n "why": "so"}',
    ],
)
def test_an_object_is_found_and_mended(reply: str) -> None:
    assert JSONAdapter().parse(QA, reply) == {"answer": 42, "why": "so"}


def test_a_nested_value_given_to_a_text_is_kept_as_json() -> None:
    assert JSONAdapter().parse(QA, '{"answer": 1, "why": {"a": [1]}}')["why"] == '{"a": [1]}'


def test_null_is_no_value() -> None:
    with pytest.raises(ParseError, match="'answer'"):
        JSONAdapter().parse(QA, '{"answer": null, "why": "so"}')


def test_a_model_that_keeps_to_schemas_gets_one() -> None:
    asked = JSONAdapter().ask(Take, [], INPUTS, able=Able(schema=True))

    schema = asked["response_format"]["json_schema"]
    assert asked["response_format"]["type"] == "json_schema"
    assert (schema["name"], schema["strict"]) == ("Take", True)
    assert list(schema["schema"]["properties"]) == schema["schema"]["required"] == ["parts", "sure"]
    assert schema["schema"]["additionalProperties"] is False
    assert schema["schema"]["$defs"]["Part"]["required"] == ["name", "size"]
    assert schema["schema"]["properties"]["parts"]["description"] == "largest first"
    assert json.dumps(asked["response_format"])


@pytest.mark.parametrize("type_", [dict[str, int], dict, Any, dict[str, int] | None])
def test_an_open_dictionary_is_asked_for_as_any_object(type_: Any) -> None:
    signature = Signature({"question": (str, InputField()), "answer": (type_, OutputField())})

    asked = JSONAdapter().ask(signature, [], INPUTS, able=Able(schema=True))
    assert asked["response_format"] == {"type": "json_object"}


def test_other_models_are_told_the_structure_alone() -> None:
    asked = JSONAdapter().ask(QA, [], INPUTS)

    assert "response_format" not in asked
    assert '{\n  "answer": "{answer}",\n  "why": "{why}"\n}' in asked["messages"][0]["content"]


def test_the_grammar_for_local_models_types_every_value() -> None:
    signature = Signature({"question": (str, InputField()), "mood": (Literal["a", "b"], OutputField()),
                           "so": (bool, OutputField()), "n": (int | None, OutputField())})  # fmt: skip

    shape = JSONAdapter().shape(signature)

    assert shape is not None
    assert '("\\"a\\"" | "\\"b\\"")' in shape.grammar
    assert '("true" | "false")' in shape.grammar
    assert '"null"' in shape.grammar


def test_braces_without_end_are_read_in_no_time() -> None:
    with pytest.raises(ParseError):
        JSONAdapter().parse(QA, "{" * 100_000)


@pytest.mark.parametrize("adapter", [JSONAdapter(), BAMLAdapter()])
@pytest.mark.parametrize("said", ["", "None", "null", "n/a", None])
def test_a_text_that_says_nothing_is_not_null(adapter: JSONAdapter, said: str | None) -> None:
    signature = Signature({"question": InputField(), "answer": (str | None, OutputField())})
    written = adapter.format_assistant_message_content(signature, {"answer": said})

    assert adapter.parse(signature, json.dumps({"answer": said})) == {"answer": said}
    assert adapter.parse(signature, written) == {"answer": said}


def test_a_number_in_quotes_is_a_text_where_it_may_be_one() -> None:
    signature = Signature({"question": InputField(), "a": (Any, OutputField()), "b": (str | int, OutputField())})

    assert JSONAdapter().parse(signature, '{"a": "1", "b": "1"}') == {"a": "1", "b": "1"}
    assert JSONAdapter().parse(signature, '{"a": 1, "b": 1}') == {"a": 1, "b": 1}


def test_texts_and_nulls_in_a_list_are_told_apart() -> None:
    signature = Signature({"question": InputField(), "answer": (list[str | None], OutputField())})

    assert JSONAdapter().parse(signature, '{"answer": ["a", null, "", "None"]}') == {"answer": ["a", None, "", "None"]}
