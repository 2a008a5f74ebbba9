"""What an agent costs per step besides its model and its tool: few steps, and many, of a canned model."""

from __future__ import annotations

import sys
from functools import partial

from tests.bench.clock import microseconds
from tests.bench.sides import canned, library, say

FEW, MANY = 4, 20


def main(side: str) -> None:
    dspy = library(side)

    def search(query: str, limit: int = 5) -> str:
        """Search the library."""
        return f"Nothing is known of {query}."

    agent = dspy.ReAct("question -> answer", tools=[search])
    reply = {"next_thought": "I must look it up.", "next_tool_name": "search", "next_tool_args": '{"query": "tides"}'}
    dspy.configure(lm=canned(side, **reply, reasoning="Nothing is known.", answer="42"))

    def steps(count: int) -> float:
        assert len(agent(question="Why?", max_iters=count).trajectory) == 4 * count
        return microseconds(partial(agent, question="Why?", max_iters=count)) / count

    say(few=steps(FEW), many=steps(MANY))


if __name__ == "__main__":
    main(sys.argv[1])
