"""`streaming_response`: a program's stream as the server-sent events of a web service."""

from __future__ import annotations

import json
from collections.abc import AsyncGenerator, AsyncIterable
from dataclasses import asdict
from typing import Any

from nbdspy import render
from nbdspy.data import Prediction
from nbdspy.errors import UsageError
from nbdspy.streaming.messages import StatusMessage, StreamResponse, TextChunk

DONE = "data: [DONE]\n\n"


async def streaming_response(streamer: AsyncIterable[Any]) -> AsyncGenerator[str, None]:
    """Each thing of a stream as an event with one JSON object, and `[DONE]` at the end.

    The object's one key says what it is: `chunk` (DSPy's name, a raw piece as OpenAI's API writes it), `field` (a
    piece of an output), `status` or `prediction`. A text that is an event already is passed on.

    Raises:
        UsageError: For what is none of these.

    Example:
        >>> from nbdspy.streaming import apply_sync_streaming
        >>> async def answers():
        ...     yield Prediction(answer="42")
        >>> list(apply_sync_streaming(streaming_response(answers())))
        ['data: {"prediction": {"answer": "42"}}\\n\\n', 'data: [DONE]\\n\\n']
    """
    async for value in streamer:
        match value:
            case Prediction():
                yield _event("prediction", value.toDict())
            case StreamResponse():
                yield _event("field", asdict(value))
            case StatusMessage():
                yield _event("status", value.message)
            case TextChunk():
                yield _event("chunk", value.json())
            case str() if value.startswith("data:"):
                yield value
            case _:
                raise UsageError(
                    f"A stream for a service holds {render.short(repr(value))}, which is no part of one.",
                    hint="Give the stream of a program made by streamify.",
                )
    yield DONE


def _event(kind: str, value: Any) -> str:
    return f"data: {json.dumps({kind: value}, ensure_ascii=False, default=render.plain)}\n\n"
