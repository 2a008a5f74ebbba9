"""Many calls in flight to a server that takes 50 ms for each: calls per second, by Evaluate and streamed to tasks."""

from __future__ import annotations

import asyncio
import logging
import sys
import time
from collections.abc import Awaitable, Callable, Iterator
from typing import Any

from tests.bench.chat_server import chat_server
from tests.bench.sides import library, say

SECONDS, CALLS = 0.05, 4096


def main(side: str, at_once: int) -> None:
    dspy = library(side)
    logging.disable()
    with chat_server(SECONDS) as address:
        dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", api_base=address, api_key="sk-none", cache=False))
        say(evaluate=_evaluate(dspy, side, at_once))
        say(streamed=asyncio.run(_streamed(streaming(dspy, side), at_once)))


def _evaluate(dspy: Any, side: str, at_once: int) -> float:
    examples = [
        dspy.Example(question=f"What is {n} times two?", answer="42").with_inputs("question") for n in range(CALLS)
    ]
    options = {"num_threads": at_once} | ({"display_progress": False} if side == "peer" else {})
    program = dspy.Predict("question -> answer")

    def seconds(count: int) -> float:
        evaluate = dspy.Evaluate(devset=examples[:count], metric=_right, **options)
        started = time.perf_counter()
        assert evaluate(program).score == 100
        return time.perf_counter() - started

    seconds(at_once)  # opens the connections
    return CALLS / seconds(CALLS)


def _right(example: Any, prediction: Any, trace: Any = None) -> bool:
    return bool(example.answer == prediction.answer)


def streaming(dspy: Any, side: str) -> Callable[[str], Awaitable[None]]:
    """What streams one call until its fields are read: of the peer programs do, of ours the model and its adapter."""
    if side == "peer":
        program = dspy.streamify(dspy.Predict("question -> answer"))

        async def stream(question: str) -> None:
            *_, prediction = [piece async for piece in program(question=question)]
            assert prediction.answer == "42"
    else:
        lm, program, adapter = dspy.settings.lm, dspy.Predict("question -> answer"), dspy.ChatAdapter()

        async def stream(question: str) -> None:
            _, asked = program.asked({"question": question}, lm=lm)
            *_, reply = [piece async for piece in lm.astream(lm.request(**asked))]
            assert adapter.parse(program.signature, reply.text)["answer"] == "42"

    return stream


async def _streamed(stream: Callable[[str], Awaitable[None]], at_once: int) -> float:
    async def work(questions: Iterator[int]) -> None:
        for number in questions:
            await stream(f"What is {number} times three?")

    async def seconds(count: int) -> float:
        questions = iter(range(count))
        started = time.perf_counter()
        await asyncio.gather(*(work(questions) for _ in range(at_once)))
        return time.perf_counter() - started

    await seconds(at_once)
    return CALLS / await seconds(CALLS)


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]))
