"""Tools: what a model is told of them, and what they can be called with."""

import asyncio
import copy
import dataclasses
import datetime
import enum
import functools
import threading
from typing import Annotated, Any, Literal, Optional

import pydantic
import pytest
from typing_extensions import TypedDict  # which pydantic wants before Python 3.12

import nbdspy
from nbdspy import BM25, ChainOfThought, InputField, OutputField, Predict, Retrieve, Signature, events
from nbdspy.errors import UsageError
from nbdspy.modules.code_tools import described
from nbdspy.runtime import portal
from nbdspy.types import Tool, ToolCalled, as_openai_tools
from nbdspy.types.tool import tools_by_name


class Mood(enum.Enum):
    DRY = "dry"
    WARM = "warm"


class Person(pydantic.BaseModel):
    """Whoever it is."""

    name: str
    age: int = 3


class Node(pydantic.BaseModel):
    value: int
    inner: list["Node"] = []


@dataclasses.dataclass
class Point:
    x: int


class Query(TypedDict):
    text: str


class Opaque:
    """A class that no JSON spells."""


def search(query: str, limit: int = 5) -> list[str]:
    """Search the library.

    Finds titles.
    """
    return [query] * limit


async def later(query: str) -> str:
    """Search, in time."""
    await asyncio.sleep(0)
    return query.upper()


class Searcher:
    """Searches when called."""

    def __call__(self, query: str) -> str:
        return query

    def method(self, query: str) -> str:
        return query


def schema_of(type_: Any, **options: Any) -> Any:
    def function(value):
        return value

    function.__annotations__ = {"value": type_}
    return Tool(function, **options).args["value"]


class TestSchemas:
    def test_name_description_and_arguments_are_the_functions(self) -> None:
        tool = Tool(search)

        assert (tool.name, tool.desc) == ("search", "Search the library.\n\nFinds titles.")
        assert tool.args == {"query": {"type": "string"}, "limit": {"type": "integer", "default": 5}}
        assert tool.arg_types == {"query": str, "limit": int}
        assert tool.has_kwargs is False
        assert tool.format_as_openai_tool() == {
            "type": "function",
            "function": {
                "name": "search",
                "description": "Search the library.\n\nFinds titles.",
                "parameters": {"type": "object", "properties": tool.args, "required": ["query"]},
            },
        }

    @pytest.mark.parametrize(
        ("type_", "schema"),
        [
            (list[str], {"type": "array", "items": {"type": "string"}}),
            (Optional[int], {"anyOf": [{"type": "integer"}, {"type": "null"}]}),  # noqa: UP045
            (Literal["a", "b"], {"type": "string", "enum": ["a", "b"]}),
            (dict[str, float], {"type": "object", "additionalProperties": {"type": "number"}}),
            (datetime.date, {"type": "string", "format": "date"}),
            (Annotated[int, pydantic.Field(ge=1, description="a count")],
             {"type": "integer", "minimum": 1, "description": "a count"}),
            (Mood, {"type": "string", "enum": ["dry", "warm"], "title": "Mood"}),
            (Point, {"type": "object", "properties": {"x": {"type": "integer"}}, "required": ["x"], "title": "Point"}),
            (Query, {"type": "object", "properties": {"text": {"type": "string"}}, "required": ["text"],
                     "title": "Query"}),
            (Any, {}),
            (Opaque, {}),
        ],
    )  # fmt: skip
    def test_of_a_type(self, type_: Any, schema: Any) -> None:
        assert schema_of(type_) == schema

    def test_what_a_type_refers_to_is_written_out(self) -> None:
        schema = schema_of(list[Person])

        assert schema["items"]["properties"] == {"name": {"type": "string"}, "age": {"type": "integer", "default": 3}}
        assert "$ref" not in str(schema)

    def test_a_type_that_holds_itself_is_defined_once(self) -> None:
        def grow(tree: Node) -> None: ...

        parameters = as_openai_tools([grow])[0]["function"]["parameters"]

        reference = parameters["properties"]["tree"]["properties"]["inner"]["items"]
        assert reference == {"$ref": "#/$defs/Node"}
        assert parameters["$defs"]["Node"]["properties"]["inner"]["items"] == reference

    def test_arguments_can_be_described(self) -> None:
        tool = Tool(search, name="find", desc="Find.", arg_desc={"query": "what to look for"})

        assert tool.args["query"] == {"type": "string", "description": "what to look for"}
        assert (tool.name, tool.desc) == ("find", "Find.")
        with pytest.raises(UsageError, match=r"'querry', which is no argument. Did you mean query"):
            Tool(search, arg_desc={"querry": "?"})

    def test_schemas_can_be_given(self) -> None:
        tool = Tool(lambda **given: given, name="find", args={"q": {"type": "string"}, "n": {"default": 1}})

        assert tool.format_as_openai_tool()["function"]["parameters"] == {
            "type": "object",
            "properties": {"q": {"type": "string"}, "n": {"default": 1}},
            "required": ["q"],
        }
        assert tool(q="x") == {"q": "x"}
        with pytest.raises(UsageError, match="no argument 'z'"):
            tool(q="x", z=1)

    def test_in_words_for_prompts(self) -> None:
        assert Tool(search).format() == (
            "search: Search the library. Finds titles. Arguments, as JSON of this schema: "
            '{"type": "object", "properties": {"query": {"type": "string"}, "limit": {"type": "integer", '
            '"default": 5}}, "required": ["query"]}'
        )
        assert repr(Tool(search)) == str(Tool(search)) == "Tool(search(query, limit))"


