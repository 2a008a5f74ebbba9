"""A program that is read while it runs: CPU time per word of a reply, with every piece and with those of an output."""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys
from typing import Any

from tests.bench.chat_server import chat_server
from tests.bench.clock import microseconds
from tests.bench.sides import library, say

WORDS = 400


def main(side: str) -> None:
    dspy = library(side)
    logging.disable()
    questions = (f"What is {number} times two?" for number in itertools.count())

    async def read(stream: Any) -> None:
        *said, prediction = [value async for value in stream(question=next(questions))]
        assert prediction.answer == "42"
        assert len(said) > WORDS // 4  # the peer gives several words at once

    with chat_server(0, WORDS) as address, asyncio.Runner() as runner:
        dspy.configure(lm=dspy.LM("openai/gpt-4o-mini", api_base=address, api_key="sk-none", cache=False))
        program = dspy.ChainOfThought("question -> answer")
        listener = dspy.streaming.StreamListener("reasoning", allow_reuse=True)
        raw, field = dspy.streamify(program), dspy.streamify(program, stream_listeners=[listener])
        say(raw=microseconds(lambda: runner.run(read(raw))) / WORDS)
        say(field=microseconds(lambda: runner.run(read(field))) / WORDS)


if __name__ == "__main__":
    main(sys.argv[1])
