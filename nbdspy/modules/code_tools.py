"""Tools as code calls them: by names of Python's, told to a model as Python spells functions."""

from __future__ import annotations

import inspect
import keyword
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from nbdspy.adapters.wording import describe_type
from nbdspy.errors import UsageError, ended
from nbdspy.types import Tool
from nbdspy.types.tool import tools_by_name

TAKEN = frozenset({"SUBMIT", "print"})  # what the sandbox itself defines

_KINDS = {
    "string": "str", "integer": "int", "number": "float", "boolean": "bool", "array": "list", "object": "dict",
    "null": "None",
}  # fmt: skip


def code_tools(tools: Iterable[Tool | Callable[..., Any]], *, taken: Iterable[str] = ()) -> dict[str, Tool]:
    """Tools by the names that code calls them.

    Raises:
        UsageError: When a name is no name of Python's, or is taken by a variable or a function of the sandbox.
    """
    named = tools_by_name(tools)
    for name in named:
        if not name.isidentifier() or keyword.iskeyword(name):
            raise UsageError(
                f"No code can call a tool {name!r}: that is no name in Python.",
                hint=f"Write Tool(function, name={''.join(c if c.isalnum() else '_' for c in name)!r}).",
            )
        if name in TAKEN or name in taken:
            raise UsageError(
                f"A tool cannot be called {name!r}, which is something else in the code.",
                hint='Write Tool(function, name="other").',
            )
    return named


def signature_of(tool: Tool) -> inspect.Signature:
    """What a tool takes, as Python spells it."""
    kinds = inspect.Parameter
    required = tool.format_as_openai_tool()["function"]["parameters"]["required"]
    parameters = []
    for name in sorted(tool.args, key=lambda name: name not in required):  # Python wants those with defaults last
        schema = tool.args[name] if isinstance(tool.args[name], Mapping) else {}
        default = kinds.empty if name in required else schema.get("default")
        parameters.append(kinds(name, kinds.POSITIONAL_OR_KEYWORD, default=default, annotation=_Spelled(_kind(schema))))
    if tool.has_kwargs:
        parameters.append(kinds("more", kinds.VAR_KEYWORD))
    return inspect.Signature(parameters)


def described(tools: Iterable[Tool]) -> str:
    """The tools in words, a line each: how they are called, and what for."""
    return "\n".join(f"- `{tool.name}{_call_of(tool)}`: {_about(tool)}" for tool in tools)


def _about(tool: Tool) -> str:
    """What a tool is for, and what its arguments mean, where that is told."""
    about = " ".join(tool.desc.split()) or tool.name
    if not tool.arg_desc:
        return about
    return " ".join(
        [ended(about), *(f"`{name}`: {ended(' '.join(text.split()))}" for name, text in tool.arg_desc.items())]
    )


def _call_of(tool: Tool) -> str:
    gives = getattr(tool.func, "__annotations__", {}).get("return")
    if gives is None:
        return str(signature_of(tool))
    return f"{signature_of(tool)} -> {gives if isinstance(gives, str) else describe_type(gives)}"


class _Spelled(str):
    """An annotation that stands in a signature as it is, without quotes."""

    __slots__ = ()

    def __repr__(self) -> str:
        return str(self)


def _kind(schema: Mapping[str, Any]) -> str:
    """A JSON schema as a hint."""
    if "enum" in schema:
        return f"Literal[{', '.join(map(repr, schema['enum']))}]"
    if "anyOf" in schema:
        return " | ".join(dict.fromkeys(_kind(one) for one in schema["anyOf"]))
    if schema.get("type") == "array" and isinstance(schema.get("items"), Mapping):
        return f"list[{_kind(schema['items'])}]"
    return _KINDS.get(str(schema.get("type")), "Any")
