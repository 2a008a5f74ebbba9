"""`History`: the earlier turns of a conversation."""

from __future__ import annotations

from typing import Any, ClassVar, Self

import pydantic

from nbdspy import render
from nbdspy.types.type import Type, positional


class History(Type):
    """Earlier turns; each message holds the values of input and output fields under their names.

    Adapters for chat models show every message as a turn of the user and one of the assistant.

    Example:
        >>> history = History(messages=[{"question": "Capital of France?", "answer": "Paris"}])
        >>> history.with_turn(question="And of Spain?", answer="Madrid")
        History(2 messages)
    """

    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    messages: list[dict[str, Any]]

    @pydantic.field_validator("messages")
    @classmethod
    def _with_results(cls, messages: list[dict[str, Any]]) -> list[dict[str, Any]]:
        """Calls of tools that went through JSON are calls again, with what came of them."""
        if not any(isinstance(value, dict) and "tool_calls" in value for turn in messages for value in turn.values()):
            return messages
        from nbdspy.types.tool_calls import remembered  # here, as most histories have no calls

        return [{name: remembered(value) for name, value in turn.items()} for turn in messages]

    def __init__(self, messages: Any = None, /, **values: Any) -> None:
        positional(self, messages, "messages", values)

    def with_turn(self, /, **values: Any) -> Self:
        """A history that is one message longer."""
        return type(self)(messages=[*self.messages, values])

    def format(self) -> str:
        """The turns as text, for prompts that have none."""
        turns = [
            "\n".join(f"{name}: {render.written(_told(value))}" for name, value in turn.items())
            for turn in self.messages
        ]
        return "\n\n".join(turns)

    def as_plain(self) -> Any:
        """The messages under their name; calls of tools with what came of them."""
        return {"messages": [{name: _told(value) for name, value in turn.items()} for turn in self.messages]}

    def __repr__(self) -> str:
        return f"History({len(self.messages)} message{'' if len(self.messages) == 1 else 's'})"

    __str__ = __repr__


def _told(value: Any) -> Any:
    """A value as people read it: calls know what came of them."""
    return value.told() if hasattr(value, "told") else value
