"""`Episode`: what an agent has thought, done and observed so far."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache
from typing import Any

from nbdspy.adapters import Adapter
from nbdspy.adapters.conversation import ConversationAdapter
from nbdspy.adapters.parts import Parts
from nbdspy.modules.acting import Observing, as_text
from nbdspy.signatures import Field, SignatureType
from nbdspy.signatures.signature import make
from nbdspy.types.trajectory import Illustrated

PARTS = ("thought", "tool_name", "tool_args", "observation")


class Episode:
    """The steps of one call of an agent: as its prediction holds them, and as texts for its prompts.

    Texts are written once, when a step is added: what a tool changes later in a value that it returned does not change
    what was observed.

    Args:
        limit: The most characters of an observation; of a longer one the middle is left out.
    """

    def __init__(self, limit: int) -> None:
        self.trajectory: dict[str, Any] = {}  # thought_0, tool_name_0, tool_args_0, observation_0, thought_1 …
        self.count = 0
        self._observing = Observing(limit)
        self._texts: dict[str, str] = {}
        self._parts = Parts()
        self._marked: dict[str, str] = {}  # the texts of observations that hold pictures, with marks in their places

    def add(self, thought: str, name: str, arguments: Any, result: Any) -> None:
        """One more step, with what came of it."""
        observation = self._observing.observed(self.count, name, arguments, result)
        for part, value in zip(PARTS, (thought, name, arguments, observation), strict=True):
            self.trajectory[f"{part}_{self.count}"] = value
            self._texts[f"{part}_{self.count}"] = as_text(value)
        name = f"observation_{self.count}"
        marked = self._parts.taken_from({name: observation})[name]
        if marked is not observation:
            self._marked[name] = as_text(marked)
        self.count += 1

    def shown(self, adapter: Adapter, first: int) -> str | Illustrated:
        """The steps from the number `first` on, as an adapter shows inputs; pictures only by name in plain text."""
        text = self._laid_out(adapter, first, self._texts)
        if not self._marked or not isinstance(adapter, ConversationAdapter):
            return text
        marked = self._laid_out(adapter, first, self._texts | self._marked)
        parts = self._parts.put_back({"content": marked})["content"]
        return text if isinstance(parts, str) else Illustrated(parts, text)

    def _laid_out(self, adapter: Adapter, first: int, texts: Mapping[str, str]) -> str:
        if first == self.count:
            return ""
        names = _names(first, self.count)
        shown = adapter.format_inputs(_fields(names), {name: texts[name] for name in names})
        return f"(Older steps are left out for lack of room.)\n\n{shown}" if first else shown


@lru_cache(maxsize=256)
def _names(first: int, count: int) -> tuple[str, ...]:
    return tuple(f"{part}_{step}" for step in range(first, count) for part in PARTS)


@lru_cache(maxsize=256)
def _fields(names: tuple[str, ...]) -> SignatureType:
    return make({name: Field(role="input", name=name) for name in names}, is_whole=False)
