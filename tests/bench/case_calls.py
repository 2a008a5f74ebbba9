"""The library's own work in one call of a canned model, cache off: CPU time per call."""

from __future__ import annotations

import itertools
import sys
from typing import Any

from tests.bench.clock import microseconds
from tests.bench.sides import canned, library, say

FIVE = "context, question, style -> reasoning, answer"


def main(side: str) -> None:
    dspy = library(side)
    dspy.configure(lm=canned(side, reasoning="Six sevens.", answer="42"))
    questions = (f"What is {number} times seven?" for number in itertools.count())
    short = "question -> answer"

    plain, shown, thinking = dspy.Predict(short), dspy.Predict(short), dspy.ChainOfThought(short)
    shown.demos = demos(dspy, 8)
    assert shown(question=next(questions)).answer == "42"
    say(
        predict=microseconds(lambda: plain(question=next(questions))),
        predict_8=microseconds(lambda: shown(question=next(questions))),
        chain_of_thought=microseconds(lambda: thinking(question=next(questions))),
        construct=microseconds(lambda: dspy.Predict(short)),
    )

    adapter, signature = dspy.ChatAdapter(), dspy.Signature(FIVE)

    def format_with(given: list[Any]) -> float:
        inputs = {"context": "Numbers.", "style": "short"}
        return microseconds(lambda: adapter.format(signature, given, {**inputs, "question": next(questions)}))

    say(**{f"format_{count}": format_with(demos(dspy, count)) for count in (0, 8, 20)})


def demos(dspy: Any, count: int) -> list[Any]:
    """Complete demonstrations for every signature here."""
    return [
        dspy.Example(
            context=f"Fact {number}.", question=f"What is {number} times two?", style="short",
            reasoning=f"Twice {number}.", answer=str(2 * number),
        ).with_inputs("context", "question", "style")
        for number in range(count)
    ]  # fmt: skip


if __name__ == "__main__":
    main(sys.argv[1])
