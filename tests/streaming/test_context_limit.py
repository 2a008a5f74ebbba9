"""A prompt that does not fit: every program says by how much, called or streamed, here or at a provider."""

from __future__ import annotations

import asyncio
from collections.abc import Callable
from typing import Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.errors import ContextTooLong
from nbdspy.testing.faults import FaultServer, fail

OPENAI = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."
ANTHROPIC = "prompt is too long: 210000 tokens > 200000 maximum"
QUESTION = {"question": "Why?"}


def called(program: Any) -> Any:
    return program(**QUESTION)


def awaited(program: Any) -> Any:
    return asyncio.run(program.acall(**QUESTION))


def streamed(program: Any) -> Any:
    return list(nbdspy.streamify(program, async_streaming=False)(**QUESTION))


def astreamed(program: Any) -> Any:
    async def read() -> list[Any]:
        return [value async for value in nbdspy.streamify(program)(**QUESTION)]

    return asyncio.run(read())


class Later(nbdspy.Module):
    def __init__(self) -> None:
        self.ask = nbdspy.ChainOfThought("question -> answer")

    async def forward(self, question: str) -> Any:
        return await self.ask.acall(question=question)


@pytest.mark.parametrize("ask", [called, awaited, streamed, astreamed])
@pytest.mark.parametrize("make", [lambda: nbdspy.Predict("question -> answer"), Later])
@pytest.mark.parametrize(("words", "counts"), [(OPENAI, ("9000", "8192")), (ANTHROPIC, ("210000", "200000"))])
def test_a_providers_counts_are_told_once(
    ask: Callable[[Any], Any], make: Callable[[], Any], words: str, counts: tuple[str, ...]
) -> None:
    with FaultServer(fail(400, words, code="context_length_exceeded" if words is OPENAI else None)) as server:
        lm = nbdspy.LM("openai/tiny", api_base=server.url, api_key="a-key-of-tests", cache=False)
        with context(lm=lm), pytest.raises(ContextTooLong) as caught:
            ask(make())

        assert len(server.requests) == 1  # neither sent again, nor asked again in another layout
    assert all(count in str(caught.value) for count in counts)
