"""A chat that is read while the model speaks, with what was said before: by the real small model, and from a tape."""

from __future__ import annotations

import asyncio
from pathlib import Path
from typing import Any

import pytest

import nbdspy
from nbdspy.configuration import context
from nbdspy.models import use_cassette
from nbdspy.streaming import StreamListener, StreamResponse
from tests.bench.small_model import missing

TAPE = Path(__file__).with_name("chat.jsonl")
"""Recorded with the real model; `record` below makes it anew."""

QUESTIONS = ("What is the capital of France?", "And of Italy?")


class Chat(nbdspy.Signature):
    """Answer the question in one short sentence."""

    history: nbdspy.History = nbdspy.InputField()
    question: str = nbdspy.InputField()
    answer: str = nbdspy.OutputField()


async def chat(lm: nbdspy.LM) -> list[tuple[list[str], str]]:
    """The pieces and the answer of every turn; each is told those before."""
    stream = nbdspy.streamify(nbdspy.Predict(Chat), stream_listeners=[StreamListener("answer")])
    history = nbdspy.History(messages=[])
    turns = []
    with context(lm=lm):
        for question in QUESTIONS:
            said: list[Any] = [value async for value in stream(history=history, question=question)]
            *pieces, prediction = said
            assert all(isinstance(piece, StreamResponse) for piece in pieces)
            history = nbdspy.History(messages=[*history.messages, {"question": question, "answer": prediction.answer}])
            turns.append(([piece.chunk for piece in pieces], prediction.answer))
    return turns


def small_model() -> nbdspy.LM:
    return nbdspy.LM("smollm2", max_tokens=60, cache=False)


def record() -> None:
    """Make the tape anew."""
    with use_cassette("record", TAPE):
        asyncio.run(chat(small_model()))


def test_from_a_tape_each_answer_comes_in_one_piece() -> None:
    lm = small_model()
    with use_cassette("replay", TAPE):
        turns = asyncio.run(chat(lm))

    assert [pieces for pieces, _ in turns] == [
        [answer] if len(pieces) == 1 else [answer, ""] for pieces, answer in turns
    ]
    assert "Paris" in turns[0][1]
    assert QUESTIONS[0] in lm.history[-1].prompt
    assert turns[0][1] in lm.history[-1].prompt


@pytest.mark.slow
@pytest.mark.model
@pytest.mark.skipif(missing() is not None, reason=str(missing()))
def test_the_real_model_says_in_pieces_what_it_answers() -> None:
    lm = small_model()
    try:
        turns = asyncio.run(chat(lm))
    finally:
        lm.close()

    for pieces, answer in turns:
        assert "".join(pieces) == answer
    assert max(len(pieces) for pieces, _ in turns) > 3
    assert QUESTIONS[0] in lm.history[-1].prompt
