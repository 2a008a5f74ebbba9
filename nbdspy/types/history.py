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

    def __init__(self, messages: Any = None, /, **values: Any) -> None:
        positional(self, messages, "messages", values)

    def with_turn(self, /, **values: Any) -> Self:
        """A history that is one message longer."""
        return type(self)(messages=[*self.messages, values])

    def format(self) -> str:
        """The turns as text, for prompts that have none."""
        turns = [
            "\n".join(f"{name}: {render.written(value)}" for name, value in turn.items()) for turn in self.messages
        ]
        return "\n\n".join(turns)

    def as_plain(self) -> Any:
        """The messages under their name."""
        return {"messages": self.messages}

    def __repr__(self) -> str:
        return f"History({len(self.messages)} message{'' if len(self.messages) == 1 else 's'})"

    __str__ = __repr__
