"""Earlier turns in which tools were called: as messages of a provider's own, or told in the text."""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any, Final

from nbdspy import render
from nbdspy.adapters.parts import Parts
from nbdspy.models import Message
from nbdspy.signatures import Field, SignatureType
from nbdspy.signatures.signature import make

if TYPE_CHECKING:
    from nbdspy.types import ToolCalls

BESIDE: Final = "(beside the text)"  # where a turn has calls that a model made natively; no field can be called so
TOLD: Final = "tool_call_results"
BELOW: Final = "(shown below)"
RESULTS: Final = make({TOLD: Field(role="input", name=TOLD)}, is_whole=False)


def calls_of(signature: SignatureType, turn: Mapping[str, Any]) -> ToolCalls | None:
    """The calls of a turn that were made, with what came of them; None where nothing was called."""
    if BESIDE in turn:
        calls: ToolCalls = turn[BESIDE]
        return calls
    values = (turn.get(name) for name in signature.output_fields)
    return next((value for value in values if getattr(value, TOLD, None) is not None), None)


def marked(turn: Mapping[str, Any], parts: Parts) -> dict[str, Any]:
    """A turn with a mark in the place of everything that is no text, also in what tools returned."""
    taken = parts.taken_from(turn)
    for name, calls in taken.items():
        if (results := getattr(calls, TOLD, None)) is not None:
            ones = [one.model_copy(update=parts.taken_from({"value": one.value})) for one in results.tool_call_results]
            taken[name] = calls.with_results(results.model_copy(update={"tool_call_results": ones}))
    return taken


def with_pictures_after(messages: Iterable[Message]) -> list[Message]:
    """The messages, those of tools with text alone, as providers want it; what else these returned comes after them."""
    found: list[Message] = []
    pictures: list[Mapping[str, Any]] = []
    for message in messages:
        if message["role"] == "tool" and isinstance(parts := message["content"], list):
            text = "".join(part["text"] if part["type"] == "text" else BELOW for part in parts)
            pictures += [{"type": "text", "text": f"What {message['name']} returned:"}]
            pictures += [part for part in parts if part["type"] != "text"]
            message = {**message, "content": text}
        elif message["role"] != "tool" and pictures:
            found.append({"role": "user", "content": pictures})
            pictures = []
        found.append(message)
    return [*found, {"role": "user", "content": pictures}] if pictures else found


def beside(said: str | None, calls: ToolCalls) -> list[Message]:
    """The model's turn with its calls, and a message for each result."""
    made = [
        {
            "id": call.id,
            "type": "function",
            "function": {"name": call.name, "arguments": json.dumps(call.args, ensure_ascii=False, default=str)},
        }
        for call in calls.tool_calls
    ]
    results = calls.tool_call_results.tool_call_results if calls.tool_call_results else ()
    return [
        {"role": "assistant", "content": said, "tool_calls": made},
        *(
            {"role": "tool", "tool_call_id": one.call_id, "name": one.name, "content": render.written(one.value)}
            for one in results
        ),
    ]
