"""What code hands in, read as outputs."""

from __future__ import annotations

from typing import Any, Literal

import pydantic
import pytest

from nbdspy.errors import CodeExecutionError
from nbdspy.modules.submitting import read_submitted
from nbdspy.signatures import Field


class City(pydantic.BaseModel):
    name: str
    people: int


def outputs(**types: Any) -> dict[str, Field]:
    return {name: Field(role="output", name=name, type=type_) for name, type_ in types.items()}


@pytest.mark.parametrize(
    ("types", "output", "values"),
    [
        ({"answer": int}, {"answer": 42}, {"answer": 42}),
        ({"answer": int}, 42, {"answer": 42}),
        ({"answer": int}, {"output": 42}, {"answer": 42}),
        ({"answer": int}, {"answer": {"answer": 42}}, {"answer": 42}),
        ({"answer": int}, "42", {"answer": 42}),
        ({"output": int}, {"output": 42}, {"output": 42}),
        ({"answer": str}, {"answer": 42}, {"answer": "42"}),
        ({"answer": list[str]}, ["a", "b"], {"answer": ["a", "b"]}),
        ({"answer": dict[str, int]}, {"a": 1}, {"answer": {"a": 1}}),
        ({"answer": str | None}, {"answer": None}, {"answer": None}),
        ({"city": City}, {"city": {"name": "Bern", "people": 1}}, {"city": City(name="Bern", people=1)}),
        ({"a": int, "b": str}, {"b": "x", "a": 1}, {"a": 1, "b": "x"}),
        ({"a": int, "b": str}, [1, "x"], {"a": 1, "b": "x"}),
        ({"a": int, "b": str}, {"output": {"a": 1, "b": "x"}}, {"a": 1, "b": "x"}),
        ({"kind": Literal["red", "green"]}, "red", {"kind": "red"}),
    ],
)
def test_outputs_are_read_by_name_by_order_or_alone(types: Any, output: Any, values: Any) -> None:
    read = read_submitted(output, outputs(**types))

    assert read == values
    assert list(read) == list(types)


@pytest.mark.parametrize(
    ("types", "output", "said"),
    [
        ({"answer": int}, "many", r"answer should be int, not 'many' \(str\)\. Write SUBMIT\(answer=…\)"),
        ({"answer": int}, None, "answer should be int, not None"),
        ({"answer": str}, {"answer": None}, "answer should be str, not None"),
        ({"kind": Literal["red", "green"]}, {"kind": "blue"}, "kind should be one of: red, green, not 'blue'"),
        ({"a": int, "b": str}, {"a": 1}, "b is missing"),
        ({"a": int, "b": str}, 1, "a is missing; b is missing"),
        ({"a": int, "b": str}, {"a": 1, "b": "x", "c": 3}, "there is no output 'c'"),
        ({"a": int, "b": int}, {"a": "x", "b": "y"}, "a should be int.*; b should be int"),
        ({"answer": int}, "x" * 10_000, r"characters\) \(str\)"),
    ],
)
def test_all_that_is_wrong_is_said(types: Any, output: Any, said: str) -> None:
    with pytest.raises(CodeExecutionError, match=said) as caught:
        read_submitted(output, outputs(**types))

    assert len(str(caught.value)) < 300


def test_an_output_that_may_be_missing_takes_its_default() -> None:
    fields = outputs(a=int) | {"b": Field(role="output", name="b", type=str, default="none")}

    assert read_submitted({"a": 1}, fields) == {"a": 1, "b": "none"}
