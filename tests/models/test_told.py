"""Answers of any kind that a server may give: read, or refused as no completion, and never an error of Python's."""

from __future__ import annotations

import asyncio
import itertools
import json
from contextlib import suppress
from typing import Any

import pytest

from nbdspy.errors import LMUnavailable, UsageError
from nbdspy.models import BaseLM, Reply, Request, Usage
from nbdspy.models.http import HttpLeaf
from nbdspy.models.openai_reply import read_response
from nbdspy.models.streamed import Assembly
from nbdspy.models.told import DEEPEST, read_json
from nbdspy.models.wire import reply_of, tool_call, usage_of
from nbdspy.testing.faults import Exchange, FaultServer, say

pytestmark = pytest.mark.usefixtures("without_keys")

ASKED = Request(model="openai/test", messages=[{"role": "user", "content": "six times seven?"}])
ODD: list[Any] = [7, -1.5, True, "x", [1], ["x"], [[]], {"a": 1}, [{"type": "text", "text": 5}], [None]]


def test_json_may_nest_as_deep_as_an_answer_does_and_no_deeper() -> None:
    assert read_json("[" * DEEPEST + "]" * DEEPEST)
    assert read_json(json.dumps([[]] * 1000)) == [[]] * 1000
    for depth in (DEEPEST + 1, 500, 50_000):
        with pytest.raises(ValueError, match="nests too deeply"):
            read_json(b"[" * depth + b"]" * depth)


@pytest.mark.parametrize("arguments", ["[" * 50_000, '{"a": ' + "[" * 500 + "]" * 500 + "}"], ids=["cut", "whole"])
def test_arguments_that_nest_too_deeply_are_kept_as_they_came(arguments: str) -> None:
    assert tool_call("0", "find", arguments)["arguments"] == {"_raw": arguments}


