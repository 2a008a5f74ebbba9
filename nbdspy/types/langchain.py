"""Tools of LangChain: what one takes, and calling it. Nothing of the package is imported here."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nbdspy.errors import ToolError
from nbdspy.models.redaction import redact
from nbdspy.types.tool_call import said_by

_OWN = "langchain_core."


def schema_of(tool: Any) -> Mapping[str, Any]:
    """The JSON schema of what a model may give a tool; what LangChain injects itself is not in it."""
    schema = tool.tool_call_schema
    return schema if isinstance(schema, Mapping) else schema.model_json_schema()


def function_of(tool: Any) -> Callable[..., Any]:
    """The function that calls a tool; `async def` for one that can be awaited."""

    async def acall(**arguments: Any) -> Any:
        with _told(tool):
            return await tool.ainvoke(arguments)

    def call(**arguments: Any) -> Any:
        with _told(tool):
            return tool.invoke(arguments)

    return acall if _is_async(tool) else call


@contextmanager
def _told(tool: Any) -> Iterator[None]:
    """Say of whatever the tool raises which one it was."""
    try:
        yield
    except Exception as error:  # a tool is foreign code
        raise ToolError(f"{tool.name} failed: {redact(said_by(error))}") from error


def _is_async(tool: Any) -> bool:
    """Whether it was given a coroutine, or its class has an async form of its own."""
    return bool(getattr(tool, "coroutine", None)) or not type(tool)._arun.__module__.startswith(_OWN)
