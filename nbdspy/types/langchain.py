"""Tools of LangChain: what one takes, and calling it. Nothing of the package is imported here."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any

from nbdspy.errors import ToolError
from nbdspy.types.mcp import said_by

_OWN = "langchain_core."


def schema_of(tool: Any) -> Mapping[str, Any]:
    """The JSON schema of what a model may give a tool; what LangChain injects itself is not in it."""
    schema = tool.tool_call_schema
    return schema if isinstance(schema, Mapping) else schema.model_json_schema()


def function_of(tool: Any) -> Callable[..., Any]:
    """The function that calls a tool; `async def` for one that can be awaited."""

    async def acall(**arguments: Any) -> Any:
        try:
            return await tool.ainvoke(arguments)
        except Exception as error:  # a tool is foreign code
            raise _failed(tool, error) from error

    def call(**arguments: Any) -> Any:
        try:
            return tool.invoke(arguments)
        except Exception as error:  # a tool is foreign code
            raise _failed(tool, error) from error

    return acall if _is_async(tool) else call


def _failed(tool: Any, error: Exception) -> ToolError:
    return ToolError(f"{tool.name} failed: {type(error).__name__}: {said_by(error)}")


def _is_async(tool: Any) -> bool:
    """Whether it was given a coroutine, or its class has an async form of its own."""
    return bool(getattr(tool, "coroutine", None)) or not type(tool)._arun.__module__.startswith(_OWN)
