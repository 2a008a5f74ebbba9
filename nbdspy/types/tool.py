"""`Tool`: a function that a model may call."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from numbers import Real
from typing import Any, ClassVar, Literal, Self

import pydantic

from nbdspy import events, render
from nbdspy.errors import ToolCallError, UsageError, did_you_mean, ended
from nbdspy.runtime import Do, Effect, Run, Steps, Within, adrive, drive
from nbdspy.types.docstrings import split_docstring, without_making
from nbdspy.types.parameters import Parameters, in_words, parameters_of, reader_of, schemas_of
from nbdspy.types.type import Type, reason_of

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what providers take
_UNNAMEABLE = re.compile(r"[^A-Za-z0-9_-]")


@dataclass(frozen=True, kw_only=True)
class ToolCalled(events.Event):
    """A tool ran: what it was given, and what it returned or raised."""

    tool: str
    arguments: Mapping[str, Any]
    result: Any = None
    error: BaseException | None = None


class Tool(Type):
    """A function with what a model must know to call it, and a check of what it is called with.

    Args:
        func: The function; `async def` is fine.
        name: What the model calls it; by default the function's name.
        desc: What it is for; by default the function's docstring, whose section `Args:` describes the arguments.
        args: The JSON schema of each argument; by default made from the function's hints.
        arg_types: The type of each argument, checked before a call; by default the function's hints.
        arg_desc: What an argument means, by its name; by default as the docstring says.
        has_kwargs: Whether it takes arguments that `args` does not name; by default as the function does.
        timeout: The seconds after which a call is given up by a TimeoutError; a plain function that blocks goes on, on
            a thread that nobody waits for.

    Raises:
        UsageError: When `func` cannot be called, or its name is none that providers take.

    Example:
        >>> def add(a: int, b: int = 1) -> int:
        ...     "Add two numbers."
        ...     return a + b
        >>> tool = Tool(add)
        >>> tool(a=2), tool.name, tool.desc
        (3, 'add', 'Add two numbers.')
        >>> tool(c=3)
        Traceback (most recent call last):
        nbdspy.errors.ToolCallError: add needs a, and has no argument 'c'. It takes a: integer, b: integer.
    """

    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(extra="forbid")

    func: Callable[..., Any]
    name: str
    desc: str = ""
    args: dict[str, Any] = pydantic.Field(default_factory=dict)
    arg_types: dict[str, Any] = pydantic.Field(default_factory=dict)
    arg_desc: dict[str, str] = pydantic.Field(default_factory=dict)
    has_kwargs: bool = False
    timeout: float | None = None

    _required: tuple[str, ...] = pydantic.PrivateAttr(default=())
    _positional: tuple[str, ...] = pydantic.PrivateAttr(default=())
    _definitions: dict[str, Any] = pydantic.PrivateAttr(default_factory=dict)
    _readers: dict[str, pydantic.TypeAdapter[Any]] = pydantic.PrivateAttr(default_factory=dict)

    def __init__(
        self,
        func: Callable[..., Any],
        name: str | None = None,
        desc: str | None = None,
        args: Mapping[str, Any] | None = None,
        arg_types: Mapping[str, Any] | None = None,
        arg_desc: Mapping[str, str] | None = None,
        *,
        has_kwargs: bool | None = None,
        timeout: float | None = None,
    ) -> None:
        if not callable(func) or hasattr(func, "tool_call_schema"):  # one of LangChain's may be called, but with a text
            raise UsageError(f"{render.short(repr(func))} is no function.", hint=_making(func))
        if timeout is not None and (isinstance(timeout, bool) or not isinstance(timeout, Real) or not timeout > 0):
            raise UsageError(f"timeout cannot be {timeout!r}.", hint="It is in seconds, above 0.")
        parameters = parameters_of(func) if args is None else _declared(args, func)
        types = {**parameters.types, **(arg_types or {})}
        readers = {argument: reader_of(type_) for argument, type_ in types.items()}
        schemas, definitions = schemas_of(readers, parameters.defaults) if args is None else ({**args}, {})
        called, about, described = _told_by(func, schemas)
        for argument in arg_desc or {}:
            if argument not in schemas:
                hint = did_you_mean(argument, schemas)
                raise UsageError(f"arg_desc describes {argument!r}, which is no argument.", hint=hint)
        described = {**described, **(arg_desc or {})}
        for argument, text in described.items():
            if argument in (arg_desc or {}) or "description" not in schemas[argument]:
                schemas[argument] = {**schemas[argument], "description": text}
        pydantic.BaseModel.__init__(
            self,
            func=func,
            name=_checked_name(name or called),
            desc=inspect.cleandoc(about if desc is None else desc),
            args=schemas,
            arg_types=types,
            arg_desc=described,
            has_kwargs=parameters.takes_any if has_kwargs is None else has_kwargs,
            timeout=timeout,
        )
        self._required = tuple(argument for argument in schemas if argument not in parameters.defaults)
        self._positional = parameters.positional
        self._definitions = definitions
        self._readers = readers

    def __call__(self, /, *places: Any, **arguments: Any) -> Any:
        """Check the arguments and call the function; an `async def` runs on a loop of ours until it is done.

        Raises:
            ToolCallError: When the arguments do not fit; what the function itself raises comes through.
        """
        arguments = self._named(places, arguments)
        with events.span("tool", self.name, instance=self, inputs={"kwargs": arguments}) as span:
            span.outputs = drive(self._steps(arguments))
            return span.outputs

    async def acall(self, /, *places: Any, **arguments: Any) -> Any:
        """Check the arguments and await the function; one that blocks does so on a thread of its own.

        Raises:
            ToolCallError: When the arguments do not fit; what the function itself raises comes through.
        """
        arguments = self._named(places, arguments)
        with events.span("tool", self.name, instance=self, inputs={"kwargs": arguments}) as span:
            span.outputs = await adrive(self._steps(arguments))
            return span.outputs

    def _steps(self, arguments: Mapping[str, Any]) -> Steps[Any]:
        try:
            given = self.check(arguments)
            result = yield self._effect(given)
        except BaseException as error:
            self._tell(arguments, error=error)
            raise
        self._tell(given, result=result)
        return result

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function's types: a dict where it wants a model becomes one, "3" becomes 3.

        Raises:
            ToolCallError: When one is missing, unknown or of another type; says all that is wrong.
        """
        problems = [f"needs {name}" for name in self._required if name not in arguments]
        given: dict[str, Any] = {}
        for name, value in arguments.items():
            if name not in self.args and not self.has_kwargs:
                near = did_you_mean(name, self.args)
                problems.append(f"has no argument {name!r}{f' ({near})' if near else ''}")
                continue
            try:
                given[name] = self._readers[name].validate_python(value) if name in self._readers else value
            except pydantic.ValidationError as error:
                problems.append(f"cannot take {name}={render.short(repr(value), 60)}: {reason_of(error)}")
        if problems:
            raise ToolCallError(f"{self.name} {', and '.join(problems)}.", hint=self.takes())
        return given

    def takes(self) -> str:
        """Its arguments in a sentence."""
        listed = ", ".join(f"{name}: {in_words(schema)}" for name, schema in self.args.items())
        return f"It takes {listed or 'nothing'}."

    def format(self) -> str:
        """The tool in words, for prompts that have no other place for it."""
        about = f": {ended(' '.join(self.desc.split()))}" if self.desc else "."
        arguments = json.dumps(self._schema(), ensure_ascii=False)
        return f"{self.name}{about} Arguments, as JSON of this schema: {arguments}"

    def format_as_openai_tool(self) -> dict[str, Any]:
        """The tool as OpenAI's API takes it in `tools`."""
        about = {"description": self.desc} if self.desc else {}
        return {"type": "function", "function": {"name": self.name, **about, "parameters": self._schema()}}

    format_as_litellm_function_call = format_as_openai_tool

    @classmethod
    def from_mcp_tool(
        cls, session: Any, tool: Any, *, result_mode: Literal["text", "structured"] = "text"
    ) -> Self:  # fmt: skip
        """A tool of an MCP server, called through a session that the user has opened.

        A session answers on the loop that it was opened on, so such a tool is awaited (`await tool.acall(...)`) there;
        `nbdspy.mcp_tools` opens a server for calls of both kinds. The server's texts come back as texts, pictures and
        sounds as Image and Audio, several things as a list, nothing as None.

        Args:
            session: A client of the package mcp, or any object with its `async def call_tool`.
            tool: The tool as the server lists it.
            result_mode: "structured" prefers the JSON that a server may send besides.

        Raises:
            UsageError: When its arguments are not described as JSON Schema has it. Calls raise ToolError, which is a
                RuntimeError, when the server says that the tool failed, or does not answer.
        """
        from nbdspy.types import mcp

        schema = mcp.either(tool, "input_schema", "inputSchema") or {}
        return cls._of_schema(mcp.function_of(session, tool.name, result_mode), tool.name, tool.description, schema)

    @classmethod
    def from_langchain(cls, tool: Any) -> Self:
        """A tool of LangChain; one that has an async form is awaited, also by a synchronous call.

        Raises:
            UsageError: When it is none, or its arguments are not described as JSON Schema has it. Calls raise
                ToolError, which is a RuntimeError, when the tool fails.
        """
        from nbdspy.types import langchain

        if not hasattr(tool, "tool_call_schema"):
            hint = "Write Tool(function)." if callable(tool) else "Give what LangChain's @tool makes."
            raise UsageError(f"{render.short(repr(tool))} is no tool of LangChain.", hint=hint)
        return cls._of_schema(langchain.function_of(tool), tool.name, tool.description, langchain.schema_of(tool))

    @classmethod
    def _of_schema(cls, func: Callable[..., Any], name: str, desc: str | None, schema: Mapping[str, Any]) -> Self:
        """A tool from elsewhere, by the schema of its arguments, under a name that providers take."""
        from nbdspy.types.schema_arguments import read_schema  # here, as jsonschema is for such tools alone

        read = read_schema(schema, name)
        called = _UNNAMEABLE.sub("_", name)[:64]
        made = cls(func, called, desc or "", read.schemas, read.types, has_kwargs=read.takes_any)
        made._required, made._definitions = read.required, read.definitions
        return made

    def _schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "object", "properties": self.args, "required": list(self._required)}
        return {**schema, "$defs": self._definitions} if self._definitions else schema

    def _named(self, places: Sequence[Any], arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments by name; those without one are the first, as in a call of the function itself."""
        named = dict(zip(self.args, places, strict=False))
        if len(places) > len(self.args) or named.keys() & arguments.keys():
            given = ", ".join([*(render.short(repr(value), 40) for value in places), *arguments])
            raise ToolCallError(f"{self.name} cannot take ({given}).", hint=self.takes())
        return {**named, **arguments}

    def _effect(self, given: Mapping[str, Any]) -> Effect:
        """The call itself: of a program by its own ways to be called, and in time where there is a limit."""
        instead = f"await {self.name}.acall(...)"
        is_program = hasattr(self.func, "acall")
        called: Effect = Run(self.func, given) if is_program else Do(self._bound(given), instead=instead)
        if self.timeout is None:
            return called
        late = f"{self.name} did not answer within {self.timeout:g} s."
        return Within(called, self.timeout, late=late, instead=instead)

    def _bound(self, given: Mapping[str, Any]) -> Callable[[], Any]:
        """The function with its arguments, those without a name in their places."""
        places = [given[name] for name in self._positional if name in given]
        named = {name: value for name, value in given.items() if name not in self._positional}
        return functools.partial(self.func, *places, **named)

    def _tell(self, arguments: Mapping[str, Any], result: Any = None, error: BaseException | None = None) -> None:
        if events.heard(ToolCalled):
            events.emit(ToolCalled(tool=self.name, arguments=arguments, result=result, error=error))

    def __repr__(self) -> str:
        return f"Tool({self.name}({', '.join(self.args)}))"

    __str__ = __repr__

    def __deepcopy__(self, memo: dict[int, Any] | None = None) -> Self:
        return self  # a copy of a program calls the same functions

    @pydantic.model_validator(mode="wrap")
    @classmethod
    def _from_function(cls, value: Any, handler: Callable[[Any], Self]) -> Self:
        """A plain function where a tool is expected becomes one; what a model wrote never does."""
        if isinstance(value, cls) or (isinstance(value, Mapping) and callable(value.get("func"))):
            return handler(value)
        if not callable(value):
            raise ValueError("a tool is made of a function")
        return cls(value)

    @classmethod
    def of(cls, function: Tool | Callable[..., Any]) -> Self:
        """The tool itself, or one made of a plain function."""
        return function if isinstance(function, cls) else cls(function)


def check_list(tools: Any) -> None:
    """Make sure that tools are listed.

    Raises:
        UsageError: When they are not.
    """
    if isinstance(tools, str | Mapping | pydantic.BaseModel) or not isinstance(tools, Iterable):
        raise UsageError(f"tools={render.short(repr(tools))} is no list.", hint="Write tools=[search].")


def tools_by_name(tools: Iterable[Tool | Callable[..., Any]]) -> dict[str, Tool]:
    """Tools and plain functions by the names that a model calls them.

    Raises:
        UsageError: When they are no list, or two have the same name.
    """
    check_list(tools)
    named: dict[str, Tool] = {}
    for tool in map(Tool.of, tools):
        if named.setdefault(tool.name, tool) is not tool:
            raise UsageError(f"Two tools are called {tool.name!r}.", hint='Write Tool(function, name="other").')
    return named


def tool_named(name: str, tools: Mapping[str, Tool]) -> Tool:
    """The tool that a model calls by this name.

    Raises:
        ToolCallError: When there is none; says what is close.
    """
    if name in tools:
        return tools[name]
    hint = did_you_mean(name, tools) or f"There are: {', '.join(tools) or 'none'}."
    raise ToolCallError(f"No tool is called {render.short(repr(name))}.", hint=hint)


def as_openai_tools(tools: Iterable[Tool | Callable[..., Any]]) -> list[dict[str, Any]]:
    """The `tools` of a request, as OpenAI's API takes them.

    Raises:
        UsageError: When two tools have the same name.

    Example:
        >>> def now(zone: str) -> str: ...
        >>> as_openai_tools([now])[0]["function"]["parameters"]["properties"]
        {'zone': {'type': 'string'}}
    """
    return [tool.format_as_openai_tool() for tool in tools_by_name(tools).values()]


def _declared(args: Mapping[str, Any], function: Callable[..., Any]) -> Parameters:
    """The parameters that the user's own schemas name; types and defaults are still the function's."""
    known = parameters_of(function)
    optional = {name: None for name, schema in args.items() if isinstance(schema, Mapping) and "default" in schema}
    return Parameters(
        types={name: known.types.get(name, Any) for name in args},
        defaults={**optional, **known.defaults},
        positional=known.positional,
        takes_any=False,
    )


def _checked_name(name: str) -> str:
    if not _NAME.fullmatch(name):
        raise UsageError(
            f"{render.short(repr(name))} cannot be a tool's name: letters of English, digits, `_` and `-`, at most 64.",
            hint='Write Tool(function, name="search").',
        )
    return name


def _making(thing: Any) -> str:
    """How a tool is made of what is no function."""
    if hasattr(thing, "tool_call_schema"):
        return "Write Tool.from_langchain(tool)."
    if hasattr(thing, "inputSchema") or hasattr(thing, "input_schema"):
        return "Write Tool.from_mcp_tool(session, tool), or take all of a server's by nbdspy.mcp_tools(...)."
    return "Write Tool(search), without a call."


def _told_by(function: Any, arguments: Mapping[str, Any]) -> tuple[str, str, Mapping[str, str]]:
    """What a function says of itself: its name, what it is for, and what arguments mean."""
    while isinstance(function, functools.partial):
        function = function.func
    if not isinstance(function, type) and hasattr(function, "told_as_tool"):  # a program, a search
        name, about, described = function.told_as_tool()
        return name, about, {argument: text for argument, text in described.items() if argument in arguments}
    name, told = str(getattr(function, "__name__", type(function).__name__)), inspect.getdoc(function) or ""
    if not inspect.isroutine(function):  # its class tells how one is made, too
        return name, without_making(told), {}
    return name, *split_docstring(told, arguments)
