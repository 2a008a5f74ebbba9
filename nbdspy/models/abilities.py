"""What a model can do beyond plain text."""

from __future__ import annotations

from dataclasses import dataclass

PARAMS = frozenset({"max_tokens", "n", "seed", "stop", "stream", "temperature", "top_p"})


@dataclass(frozen=True, slots=True, kw_only=True)
class Abilities:
    """What a model takes and gives: tools to call, thoughts before the answer, a JSON schema to keep to.

    `takes` are the settings that it knows besides those that come with an ability, `at_once` how many requests it
    answers at the same time, where others wait for their turn, `longest` how many tokens a reply has at most when the
    request does not say; None is not known to be limited.
    """

    function_calling: bool = False
    reasoning: bool = False
    response_schema: bool = False
    takes: frozenset[str] = PARAMS
    at_once: int | None = None
    longest: int | None = None

    @property
    def params(self) -> frozenset[str]:
        """The settings of a request that the model knows."""
        tools = {"tools", "tool_choice"} if self.function_calling else set()
        schema = {"response_format"} if self.response_schema else set()
        return self.takes | tools | schema | ({"reasoning_effort"} if self.reasoning else set())


PLAIN = Abilities()
