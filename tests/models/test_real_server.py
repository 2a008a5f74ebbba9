"""The HTTP lane against a real server: llama.cpp's own, with a model too small to mean anything."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from nbdspy.errors import ContextTooLong, KeyRefused, LMRefused
from nbdspy.models import Reply, Request
from nbdspy.models.http import HttpLeaf

pytestmark = pytest.mark.usefixtures("without_keys")

CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "six times seven?"}]}
PLAIN: dict[str, Any] = {"prompt": "6 * 7 ="}
RESPONSES: dict[str, Any] = {**CHAT, "endpoint": "responses"}
kinds = pytest.mark.parametrize("kind", [CHAT, PLAIN, RESPONSES], ids=["chat", "text", "responses"])


@pytest.fixture
def leaf(llama_server: tuple[str, str]) -> HttpLeaf:
    address, key = llama_server
    return HttpLeaf("openai/tiny", api_base=address, api_key=key, timeout=30)


def asked(kind: dict[str, Any], **settings: Any) -> Request:
    return Request(model="openai/tiny", **kind, **{"temperature": 0.0, "max_tokens": 20, "seed": 1, **settings})


async def collected(leaf: HttpLeaf, request: Request) -> list[str | Reply]:
    return [piece async for piece in leaf.astream(request)]


@kinds
def test_all_four_ways_give_the_same_reply(leaf: HttpLeaf, kind: dict[str, Any]) -> None:
    reply = leaf.send(asked(kind))
    awaited = asyncio.run(leaf.asend(asked(kind)))
    stream, pieces = leaf.stream(asked(kind)), []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as stop:
            streamed = stop.value
            break
    *apieces, astreamed = asyncio.run(collected(leaf, asked(kind)))

    assert isinstance(astreamed, Reply)
    assert reply.text == awaited.text
    assert streamed.text == astreamed.text == "".join(pieces)
    assert streamed.text.rstrip("\ufffd") == reply.text.rstrip("\ufffd")  # half a letter at the end is not streamed
    assert pieces == apieces
    assert len(pieces) > 3
    assert {each.usage.completion for each in (reply, awaited, streamed, astreamed)} == {20}
    assert {each.usage.prompt for each in (reply, awaited, streamed, astreamed)} == {reply.usage.prompt}
    if kind is not RESPONSES:  # where this server calls everything complete
        assert {each.finish_reasons for each in (reply, awaited, streamed, astreamed)} == {("length",)}


def test_several_completions_and_their_logprobs(leaf: HttpLeaf) -> None:
    reply = leaf.send(asked(CHAT, n=2, temperature=1.5, max_tokens=5, options={"logprobs": True, "top_logprobs": 2}))

    assert len(reply.texts) == 2
    assert len(reply.extras) == 2
    assert all(0 < len(extra.logprobs["content"]) <= 5 for extra in reply.extras)


def test_a_format_is_kept_to(leaf: HttpLeaf) -> None:
    form = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"enum": ["yes", "no"]}}}

    assert leaf.send(asked(CHAT, response_format=form)).text.strip() in ('"yes"', '"no"')


def test_a_prompt_that_does_not_fit_says_by_how_much(leaf: HttpLeaf) -> None:
    with pytest.raises(ContextTooLong, match=r"it has [\d,]+ tokens, and the model reads 2,048\."):
        leaf.send(asked({"prompt": "x " * 2000}))


def test_a_wrong_key_and_a_wrong_path_are_told_apart(llama_server: tuple[str, str]) -> None:
    address, key = llama_server
    with pytest.raises(KeyRefused, match="does not accept the key"):
        HttpLeaf("openai/tiny", api_base=address, api_key="wrong-key").send(asked(CHAT))
    with pytest.raises(LMRefused, match="Check `api_base`, if you set one, and the model's name"):
        HttpLeaf("openai/tiny", api_base=f"{address}/nowhere", api_key=key).send(asked(CHAT))
