"""What crosses to a model and back."""

from __future__ import annotations

import json

from nbdspy.models import Extras, Reply, Request, Usage

TOOL = {"type": "function", "function": {"name": "search", "parameters": {"type": "object"}}}


def test_what_is_unset_leaves_the_key_of_a_request_as_it_was() -> None:
    plain = Request(model="m", prompt="Hello")

    assert plain.as_dict() == {"model": "m", "prompt": "Hello", "n": 1}
    assert Request(model="m", prompt="Hello", tools=[]).key() == plain.key()
    assert Request(model="m", prompt="Hello", tools=[TOOL]).key() != plain.key()
    assert Request(model="m", prompt="Hello", response_format={"type": "json_object"}).key() != plain.key()


def test_a_reply_survives_json_with_everything_it_holds() -> None:
    extras = Extras(
        tool_calls=({"id": "1", "name": "search", "arguments": {"query": "tides"}},),
        reasoning="I should look it up.",
        logprobs={"content": [{"token": "a", "logprob": -0.1}]},
        citations=({"cited_text": "the moon", "document_index": 0},),
    )
    reply = Reply(texts=("", "b"), extras=(extras, Extras()), usage=Usage(prompt=3), cost=0.5, finish_reasons=("stop",))

    assert Reply.from_dict(json.loads(json.dumps(reply.as_dict()))) == reply


def test_a_reply_of_texts_alone_is_written_as_before() -> None:
    assert "extras" not in Reply(texts=("a",)).as_dict()
    assert Reply(texts=("a",)).extra(0) == Extras()
