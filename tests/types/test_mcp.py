"""Tools of any client that has `call_tool`, under the names of the package's first version and its second."""

from __future__ import annotations

import asyncio
from types import SimpleNamespace as Thing
from typing import Any

import pytest

from nbdspy.errors import ToolError, UsageError
from nbdspy.types import Tool

SCHEMA = {"type": "object", "properties": {"n": {"type": "integer"}}, "required": ["n"]}


class Client:
    """Answers every call with one result, and keeps what was asked."""

    def __init__(self, result: Any) -> None:
        self.result = result
        self.asked: list[Any] = []

    async def call_tool(self, name: str, arguments: dict[str, Any] | None = None) -> Any:
        self.asked.append((name, arguments))
        if isinstance(self.result, Exception):
            raise self.result
        return self.result


def text(said: str) -> Thing:
    return Thing(type="text", text=said)


def made(result: Any, schema: Any = SCHEMA, **how: Any) -> Tool:
    return Tool.from_mcp_tool(Client(result), Thing(name="count", description=None, inputSchema=schema), **how)


@pytest.mark.parametrize("name", ["inputSchema", "input_schema"])
def test_the_schema_is_found_under_either_name(name: str) -> None:
    client = Client(Thing(content=[text("a")]))
    tool = Tool.from_mcp_tool(client, Thing(name="files/count", description="Count.", **{name: SCHEMA}))

    assert tool(n="3") == "a"
    assert (tool.name, tool.desc, tool.args["n"]) == ("files_count", "Count.", {"type": "integer"})
    assert client.asked == [("files/count", {"n": 3})]


@pytest.mark.parametrize("result", [{"isError": True}, {"is_error": True}])
def test_an_error_is_told_under_either_name(result: Any) -> None:
    with pytest.raises(RuntimeError, match="count failed: one\ntwo"):
        made(Thing(content=[text("one"), text("two")], **result))(n=1)


@pytest.mark.parametrize(
    ("result", "mode", "value"),
    [
        ({"structuredContent": {"n": 1}}, "structured", {"n": 1}),
        ({"structured_content": {"n": 1}}, "structured", {"n": 1}),
        ({"structured_content": {"n": 1}}, "text", "one"),
        ({"structured_content": None}, "structured", "one"),
        ({"structured_content": None, "model_fields_set": {"structured_content"}}, "structured", None),
        ({}, "structured", "one"),
    ],
)
def test_structured_results_are_taken_where_they_are_asked_for_and_came(result: Any, mode: Any, value: Any) -> None:
    assert made(Thing(content=[text("one")], **result), result_mode=mode)(n=1) == value


def test_what_the_client_raises_is_a_runtime_error_with_its_words() -> None:
    for error in (ConnectionError("gone"), ExceptionGroup("many", [ConnectionError("gone")])):
        with pytest.raises(ToolError, match="count got no answer from its MCP server: gone"):
            made(error)(n=1)
    with pytest.raises(ToolError, match="server: ConnectionError"):
        made(ConnectionError())(n=1)


def test_a_session_answers_on_its_own_loop_only() -> None:
    async def make() -> Tool:
        return made(Thing(content=[text("one")]))

    async def use(tool: Tool) -> Any:
        return await tool.acall(n=1)

    tool = asyncio.run(make())

    with pytest.raises(UsageError, match=r"Write `await tool\.acall"):
        asyncio.run(use(tool))
    with pytest.raises(UsageError, match=r"Write `await tool\.acall"):
        tool(n=1)


