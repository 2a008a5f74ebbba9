"""What a stream holds besides the program's result."""

from __future__ import annotations

import json
from dataclasses import dataclass
from types import SimpleNamespace


@dataclass(frozen=True, slots=True)
class StreamResponse:
    """A piece of an output's text.

    Args:
        predict_name: The predictor's path in its program; `"self"` for a program that is a predictor.
        signature_field_name: The output.
        chunk: The text; that of the pieces of one output, put together, is its value as the model wrote it.
        is_last_chunk: Whether the output ends with it.
        replaces: Whether it begins the output anew: what came of it before was of a reply that could not be read, and
            does not count.

    Example:
        >>> StreamResponse("self", "answer", "Par", False)
        StreamResponse(predict_name='self', signature_field_name='answer', chunk='Par', is_last_chunk=False)
    """

    predict_name: str
    signature_field_name: str
    chunk: str
    is_last_chunk: bool
    replaces: bool = False

    def __repr__(self) -> str:
        replaces = ", replaces=True" if self.replaces else ""
        return (
            f"StreamResponse(predict_name={self.predict_name!r}, signature_field_name={self.signature_field_name!r}, "
            f"chunk={self.chunk!r}, is_last_chunk={self.is_last_chunk}{replaces})"
        )


@dataclass(frozen=True, slots=True)
class TextChunk:
    """A piece of a reply as the model says it, layout and all.

    Args:
        text: The piece.
        predict_name: The path, in its program, of the predictor or module that asked.
        model: Who says it.

    Example:
        >>> chunk = TextChunk("[[ ##", "self", "openai/gpt-5-mini")
        >>> chunk.choices[0].delta.content  # as readers of OpenAI's chunks write it
        '[[ ##'
    """

    text: str
    predict_name: str
    model: str

    @property
    def choices(self) -> list[SimpleNamespace]:
        """The piece where OpenAI's API has it."""
        return [SimpleNamespace(index=0, delta=SimpleNamespace(content=self.text), finish_reason=None)]

    def json(self) -> str:
        """The piece as OpenAI's API writes one."""
        choice = {"index": 0, "delta": {"content": self.text}, "finish_reason": None}
        return json.dumps({"object": "chat.completion.chunk", "model": self.model, "choices": [choice]})


@dataclass(frozen=True, slots=True)
class StatusMessage:
    """What a program is doing, in words."""

    message: str
