"""Streams for a web service."""

from __future__ import annotations

import json
from typing import Any

import pytest

from nbdspy import Predict, streamify
from nbdspy.configuration import context
from nbdspy.data import Prediction
from nbdspy.errors import UsageError
from nbdspy.streaming import (
    StatusMessage,
    StatusMessageProvider,
    StreamListener,
    apply_sync_streaming,
    streaming_response,
)
from nbdspy.testing import DummyLM

QUESTION = {"question": "Why?"}


class Asking(StatusMessageProvider):
    def lm_start_status_message(self, instance: Any, inputs: dict[str, Any]) -> str:
        return "asking…"


def served(stream: Any) -> list[Any]:
    """What a client reads: the object of each event."""
    events = list(apply_sync_streaming(streaming_response(stream)))
    assert all(event.startswith("data: ") and event.endswith("\n\n") for event in events)
    assert events[-1] == "data: [DONE]\n\n"
    return [json.loads(event[6:]) for event in events[:-1]]


def test_each_thing_of_a_stream_is_an_event() -> None:
    stream = streamify(Predict("question -> answer"), Asking(), [StreamListener("answer")])

    with context(lm=DummyLM([{"answer": "é"}])):
        assert served(stream(**QUESTION)) == [
            {"status": "asking…"},
            {
                "field": {
                    "predict_name": "self", "signature_field_name": "answer", "chunk": "é", "is_last_chunk": False,
                    "replaces": False,
                }
            },
            {
                "field": {
                    "predict_name": "self", "signature_field_name": "answer", "chunk": "", "is_last_chunk": True,
                    "replaces": False,
                }
            },
            {"prediction": {"answer": "é"}},
        ]  # fmt: skip


def test_raw_pieces_are_those_of_openais_api() -> None:
    with context(lm=DummyLM([{"answer": "42"}])):
        *pieces, last = served(streamify(Predict("question -> answer"))(**QUESTION))

    said = [json.loads(piece["chunk"])["choices"][0]["delta"]["content"] for piece in pieces]
    assert "".join(said) == "[[ ## answer ## ]]\n42\n\n[[ ## completed ## ]]"
    assert last == {"prediction": {"answer": "42"}}


async def things(*given: Any) -> Any:
    for thing in given:
        yield thing


def test_an_event_is_passed_on_and_something_else_refused() -> None:
    event = 'data: {"mine": 1}\n\n'

    assert list(apply_sync_streaming(streaming_response(things(event)))) == [event, "data: [DONE]\n\n"]
    with pytest.raises(UsageError, match="holds 42, which is no part of one"):
        list(apply_sync_streaming(streaming_response(things(42))))


def test_an_async_stream_is_read_in_plain_code_with_its_errors() -> None:
    async def broken() -> Any:
        yield 1
        raise LookupError("mine")

    assert list(apply_sync_streaming(things(Prediction(answer="42"), StatusMessage("so")))) == [
        Prediction(answer="42"),
        StatusMessage("so"),
    ]
    stream = apply_sync_streaming(broken())
    assert next(stream) == 1
    with pytest.raises(LookupError, match="mine"):
        next(stream)