class TestSchemas:
    def check(self, properties: Any, arguments: Any, **rest: Any) -> Any:
        client = Client(Thing(content=[]))
        schema = {"type": "object", "properties": properties, **rest}
        Tool.from_mcp_tool(client, Thing(name="count", description="", input_schema=schema))(**arguments)
        return client.asked[0][1]

    @pytest.mark.parametrize(
        ("schema", "given", "sent"),
        [
            ({"type": "integer"}, "3", 3),
            ({"type": "number"}, "3.5", 3.5),
            ({"type": "number"}, 3, 3),
            ({"type": "boolean"}, "true", True),
            ({"type": "array", "items": {"type": "integer"}}, (1, 2), [1, 2]),
            ({"type": ["integer", "null"]}, None, None),
            ({}, {"any": [1]}, {"any": [1]}),
            (True, 3, 3),
            ({"anyOf": [{"type": "string"}, {"type": "null"}]}, "a", "a"),
        ],
    )
    def test_a_value_that_fits_is_sent_as_json(self, schema: Any, given: Any, sent: Any) -> None:
        assert self.check({"n": schema}, {"n": given}) == {"n": sent}

    @pytest.mark.parametrize(
        ("schema", "given", "said"),
        [
            ({"type": "string"}, 3, "input should be a valid string"),
            ({"type": "string", "pattern": "^a"}, "b", "does not match"),
            ({"type": "integer", "minimum": 3}, 2, "2 is less than the minimum of 3"),
            ({"type": ["integer", "null"]}, "x", "'x' is not of type 'integer', 'null'"),
            ({"enum": ["a", "b"]}, "c" * 999, r"…"),
            ({"$ref": "#/properties/other"}, 3, "3 is not of type 'string'"),
            ({"$ref": "#/definitions/Old"}, 3, "3 is not of type 'string'"),
            ({"$ref": "http://127.0.0.1:9/schema"}, 3, "refers to 'http://127.0.0.1:9/schema', which is not in it"),
            ({"$ref": "#/$defs/Nobody"}, 3, "which is not in it"),
            ({}, object(), "unable to serialize"),
        ],
    )  # fmt: skip
    def test_one_that_does_not_is_refused(self, schema: Any, given: Any, said: str) -> None:
        with pytest.raises(UsageError, match=said) as raised:
            self.check(
                {"n": schema, "other": {"type": "string"}}, {"n": given}, definitions={"Old": {"type": "string"}}
            )

        assert len(str(raised.value)) < 600

    def test_what_may_be_missing_is_not_sent(self) -> None:
        assert self.check({"n": {"type": "integer"}, "m": {"default": 1}}, {}) == {}

    def test_names_that_are_not_listed_are_taken_where_the_schema_says_so(self) -> None:
        assert self.check({}, {"more": 1}, additionalProperties={"type": "integer"}) == {"more": 1}
        with pytest.raises(UsageError, match="has no argument 'more'"):
            self.check({}, {"more": 1})

    @pytest.mark.parametrize(
        "schema",
        [{"type": "array"}, {"properties": {"n": {"type": "strin"}}}, {"properties": {"n": {"required": True}}}],
    )
    def test_what_is_no_schema_of_an_object_is_refused_when_the_tool_is_made(self, schema: Any) -> None:
        with pytest.raises(UsageError, match="What count takes is not said in JSON Schema"):
            made(Thing(content=[]), schema)

    def test_one_that_grows_without_measure_when_it_is_written_out_is_refused(self) -> None:
        doubling = {
            f"D{n}": {"properties": {side: {"$ref": f"#/$defs/D{n + 1}"} for side in ("left", "right")}}
            for n in range(64)
        }
        schema = {"type": "object", "properties": {"n": {"$ref": "#/$defs/D0"}}, "$defs": {**doubling, "D64": {}}}

        with pytest.raises(UsageError, match="What count takes is too much to tell a model"):
            made(Thing(content=[]), schema)

    def test_definitions_of_older_schemas_reach_the_model(self) -> None:
        schema = {
            "type": "object",
            "properties": {"tree": {"$ref": "#/definitions/Tree"}},
            "definitions": {"Tree": {"type": "object", "properties": {"left": {"$ref": "#/definitions/Tree"}}}},
        }

        parameters = made(Thing(content=[]), schema).format_as_openai_tool()["function"]["parameters"]

        assert parameters["properties"]["tree"]["properties"]["left"] == {"$ref": "#/$defs/Tree"}
        assert parameters["$defs"]["Tree"]["properties"]["left"] == {"$ref": "#/$defs/Tree"}