class TestFunctions:
    @pytest.mark.parametrize(
        ("function", "name"),
        [
            (search, "search"),
            (Searcher(), "Searcher"),
            (Searcher().method, "method"),
            (functools.partial(search, limit=1), "search"),
            (later, "later"),
        ],
    )
    def test_of_every_kind(self, function: Any, name: str) -> None:
        tool = Tool(function)

        assert tool.name == name
        assert tool.args["query"] == {"type": "string"}
        assert "x" in str(tool(query="x")).lower()

    def test_places_keywords_and_any_keyword(self) -> None:
        def mixed(first, /, second=2, *rest, third, **more):
            return first, second, rest, third, more

        tool = Tool(mixed)

        assert tool(first=1, third=3, fourth=4) == (1, 2, (), 3, {"fourth": 4})
        assert tool.has_kwargs
        assert list(tool.args) == ["first", "second", "third"]

    def test_arguments_may_have_the_names_of_our_own(self) -> None:
        def odd(self, arguments, name):
            return self, arguments, name

        assert Tool(odd)(self=1, arguments=2, name=3) == (1, 2, 3)

    @pytest.mark.parametrize("name", ["<lambda>", "größe", "a b", "x" * 65, ""])
    def test_a_name_is_one_that_providers_take(self, name: str) -> None:
        def function(): ...

        function.__name__ = name

        with pytest.raises(UsageError, match="cannot be a tool's name"):
            Tool(function)
        assert Tool(function, name="fine").name == "fine"

    @pytest.mark.parametrize("thing", [3, "search", None, search("a")])
    def test_what_cannot_be_called_is_no_tool(self, thing: Any) -> None:
        with pytest.raises(UsageError, match="is no function"):
            Tool(thing)

    def test_a_type_that_pydantic_cannot_read_is_said_when_the_tool_is_made(self) -> None:
        class Lost(pydantic.BaseModel):
            thing: "NobodyKnows"  # noqa: F821

        def use(lost: Lost): ...

        with pytest.raises(UsageError, match="No value can be checked against"):
            Tool(use)

    def test_copies_of_a_program_share_its_tools(self) -> None:
        lock = threading.Lock()  # which cannot be copied
        tool = Tool(lambda: lock.locked(), name="locked")

        assert copy.deepcopy([tool])[0] is tool

    def test_types_can_be_given(self) -> None:
        tool = Tool(lambda day, times=1: (day, times), name="plan", arg_types={"day": datetime.date})

        assert tool.args["day"] == {"type": "string", "format": "date"}
        assert tool(day="2026-01-02") == (datetime.date(2026, 1, 2), 1)

    def test_hints_that_cannot_be_resolved_check_nothing(self) -> None:
        def odd(x: "NobodyKnows"):  # noqa: F821
            return x

        assert Tool(odd)(x=1) == 1


