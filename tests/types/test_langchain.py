"""Tools of the real LangChain."""

from __future__ import annotations

import asyncio
import datetime
import threading
from typing import Annotated, Any, Literal

import pydantic
import pytest
from langchain_core.tools import BaseTool, InjectedToolArg, StructuredTool, ToolException, tool

from nbdspy.errors import ToolError, UsageError
from nbdspy.modules import ReAct
from nbdspy.types import Tool


class Place(pydantic.BaseModel):
    city: str
    zip: int | None = None


class Asked(pydantic.BaseModel):
    place: Place
    day: datetime.date = pydantic.Field(default=datetime.date(2026, 1, 2), description="which day")
    unit: Literal["c", "f"] = "c"


@tool(args_schema=Asked)
def weather(place: Place, day: datetime.date, unit: str) -> str:
    """Say the weather."""
    return f"{place.city} {type(place).__name__} {day!r} {unit}"


@tool
async def later(text: str) -> str:
    """Say it in time."""
    await asyncio.sleep(0)
    return f"{text} on {threading.current_thread().name}"


@tool
def here(text: str, secret: Annotated[str, InjectedToolArg] = "s") -> str:
    """Say it at once."""
    return f"{text} on {threading.current_thread().name}"


@tool
def fails(why: str) -> str:
    """Fail."""
    raise ToolException(why)


class Own(BaseTool):
    name: str = "own tool"
    description: str = "One with a class of its own."

    def _run(self, n: int) -> str:
        return f"run {n}"

    async def _arun(self, n: int) -> str:
        return f"arun {n}"


def test_its_schema_reaches_the_model_and_its_values_are_its_own_types() -> None:
    made = Tool.from_langchain(weather)

    parameters = made.format_as_openai_tool()["function"]["parameters"]
    assert (made.name, made.desc, parameters["required"]) == ("weather", "Say the weather.", ["place"])
    assert parameters["properties"]["place"]["properties"]["city"]["type"] == "string"
    assert parameters["properties"]["day"]["description"] == "which day"
    assert made(place={"city": "Bonn"}, day="2026-03-04", unit="f") == "Bonn Place datetime.date(2026, 3, 4) f"
    assert made(place=Place(city="Bonn")) == "Bonn Place datetime.date(2026, 1, 2) c"


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        ({"place": {"city": 3}}, r"weather cannot take place=.*city: 3 is not of type 'string'"),
        ({"place": {"city": "B"}, "unit": "k"}, "'k' is not one of"),
        ({}, "weather needs place"),
        ({"place": {"city": "B"}, "when": 1}, "has no argument 'when'"),
    ],
)
def test_what_does_not_fit_is_said_before_the_call(arguments: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Tool.from_langchain(weather)(**arguments)


def test_a_plain_one_runs_on_the_callers_thread_and_an_async_one_is_awaited() -> None:
    mine = threading.current_thread().name

    assert Tool.from_langchain(here)(text="a") == f"a on {mine}"
    assert Tool.from_langchain(later)(text="a") == "a on nbdspy-portal"
    assert asyncio.run(Tool.from_langchain(later).acall(text="a")) == f"a on {mine}"
    assert asyncio.run(Tool.from_langchain(here).acall(text="a")) == "a on nbdspy-call"


def test_a_class_with_an_async_form_of_its_own_is_awaited_under_a_name_that_providers_take() -> None:
    made = Tool.from_langchain(Own())

    assert (made.name, made(n="3")) == ("own_tool", "arun 3")


def test_what_langchain_injects_is_not_the_models() -> None:
    assert list(Tool.from_langchain(here).args) == ["text"]


def test_a_schema_that_is_json_is_taken_as_it_is() -> None:
    schema = {"type": "object", "properties": {"n": {"type": "integer", "maximum": 3}}, "required": ["n"]}
    made = Tool.from_langchain(
        StructuredTool(name="count", description="Count.", args_schema=schema, func=lambda n: list(range(n)))
    )

    assert made(n=2) == [0, 1]
    with pytest.raises(UsageError, match="4 is greater than the maximum of 3"):
        made(n=4)


@pytest.mark.parametrize("call", [Tool.__call__, lambda tool, **given: asyncio.run(tool.acall(**given))])
def test_one_that_fails_is_a_runtime_error_with_its_words(call: Any) -> None:
    with pytest.raises(RuntimeError, match="fails failed: ToolException: no luck") as raised:
        call(Tool.from_langchain(fails), why="no luck")

    assert isinstance(raised.value, ToolError)


def test_each_kind_of_tool_says_how_it_is_made() -> None:
    with pytest.raises(UsageError, match=r"is no function\. Write Tool\.from_langchain\(tool\)\."):
        ReAct("question -> answer", tools=[weather])
    with pytest.raises(UsageError, match=r"is no tool of LangChain\. Write Tool\(function\)\."):
        Tool.from_langchain(len)
    with pytest.raises(UsageError, match=r"3 is no tool of LangChain\. Give what LangChain's @tool makes\."):
        Tool.from_langchain(3)
