"""One call over HTTP to a server that answers at once: the client's CPU time, whole with a list price, whole without
one, and streamed.
"""

from __future__ import annotations

import asyncio
import itertools
import logging
import sys

from tests.bench.case_in_flight import streaming
from tests.bench.chat_server import chat_server
from tests.bench.clock import microseconds
from tests.bench.sides import library, say

MODELS = {"listed": "openai/gpt-4o-mini", "unlisted": "openai/test"}


def main(side: str) -> None:
    dspy = library(side)
    logging.disable()
    program = dspy.Predict("question -> answer")
    questions = (f"What is {number} times two?" for number in itertools.count())
    with chat_server(0) as address:
        for name, model in MODELS.items():
            dspy.configure(lm=dspy.LM(model, api_base=address, api_key="sk-none", cache=False))
            assert program(question=next(questions)).answer == "42"
            say(**{name: microseconds(lambda: program(question=next(questions)))})
        stream = streaming(dspy, side)
        with asyncio.Runner() as runner:
            say(streamed=microseconds(lambda: runner.run(stream(next(questions)))))


if __name__ == "__main__":
    main(sys.argv[1])