class TestCalls:
    def test_values_become_the_types_that_the_function_wants(self) -> None:
        def meet(who: Person, on: datetime.date, mood: Mood, times: int):
            return who, on, mood, times

        got = Tool(meet)(who={"name": "Kim"}, on="2026-01-02", mood="dry", times="3")

        assert got == (Person(name="Kim"), datetime.date(2026, 1, 2), Mood.DRY, 3)

    @pytest.mark.parametrize(
        ("arguments", "said"),
        [
            ({"query": "x", "limit": "many"}, "search cannot take limit='many': input should be a valid integer"),
            ({"query": 3}, "search cannot take query=3: input should be a valid string"),
            ({}, "search needs query"),
            ({"querry": "x"}, r"search needs query, and has no argument 'querry' \(Did you mean query\?\)"),
            ({"query": "x", "limit": None}, "limit=None"),
        ],
    )
    def test_what_does_not_fit_is_said_before_the_call(self, arguments: Any, said: str) -> None:
        called: list[str] = []

        def run(query: str, limit: int = 5) -> None:
            called.append(query)

        with pytest.raises(UsageError, match=said) as raised:
            Tool(run, name="search")(**arguments)

        assert called == []
        assert "It takes query: string, limit: integer." in str(raised.value)

    def test_a_mistake_inside_of_a_value_is_located(self) -> None:
        def meet(people: list[Person]): ...

        with pytest.raises(UsageError, match=r"0\.age: input should be a valid integer"):
            Tool(meet)(people=[{"name": "Kim", "age": "old"}])

    def test_what_the_function_raises_comes_through(self) -> None:
        def fails(x: int):
            raise KeyError(x)

        with pytest.raises(KeyError):
            Tool(fails)(x=1)

    def test_a_class_that_nobody_knows_is_checked_by_itself(self) -> None:
        def use(thing: Opaque):
            return thing

        opaque = Opaque()

        assert Tool(use)(thing=opaque) is opaque
        with pytest.raises(UsageError, match="Opaque"):
            Tool(use)(thing=1)

    def test_arguments_without_a_name_are_the_first(self) -> None:
        def power(base: int, exponent: int = 2) -> int:
            return base**exponent

        assert Tool(power)(3) == 9
        assert Tool(power)("2", exponent=3) == 8
        assert asyncio.run(Tool(power).acall(2, 4)) == 16

    @pytest.mark.parametrize(("places", "named"), [((1, 2, 3), {}), ((1,), {"base": 2})])
    def test_too_many_or_given_twice_they_are_refused(self, places: Any, named: Any) -> None:
        def power(base: int, exponent: int = 2) -> int:
            return base**exponent

        with pytest.raises(UsageError, match=r"power cannot take \(1, .*\)\. It takes base: integer, exponent"):
            Tool(power)(*places, **named)


