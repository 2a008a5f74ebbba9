"""Answering the code in a sandbox: it asks for a tool of this process, and gets what that returned or raised."""

from __future__ import annotations

import builtins
import inspect
import json
from collections.abc import Awaitable, Callable
from typing import Any, Final

from nbdspy import events
from nbdspy.errors import UsageError, words_of
from nbdspy.runtime import portal
from nbdspy.sandbox.crossing import as_json
from nbdspy.sandbox.interpreter import CodeInterpreter
from nbdspy.types import Tool

MOST_ANSWER: Final = 16_000_000  # bytes that an answer may have


def answer(asked: str, interpreter: CodeInterpreter, most: int) -> str:
    """What a tool returned, or raised, for the code that asked for it in at most so many characters."""
    try:
        if len(asked) > most:
            raise ValueError(f"A tool was given {len(asked):,} characters; at most {most:,} can be passed.")
        call = json.loads(asked)
        name, places, named = call["name"], list(call["arguments"]), dict(call["named"])
        if name not in interpreter.tools:
            raise NameError(f"There is no tool {name!r}; there are: {', '.join(interpreter.tools) or 'none'}.")
        value = _use(interpreter, name, places, named)
        text = json.dumps({"value": as_json(value, f"What {name} returned")})
        if len(text) > MOST_ANSWER:
            raise ValueError(f"{name} returned {len(text):,} characters; at most {MOST_ANSWER:,} can be passed.")
    except Exception as error:  # a tool is foreign code; what it raises is the code's to handle
        text = json.dumps(_as_raised(error))
    return text


def _use(interpreter: CodeInterpreter, name: str, places: list[Any], named: dict[str, Any]) -> Any:
    tool = interpreter.tools[name]
    with events.span(
        "interpreter_tool_call", name, instance=interpreter, inputs={"tool_name": name, "args": places, "kwargs": named}
    ) as span:
        result = tool(**_by_name(tool, places, named)) if isinstance(tool, Tool) else tool(*places, **named)
        span.outputs = portal.run(_awaited(result)) if inspect.isawaitable(result) else result
        return span.outputs


def _by_name(tool: Tool, places: list[Any], named: dict[str, Any]) -> dict[str, Any]:
    """The arguments as a `Tool` takes them."""
    takes = list(tool.args)
    if len(places) > len(takes):
        raise TypeError(f"{tool.name} takes {', '.join(takes) or 'nothing'}; it was given {len(places)} values.")
    given = dict(zip(takes, places, strict=False))
    if twice := next((name for name in named if name in given), None):
        raise TypeError(f"{tool.name} was given {twice} twice.")
    return {**given, **named}


async def _awaited(result: Awaitable[Any]) -> Any:
    return await result


def about(tool: Callable[..., Any]) -> str:
    """What a tool is for."""
    return tool.desc if isinstance(tool, Tool) else inspect.getdoc(tool) or ""


def _as_raised(error: Exception) -> dict[str, str]:
    """An error by the name of Python's own kind that it is."""
    kind = next(each.__name__ for each in type(error).__mro__ if getattr(builtins, each.__name__, None) is each)
    message = error.args[0] if kind == "KeyError" and error.args and isinstance(error.args[0], str) else words_of(error)
    own = "" if kind == type(error).__name__ or isinstance(error, UsageError) else f"{type(error).__name__}: "
    return {"error": kind if kind != "Exception" else "ToolError", "message": f"{own}{message}"[:10_000]}