@pytest.mark.parametrize("odd", ["7", -7, float("nan"), float("inf"), 10**400, [7], {"a": 1}])
def test_what_is_no_count_of_tokens_is_not_counted(odd: Any) -> None:
    assert usage_of({"prompt_tokens": odd, "completion_tokens": 3, "prompt_tokens_details": [1]}) == Usage(completion=3)
    assert usage_of({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": odd}}).cached in (0, 7)


def test_no_more_of_a_prompt_was_cached_than_there_was() -> None:
    assert usage_of({"prompt_tokens": 7, "prompt_tokens_details": {"cached_tokens": 9}}) == Usage(prompt=7, cached=7)


@pytest.mark.parametrize("index", [("0", 1), (None, None), ("0", "1"), ([], {})], ids=str)
def test_calls_of_a_stream_are_told_apart_however_they_are_numbered(index: tuple[Any, Any]) -> None:
    assembly = Assembly()
    calls = [
        {"index": number, "id": name, "function": {"name": name}} for number, name in zip(index, "ab", strict=True)
    ]
    assembly.hear({"choices": [{"delta": {"tool_calls": calls}, "finish_reason": "stop"}]})

    reply = assembly.reply()

    assert reply is not None
    assert [call["name"] for call in reply.extra(0).tool_calls] == ["a", "b"]


def chats(odd: Any) -> list[dict[str, Any]]:
    """Answers with something odd in each place where a chat completion has something."""
    message = {"content": "42"}
    function = {"id": "0", "function": {"name": "find", "arguments": "{}"}}
    return [
        {"choices": odd},
        {"choices": [odd]},
        {"choices": [{"message": odd}]},
        *({"choices": [{"message": {**message, name: odd}}]} for name in ("content", "tool_calls", "reasoning")),
        *({"choices": [{"message": {**message, name: odd}}]} for name in ("annotations", "provider_specific_fields")),
        {"choices": [{"message": {"refusal": odd}}]},
        {"choices": [{"message": message, "finish_reason": odd}]},
        {"choices": [{"text": odd}]},
        {"choices": [{"message": {"tool_calls": [{**function, "function": odd}]}}]},
        {"choices": [{"message": {"tool_calls": [{**function, "id": odd}]}}]},
        {"choices": [{"message": {"tool_calls": [{"function": {"name": odd, "arguments": odd}}]}}]},
        {"choices": [{"message": message}], "usage": odd},
        {"output": odd},
        {"output": [odd]},
        {"output": [{"type": "message", "content": odd}]},
        {"output": [{"type": "message", "content": [{"text": odd, "annotations": odd}]}]},
        {"output": [{"type": "reasoning", "summary": odd}]},
        {"output": [{"type": "function_call", "name": odd}]},
        {"output": [], "status": "incomplete", "incomplete_details": odd},
    ]


def pieces(odd: Any) -> list[Any]:
    """The same of what is streamed."""
    deltas = ("content", "reasoning", "refusal", "tool_calls", "annotations")
    return [
        odd,
        {"choices": odd},
        {"choices": [odd]},
        {"choices": [{"delta": odd}]},
        {"choices": [{"text": odd}]},
        {"choices": [{"delta": {}, "finish_reason": odd, "logprobs": odd}]},
        *({"choices": [{"delta": {name: odd}}]} for name in deltas),
        {"choices": [{"delta": {"tool_calls": [{"index": odd, "function": {"name": odd, "arguments": odd}}]}}]},
        {"choices": [], "usage": odd},
        {"type": "response.output_text.delta", "delta": odd},
        {"type": "response.completed", "response": odd},
        {"type": "response.completed", "response": {"output": odd}},
    ]


def is_sound(reply: Reply) -> bool:
    """Whether everything in a reply is of its kind, and can be kept."""
    json.dumps(reply.as_dict())
    extras = [
        (extra.reasoning, *(text for c in extra.tool_calls for text in (c["id"], c["name"]))) for extra in reply.extras
    ]
    return all(isinstance(text, str) for text in itertools.chain(reply.texts, reply.finish_reasons, *extras))


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_an_answer_is_read_or_none(odd: Any) -> None:
    for answer in [odd, *chats(odd)]:
        reply = reply_of(answer)
        assert reply is None or is_sound(reply), answer


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_stream_is_read_or_no_completion(odd: Any) -> None:
    for piece in pieces(odd):

        def stream(exchange: Exchange, piece: Any = piece) -> None:
            exchange.begin_stream()
            exchange.piece(json.dumps(piece))
            exchange.piece("[DONE]")
            exchange.end_stream()

        with FaultServer(stream) as server, suppress(LMUnavailable):
            *_, reply = asyncio.run(collected(HttpLeaf("openai/gpt-4o-mini", api_base=server.url)))
            assert isinstance(reply, Reply)
            assert is_sound(reply), piece


async def collected(leaf: HttpLeaf) -> list[str | Reply]:
    return [piece async for piece in leaf.astream(ASKED)]


def test_tokens_that_are_none_cost_nothing() -> None:
    body = '{"choices": [{"message": {"content": "42"}}], "usage": {"prompt_tokens": -7, "completion_tokens": NaN}}'

    with FaultServer(say(body)) as server:
        reply = HttpLeaf("openai/gpt-4o-mini", api_base=server.url).send(ASKED)

    assert (reply.usage, reply.cost) == (Usage(), None)


def test_a_class_of_ones_own_that_returns_itself_is_told_what_to_return() -> None:
    class Loop(BaseLM):
        def forward(self, **settings: Any) -> Any:
            answer: dict[str, Any] = {}
            answer["choices"] = [answer]
            return answer

    with pytest.raises(UsageError, match="has not the shape of OpenAI's replies"):
        Loop("loop")("six times seven?")


@pytest.mark.parametrize("odd", ODD, ids=repr)
def test_a_class_of_ones_own_is_read_or_told(odd: Any) -> None:
    for answer in [odd, *chats(odd)]:
        with suppress(UsageError):
            assert is_sound(read_response(answer, said_by="mine"))