class TestAsync:
    def test_an_async_function_can_be_called_from_plain_code(self) -> None:
        assert Tool(later)(query="x") == "X"

    def test_also_while_a_loop_is_running(self) -> None:
        async def cell() -> str:
            return Tool(later)(query="x")

        assert asyncio.run(cell()) == "X"

    def test_on_the_portals_own_loop_it_says_what_to_write(self) -> None:
        async def inside() -> None:
            Tool(later)(query="x")

        with pytest.raises(UsageError, match=r"await later\.acall"):
            portal.run(inside())

    def test_it_is_awaited_on_the_callers_loop(self) -> None:
        async def where() -> int:
            return id(asyncio.get_running_loop())

        async def main() -> bool:
            return await Tool(where).acall() == id(asyncio.get_running_loop())

        assert asyncio.run(main())

    def test_a_plain_function_does_not_block_the_loop(self) -> None:
        def wait(event: Any) -> bool:
            return event.wait(timeout=30)

        async def main() -> bool:
            event = threading.Event()
            call = asyncio.ensure_future(Tool(wait).acall(event=event))
            await asyncio.sleep(0)
            event.set()
            return await call

        assert asyncio.run(main())

    def test_arguments_are_checked_there_too(self) -> None:
        with pytest.raises(UsageError, match="needs query"):
            asyncio.run(Tool(later).acall())


class TestTimeouts:
    @pytest.mark.parametrize("awaited", [False, True])
    def test_what_hangs_is_given_up_and_what_is_awaited_is_cancelled(self, awaited: bool) -> None:
        cancelled = threading.Event()

        async def hang() -> None:
            try:
                await asyncio.sleep(30)
            except asyncio.CancelledError:
                cancelled.set()
                raise

        tool = Tool(hang, timeout=0.05)

        with pytest.raises(TimeoutError, match=r"hang did not answer within 0\.05 s\."):
            asyncio.run(tool.acall()) if awaited else tool()
        assert cancelled.wait(10)

    def test_a_function_that_blocks_is_left_behind(self) -> None:
        end = threading.Event()

        with pytest.raises(TimeoutError, match="block did not answer"):
            Tool(lambda: end.wait(30), name="block", timeout=0.05)()
        end.set()

    def test_a_tool_in_time_returns_and_its_own_timeout_is_its_own(self) -> None:
        def late() -> None:
            raise TimeoutError("the library is closed")

        assert Tool(search, timeout=30)(query="x", limit=1) == ["x"]
        with pytest.raises(TimeoutError, match="the library is closed"):
            Tool(late, timeout=30)()

    @pytest.mark.parametrize("timeout", [0, -1, float("nan"), "3s", True])
    def test_it_is_a_time(self, timeout: Any) -> None:
        with pytest.raises(UsageError, match="timeout cannot be"):
            Tool(search, timeout=timeout)


class TestEvents:
    def test_a_call_is_told_with_its_result_or_its_error(self) -> None:
        heard: list[Any] = []

        with events.listening(heard.append):
            Tool(search)(query="x", limit="1")
            with pytest.raises(UsageError):
                Tool(search)(limit=1)
            asyncio.run(Tool(later).acall(query="x"))

        called = [event for event in heard if isinstance(event, ToolCalled)]
        assert [(event.tool, event.arguments, event.result) for event in called] == [
            ("search", {"query": "x", "limit": 1}, ["x"]),
            ("search", {"limit": 1}, None),
            ("later", {"query": "x"}, "X"),
        ]
        assert isinstance(called[1].error, UsageError)
        spans = [event for event in heard if isinstance(event, events.SpanStarted)]
        assert [(span.kind, span.name) for span in spans] == [("tool", "search"), ("tool", "search"), ("tool", "later")]
        assert called[0].span == spans[0].number


