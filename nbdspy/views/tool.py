"""The card of a tool: what a model is told of it, and what it is not."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import Any

from nbdspy.types import Tool
from nbdspy.types.parameters import in_words
from nbdspy.views import cut, safe
from nbdspy.views.drawing import Card, fragments

MOST_ARGUMENTS = 40
SCHEMA = 8_000
"""Characters of the schema that are shown."""


def card(tool: Tool) -> Card:
    """The description, the arguments, and all of it as a model's provider gets it."""
    told = tool.format_as_openai_tool()["function"]
    required = told["parameters"]["required"]
    drawn = fragments(
        "tool.html",
        name=tool.name,
        short=_signature(tool),
        description=cut.cut(tool.desc, 4_000),
        arguments=[
            (name, in_words(schema), _note(name, schema, required))
            for name, schema in list(tool.args.items())[:MOST_ARGUMENTS]
        ],
        hidden=len(tool.args) - MOST_ARGUMENTS,
        doubts=doubts(tool),
        schema=cut.cut(json.dumps(told, indent=2, ensure_ascii=False), SCHEMA),
    )
    return Card(fragments=drawn, text=_text(tool, required))


def doubts(tool: Tool) -> list[str]:
    """What a model would want to know and is not told."""
    said = []
    if not tool.desc:
        said.append("It has no docstring, so a model knows it by its name alone. Say in one what it is for.")
    bare = [name for name, schema in tool.args.items() if not schema or set(schema) <= {"default", "description"}]
    if bare:
        one = bare[0]
        said.append(
            f"{', '.join(bare)}: no type, so a model may give anything. Write one, for example `{one}: str`, and it is "
            "told and checked."
        )
    return said


def _signature(tool: Tool) -> str:
    return f"({', '.join([*tool.args, *(['…'] if tool.has_kwargs else [])])})"


def _note(name: str, schema: Any, required: list[str]) -> str:
    if not isinstance(schema, Mapping):
        return ""
    said = [safe.short(schema["description"], cut.CELL)] if schema.get("description") else []
    if schema.get("default") is not None:
        said.append(f"default {safe.short(schema['default'], 40) or repr('')}")
    elif name not in required:
        said.append("may be left out")
    return " · ".join(said)


def _text(tool: Tool, required: list[str]) -> str:
    lines = [f"{tool.name}{_signature(tool)}"]
    lines += [f"  {safe.short(tool.desc, 200)}"] if tool.desc else []
    for name, schema in tool.args.items():
        note = _note(name, schema, required)
        lines.append(f"  {name}: {in_words(schema)}" + (f" ({note})" if note else ""))
    return "\n".join([*lines, *(f"  ! {doubt}" for doubt in doubts(tool))])
