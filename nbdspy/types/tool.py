"""`Tool`: a function that a model may call."""

from __future__ import annotations

import functools
import inspect
import json
import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, ClassVar, NoReturn, Self

import pydantic

from nbdspy import events, render
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.runtime import in_thread, portal
from nbdspy.types.parameters import Parameters, parameters_of, reader_of, schemas_of
from nbdspy.types.type import Type, reason_of

_NAME = re.compile(r"[A-Za-z0-9_-]{1,64}")  # what providers take


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
        desc: What it is for; by default the function's docstring.
        args: The JSON schema of each argument; by default made from the function's hints.
        arg_types: The type of each argument, checked before a call; by default the function's hints.
        arg_desc: What an argument means, by its name.

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
        nbdspy.errors.UsageError: add needs a, and has no argument 'c'. It takes a: integer, b: integer.
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
    ) -> None:
        if not callable(func):
            raise UsageError(f"{render.short(repr(func))} is no function.", hint="Write Tool(search), without a call.")
        parameters = parameters_of(func) if args is None else _declared(args, func)
        types = {**parameters.types, **(arg_types or {})}
        readers = {argument: reader_of(type_) for argument, type_ in types.items()}
        schemas, definitions = schemas_of(readers, parameters.defaults) if args is None else ({**args}, {})
        for argument, text in (arg_desc or {}).items():
            if argument not in schemas:
                hint = did_you_mean(argument, schemas)
                raise UsageError(f"arg_desc describes {argument!r}, which is no argument.", hint=hint)
            schemas[argument] = {**schemas[argument], "description": text}
        pydantic.BaseModel.__init__(
            self,
            func=func,
            name=_checked_name(name or _name_of(func)),
            desc=inspect.cleandoc(_docstring(func) if desc is None else desc),
            args=schemas,
            arg_types=types,
            arg_desc={**(arg_desc or {})},
            has_kwargs=parameters.takes_any if has_kwargs is None else has_kwargs,
        )
        self._required = tuple(argument for argument in schemas if argument not in parameters.defaults)
        self._positional = parameters.positional
        self._definitions = definitions
        self._readers = readers

    def __call__(self, /, **arguments: Any) -> Any:
        """Check the arguments and call the function; an `async def` runs on a loop of ours until it is done.

        Raises:
            UsageError: When the arguments do not fit; what the function itself raises comes through.
        """
        with events.span("tool", self.name, instance=self, inputs={"kwargs": arguments}) as span:
            try:
                given = self.check(arguments)
                result = self._call(given)
                if inspect.isawaitable(result):
                    coroutine = result if inspect.iscoroutine(result) else _awaited(result)
                    result = portal.run(coroutine, instead=f"await {self.name}.acall(...)")
            except BaseException as error:
                self._tell(arguments, error=error)
                raise
            self._tell(given, result=result)
            span.outputs = result
            return result

    async def acall(self, /, **arguments: Any) -> Any:
        """Check the arguments and await the function; one that blocks does so on a thread of its own.

        Raises:
            UsageError: When the arguments do not fit; what the function itself raises comes through.
        """
        with events.span("tool", self.name, instance=self, inputs={"kwargs": arguments}) as span:
            try:
                given = self.check(arguments)
                result = self._call(given) if _is_async(self.func) else await in_thread(lambda: self._call(given))
                if inspect.isawaitable(result):
                    result = await result
            except BaseException as error:
                self._tell(arguments, error=error)
                raise
            self._tell(given, result=result)
            span.outputs = result
            return result

    def check(self, arguments: Mapping[str, Any]) -> dict[str, Any]:
        """The arguments as the function's types: a dict where it wants a model becomes one, "3" becomes 3.

        Raises:
            UsageError: When one is missing, unknown or of another type; says all that is wrong.
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
            raise UsageError(f"{self.name} {', and '.join(problems)}.", hint=f"It takes {self._takes()}.")
        return given

    def format(self) -> str:
        """The tool in words, for prompts that have no other place for it."""
        about = f": {' '.join(self.desc.split())}" if self.desc else "."
        arguments = json.dumps(self._schema(), ensure_ascii=False)
        return f"{self.name}{about} Arguments, as JSON of this schema: {arguments}"

    def format_as_openai_tool(self) -> dict[str, Any]:
        """The tool as OpenAI's API takes it in `tools`."""
        about = {"description": self.desc} if self.desc else {}
        return {"type": "function", "function": {"name": self.name, **about, "parameters": self._schema()}}

    format_as_litellm_function_call = format_as_openai_tool

    @classmethod
    def from_mcp_tool(cls, session: Any, tool: Any, *, result_mode: str = "text") -> NoReturn:
        """Comes later.

        Raises:
            UsageError: Always; says how to write it today.
        """
        raise UsageError(
            "Tools of MCP servers come later.",
            hint="Write Tool(function), with a function that calls session.call_tool.",
        )

    @classmethod
    def from_langchain(cls, tool: Any) -> NoReturn:
        """Comes later.

        Raises:
            UsageError: Always; says how to write it today.
        """
        raise UsageError(
            "Tools of LangChain come later.", hint="Write Tool(function), with a function that calls tool.invoke."
        )

    def _schema(self) -> dict[str, Any]:
        schema: dict[str, Any] = {"type": "object", "properties": self.args, "required": list(self._required)}
        return {**schema, "$defs": self._definitions} if self._definitions else schema

    def _call(self, given: Mapping[str, Any]) -> Any:
        places = [given[name] for name in self._positional if name in given]
        return self.func(*places, **{name: value for name, value in given.items() if name not in self._positional})

    def _tell(self, arguments: Mapping[str, Any], result: Any = None, error: BaseException | None = None) -> None:
        if events.heard():
            events.emit(ToolCalled(tool=self.name, arguments=arguments, result=result, error=error))

    def _takes(self) -> str:
        return ", ".join(f"{name}: {_kind(schema)}" for name, schema in self.args.items()) or "nothing"

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


def tools_by_name(tools: Iterable[Tool | Callable[..., Any]]) -> dict[str, Tool]:
    """Tools and plain functions by the names that a model calls them.

    Raises:
        UsageError: When two have the same name.
    """
    named: dict[str, Tool] = {}
    for tool in map(Tool.of, tools):
        if named.setdefault(tool.name, tool) is not tool:
            raise UsageError(f"Two tools are called {tool.name!r}.", hint='Write Tool(function, name="other").')
    return named


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


async def _awaited(result: Any) -> Any:
    return await result


def _is_async(function: Any) -> bool:
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.iscoroutinefunction(function if inspect.isroutine(function) else type(function).__call__)


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


def _name_of(function: Any) -> str:
    while isinstance(function, functools.partial):
        function = function.func
    return str(getattr(function, "__name__", type(function).__name__))


def _docstring(function: Any) -> str:
    """The function's own words; for an object that can be called those of its class."""
    while isinstance(function, functools.partial):
        function = function.func
    return inspect.getdoc(function) or ""


def _kind(schema: Any) -> str:
    """A JSON schema in a word."""
    if not isinstance(schema, Mapping):
        return "any value"
    if "enum" in schema:
        return "one of " + "/".join(map(str, schema["enum"]))
    if "anyOf" in schema:
        return " or ".join(map(_kind, schema["anyOf"]))
    return str(schema.get("type", "any value"))