class TestLists:
    def test_tools_and_functions_go_to_a_provider_alike(self) -> None:
        assert as_openai_tools([search]) == as_openai_tools([Tool(search)])
        assert as_openai_tools([]) == []

    def test_two_of_one_name_are_refused(self) -> None:
        with pytest.raises(UsageError, match="Two tools are called 'search'"):
            as_openai_tools([search, Tool(later, name="search")])

    def test_a_plain_function_passes_for_a_tool_in_a_field(self) -> None:
        (tool,) = pydantic.TypeAdapter(list[Tool]).validate_python([search])

        assert tool.name == "search"

    @pytest.mark.parametrize(
        "wrote", [{"func": "os.system"}, {"name": "search"}, "os.system", {"func": None}, {"func": "os.system", "x": 1}]
    )
    def test_what_a_model_wrote_never_becomes_a_tool(self, wrote: Any) -> None:
        with pytest.raises(pydantic.ValidationError):
            pydantic.TypeAdapter(Tool).validate_python(wrote)
        with pytest.raises(nbdspy.errors.SignatureError, match=r"'tool' cannot be Tool.* A model writes ToolCalls"):
            nbdspy.prompt("task -> tool: Tool", task="Search.")


def test_dspys_name_for_its_shape_is_known() -> None:
    def search(query: str) -> str:
        return query

    assert Tool(search).format_as_litellm_function_call() == Tool(search).format_as_openai_tool()


class TestWhatAModelIsTold:
    def test_the_arguments_of_a_docstring_describe_arguments(self) -> None:
        def search(
            query: str, limit: int = 3, place: Annotated[str, pydantic.Field(description="A shelf.")] = ""
        ) -> str:
            """Find notes about a mountain

            Args:
                query (str): What to look for,
                    in words.
                limit: The most notes.
                place: Passed over.

            Returns:
                The notes.
            """
            return query

        tool = Tool(search, arg_desc={"limit": "At most ten."})

        assert tool.desc == "Find notes about a mountain\n\nReturns:\n    The notes."
        described = {name: schema.get("description") for name, schema in tool.args.items()}
        assert described == {"query": "What to look for, in words.", "limit": "At most ten.", "place": "A shelf."}

    @pytest.mark.parametrize("section", ["Args:\n    other: Is none.", "Args:\n    all of them", "Args:"])
    def test_a_section_of_something_else_stays(self, section: str) -> None:
        def search(query: str) -> str:
            return query

        search.__doc__ = f"Search.\n\n{section}"

        assert Tool(search).desc == search.__doc__
        assert Tool(search).args == {"query": {"type": "string"}}

    @pytest.mark.parametrize(
        ("desc", "told"), [("Find notes", "Find notes. Arg"), ("Find notes.", "Find notes. Arg"), ("Why?", "Why? Arg")]
    )
    def test_a_description_ends_before_the_next_sentence(self, desc: str, told: str) -> None:
        assert Tool(len, "search", desc).format().startswith(f"search: {told}")

    def test_a_program_is_told_by_its_signature(self) -> None:
        class Intent(Signature):
            """Name what the person wants"""

            request: str = InputField(desc="one short message")
            intent: str = OutputField()

        one, other = Tool(Predict(Intent)), Tool(ChainOfThought(Intent))

        assert (one.name, one.desc) == ("Intent", "Name what the person wants. Gives `intent`.")
        assert one.args == {"request": {"type": "string", "description": "one short message"}}
        assert (other.name, other.desc) == (
            "ChainOfThought",
            "Name what the person wants. Gives `reasoning`, `intent`.",
        )
        assert Tool(Predict("question -> answer")).desc == "Given the fields `question`, produce the fields `answer`."
        assert list(tools_by_name([Predict(Intent), Predict("question -> answer")])) == ["Intent", "Predict"]

    def test_a_search_is_told_without_its_papers(self) -> None:
        for search in (BM25(["some text"]), Retrieve(k=1)):
            tool = Tool(search)
            assert tool.format().startswith(f"{type(search).__name__}: Finds passages that fit a query. Arguments")
            assert set(tool.args) >= {"query", "k"}

    def test_code_is_told_what_arguments_mean(self) -> None:
        def search(query: str) -> str:
            """Search.

            Args:
                query: What to look for
            """
            return query

        assert described([Tool(search)]) == "- `search(query: str) -> str`: Search. `query`: What to look for."
