"""Earlier turns in which tools were called: as messages of a provider's own, or told in the text."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any, Final

from nbdspy import render
from nbdspy.models import Message
from nbdspy.signatures import Field, SignatureType
from nbdspy.signatures.signature import make

if TYPE_CHECKING:
    from nbdspy.types import ToolCalls

BESIDE: Final = "(beside the text)"  # where a turn has calls that a model made natively; no field can be called so
TOLD: Final = "tool_call_results"
RESULTS: Final = make({TOLD: Field(role="input", name=TOLD)}, is_whole=False)


def calls_of(signature: SignatureType, turn: Mapping[str, Any]) -> ToolCalls | None:
    """The calls of a turn that were made, with what came of them; None where nothing was called."""
    if BESIDE in turn:
        calls: ToolCalls = turn[BESIDE]
        return calls
    values = (turn.get(name) for name in signature.output_fields)
    return next((value for value in values if getattr(value, TOLD, None) is not None), None)


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
