"""`ToolCall`: one call that a model asks for, and `ToolCallResult`: what came of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, ClassVar

import pydantic

from nbdspy import render
from nbdspy.errors import UsageError, first_of, words_of
from nbdspy.types.tool import Tool, tool_named, tools_by_name
from nbdspy.types.type import Type, loaded

Functions = Mapping[str, Tool | Callable[..., Any]] | Iterable[Tool | Callable[..., Any]]

_WRAPPERS = ("function", "functionCall", "function_call")  # what providers put around a name and its arguments
_ARGUMENTS = ("args", "arguments", "input", "parameters")  # what they call the arguments


class ToolCall(Type):
    """One call that a model asks for; reads the shapes of OpenAI, Anthropic, Google and our own."""

    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    id: str | None = None
    name: str
    args: dict[str, Any] = pydantic.Field(default_factory=dict)

    @classmethod
    def description(cls) -> str:
        """What a model is told, where it writes a call as text."""
        return 'a JSON object {"name": …, "args": {…}} that calls a tool'

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_any_shape(cls, value: Any) -> Any:
        value = loaded(value)
        if not isinstance(value, Mapping):
            return value
        inner = next((value[key] for key in _WRAPPERS if isinstance(value.get(key), Mapping)), value)
        given: Any = next((inner[key] for key in _ARGUMENTS if inner.get(key) is not None), {})
        identity = value.get("id") or value.get("call_id") or inner.get("id")
        return {"id": identity, "args": loaded(given) or {}, **{key: inner[key] for key in ("name",) if key in inner}}

    def execute(self, functions: Functions | None = None) -> Any:
        """Call the tool and return its result.

        Args:
            functions: The tools or plain functions that may be called, listed or by name; nothing else ever is.

        Raises:
            UsageError: When none has this name, or it cannot take the arguments; what it raises itself comes through.
        """
        return self._tool(functions)(**self.args)

    async def aexecute(self, functions: Functions | None = None) -> Any:
        """`execute`, without blocking the running loop."""
        return await self._tool(functions).acall(**self.args)

    def result(self, value: Any) -> ToolCallResult:
        """The call with what it returned."""
        return ToolCallResult(call_id=self.id, name=self.name, value=value)

    def failed(self, error: Exception) -> ToolCallResult:
        """The call with the error that ended it."""
        return ToolCallResult(call_id=self.id, name=self.name, value=said_by(error), is_error=True)

    def _tool(self, functions: Functions | None) -> Tool:
        if functions is None:
            raise UsageError(
                f"{self.name} may not be looked up by its name alone: a model wrote it.",
                hint="Say what may be called: call.execute([search]).",
            )
        return tool_named(self.name, by_name(functions))

    def format(self) -> str:
        """The call as JSON."""
        return render.written(self.as_plain())

    def as_plain(self) -> Any:
        """The name and the arguments, with the id where the provider gave one."""
        return {**({"id": self.id} if self.id else {}), "name": self.name, "args": self.args}

    def __repr__(self) -> str:
        given = ", ".join(f"{name}={render.short(repr(value), 40)}" for name, value in self.args.items())
        return f"ToolCall({self.name}({given}))"

    __str__ = __repr__


class ToolCallResult(Type):
    """What one call returned, or the error that ended it, in words."""

    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    call_id: str | None = None
    name: str
    value: Any
    is_error: bool = False

    @pydantic.field_serializer("value", when_used="json")
    def _in_json(self, value: Any) -> Any:
        """The value as a prompt shows it, for a tool may return anything."""
        return value if value is None or isinstance(value, str | bool | int | float) else loaded(render.written(value))

    def format(self) -> str:
        """The result as JSON."""
        return render.written(self.as_plain())

    def as_plain(self) -> Any:
        """The tool's name with its result or its error."""
        identity = {"id": self.call_id} if self.call_id else {}
        return {**identity, "name": self.name, "error" if self.is_error else "result": self.value}

    def __repr__(self) -> str:
        return f"ToolCallResult({self.brief()})"

    __str__ = __repr__

    def brief(self) -> str:
        """The result in a line."""
        return f"{self.name} {'failed:' if self.is_error else '→'} {render.short(self.value, 60)}"


def said_by(error: Exception) -> str:
    """An error of a tool, of a group the first, in the words that a model is told: its kind and message, no stack."""
    first = first_of(error)
    words = words_of(first)
    return words if isinstance(first, UsageError) else ": ".join(filter(None, (type(first).__name__, words)))


def by_name(functions: Functions) -> dict[str, Tool]:
    """The tools that may be called, by the name a model calls them."""
    if isinstance(functions, Mapping):
        return {name: Tool.of(function) for name, function in functions.items()}
    return tools_by_name(functions)
