"""The two ways to a provider, our own HTTP lane and LiteLLM, told the same by the same server in four ways each."""

from __future__ import annotations

import asyncio
import json
import os
import time
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from email.utils import format_datetime
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import (
    ContextTooLong,
    KeyRefused,
    LMError,
    LMRefused,
    LMUnavailable,
    NoSuchModel,
    NotConfigured,
    NothingLeft,
    RateLimited,
    RequestRefused,
    ServerFailed,
    TimedOut,
    UsageError,
)
from nbdspy.models import Reply, Request, Shape, Usage, retry
from nbdspy.models.gate import Gate, Leaf
from nbdspy.models.http import HttpLeaf
from nbdspy.models.remote import RemoteLeaf
from nbdspy.testing.answers import CACHED, COMPLETION, PROMPT
from nbdspy.testing.faults import (
    Behaviour,
    FaultServer,
    answer,
    closed_stream,
    fail,
    garbled_stream,
    half_a_body,
    half_a_stream,
    say,
    silence,
    stalled_stream,
    stream_that_fails,
    unfinished_stream,
)

pytestmark = [
    pytest.mark.usefixtures("without_keys", "loop"),
    # LiteLLM reads two attributes of its stream's pieces in a way that pydantic no longer likes.
    pytest.mark.filterwarnings(r"ignore:Accessing the 'model_\w+' attribute on the instance:DeprecationWarning"),
]

KEY = "sk-test-0123456789abcdef"
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "six times seven?"}]}
PLAIN: dict[str, Any] = {"prompt": "6 * 7 ="}
RESPONSES: dict[str, Any] = {**CHAT, "endpoint": "responses"}
USAGE = Usage(prompt=PROMPT, completion=COMPLETION, cached=CACHED)
TOOL = {
    "type": "function",
    "function": {
        "name": "find",
        "description": "Look a word up.",
        "parameters": {"type": "object", "properties": {"word": {"type": "string"}}},
    },
}
FORMAT = {"type": "json_schema", "json_schema": {"name": "answer", "schema": {"type": "object"}, "strict": True}}

LANES = {"http": HttpLeaf, "litellm": RemoteLeaf}
WAYS = ("send", "asend", "stream", "astream")
Ask = Callable[[Leaf, Request], Reply]

lanes = pytest.mark.parametrize("lane", LANES)
kinds = pytest.mark.parametrize("kind", [CHAT, PLAIN, RESPONSES], ids=["chat", "text", "responses"])
chats = pytest.mark.parametrize("kind", [CHAT, RESPONSES], ids=["chat", "responses"])


@pytest.fixture(params=WAYS)
def ask(request: pytest.FixtureRequest, loop: asyncio.AbstractEventLoop) -> Ask:
    """One of the four ways to ask; of a stream the pieces must be the text."""

    def send(leaf: Leaf, question: Request) -> Reply:
        return leaf.send(question)

    def asend(leaf: Leaf, question: Request) -> Reply:
        return loop.run_until_complete(leaf.asend(question))

    def stream(leaf: Leaf, question: Request) -> Reply:
        pieces, reply = drained(leaf, question)
        assert "".join(pieces) == reply.text or reply.finish_reasons == ("refusal",)
        return reply

    def astream(leaf: Leaf, question: Request) -> Reply:
        *pieces, reply = loop.run_until_complete(collected(leaf, question))
        assert isinstance(reply, Reply)
        assert "".join(map(str, pieces)) == reply.text or reply.finish_reasons == ("refusal",)
        return reply

    found: Ask = {"send": send, "asend": asend, "stream": stream, "astream": astream}[request.param]
    return found


def drained(leaf: Leaf, question: Request) -> tuple[list[str], Reply]:
    stream, pieces = leaf.stream(question), []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as stop:
            return pieces, stop.value


async def collected(leaf: Leaf, question: Request) -> list[str | Reply]:
    return [piece async for piece in leaf.astream(question)]


def leaf(lane: str, server: FaultServer, model: str = "openai/test", **options: Any) -> Leaf:
    return LANES[lane](model, api_base=server.url, **{"api_key": KEY, "timeout": 30.0, **options})


def asked(kind: dict[str, Any], **settings: Any) -> Request:
    return Request(model="openai/test", **kind, **settings)


@lanes
@kinds
def test_a_model_answers(lane: str, kind: dict[str, Any], ask: Ask) -> None:
    with FaultServer(answer("four and two")) as server:
        reply = ask(leaf(lane, server), asked(kind))

    assert reply == Reply(texts=("four and two",), usage=USAGE, finish_reasons=("stop",))
    assert server.keys == [KEY]


@lanes
@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "text"])
def test_every_setting_of_a_request_arrives(lane: str, kind: dict[str, Any]) -> None:
    shape = Shape(grammar='root ::= "42"')
    settings: dict[str, Any] = {"temperature": 0.5, "max_tokens": 9, "n": 2, "seed": 0}

    with FaultServer(answer("42")) as server:
        reply = leaf(lane, server).send(
            asked(kind, **settings, stop=("\n",), shape=shape, rollout_id=3, options={"top_p": 0.9})
        )

    assert reply.texts == ("42", "42")
    assert server.requests == [{"model": "test", **kind, **settings, "stop": ["\n"], "top_p": 0.9}]


@lanes
def test_what_is_not_set_is_left_to_the_provider(lane: str) -> None:
    with FaultServer(answer("42")) as server:
        leaf(lane, server).send(asked(CHAT))

    assert server.requests == [{"model": "test", **CHAT}]


@lanes
def test_tools_and_a_format_arrive_as_they_are(lane: str, ask: Ask) -> None:
    with FaultServer(answer("{}")) as server:
        ask(leaf(lane, server), asked(CHAT, tools=[TOOL], response_format=FORMAT, options={"tool_choice": "auto"}))

    (body,) = server.requests
    assert (body["tools"], body["response_format"], body["tool_choice"]) == ([TOOL], FORMAT, "auto")


@lanes
def test_the_responses_endpoint_gets_its_own_words(lane: str, ask: Ask) -> None:
    parts = [{"type": "text", "text": "what is this?"}, {"type": "image_url", "image_url": {"url": "data:image/png,"}}]
    call = {"id": "call_0", "type": "function", "function": {"name": "find", "arguments": "{}"}}
    messages = [
        {"role": "system", "content": "Be brief."},
        {"role": "user", "content": parts},
        {"role": "assistant", "content": None, "tool_calls": [call]},
        {"role": "tool", "tool_call_id": "call_0", "content": "a cat"},
    ]

    with FaultServer(answer("a cat")) as server:
        ask(
            leaf(lane, server),
            Request(
                model="openai/test", endpoint="responses", messages=messages, max_tokens=99, tools=[TOOL],
                response_format=FORMAT, options={"reasoning_effort": "low"},
            ),
        )  # fmt: skip

    (body,) = server.requests
    assert server.paths == ["/v1/responses"]
    assert body["input"] == [
        {"role": "system", "content": "Be brief."},
        {
            "role": "user",
            "content": [
                {"type": "input_text", "text": "what is this?"},
                {"type": "input_image", "image_url": "data:image/png,"},
            ],
        },
        {"type": "function_call", "call_id": "call_0", "name": "find", "arguments": "{}"},
        {"type": "function_call_output", "call_id": "call_0", "output": "a cat"},
    ]
    assert body["max_output_tokens"] == 99
    assert body["tools"] == [{"type": "function", **TOOL["function"]}]
    assert body["text"] == {"format": {"type": "json_schema", **FORMAT["json_schema"]}}
    assert body["reasoning"] == {"effort": "low"}


@lanes
def test_the_responses_endpoint_gives_one_completion(lane: str) -> None:
    with FaultServer(answer("42")) as server, pytest.raises(UsageError, match="gives one completion, and 2 were"):
        leaf(lane, server).send(asked(RESPONSES, n=2))


@lanes
@chats
def test_tool_calls_are_read(lane: str, kind: dict[str, Any], ask: Ask) -> None:
    calls = [("find", '{"word": "näve"}'), ("stop", ""), ("find", '{"word": '), ("find", "[1]")]

    with FaultServer(answer(None, finish="tool_calls", tool_calls=calls)) as server:
        reply = ask(leaf(lane, server), asked(kind, tools=[TOOL]))

    assert reply.extra(0).tool_calls == (
        {"id": "call_0", "name": "find", "arguments": {"word": "näve"}},
        {"id": "call_1", "name": "stop", "arguments": {}},
        {"id": "call_2", "name": "find", "arguments": {"_raw": '{"word": '}},
        {"id": "call_3", "name": "find", "arguments": {"_raw": "[1]"}},
    )
    assert (reply.texts, reply.finish_reasons) == (("",), ("tool_calls",))


@lanes
@chats
def test_reasoning_is_kept_apart_from_the_text(lane: str, kind: dict[str, Any], ask: Ask) -> None:
    with FaultServer(answer("42", reasoning="six sevens")) as server:
        reply = ask(leaf(lane, server), asked(kind))

    assert reply.text == "42"
    assert reply.extra(0).reasoning.strip() == "six sevens"


@lanes
@chats
def test_logprobs_are_kept_as_they_came(lane: str, kind: dict[str, Any], ask: Ask) -> None:
    with FaultServer(answer("42", logprobs=[("4", -0.5), ("2", -0.25)])) as server:
        reply = ask(leaf(lane, server), asked(kind, options={"logprobs": True}))

    assert [(one["token"], one["logprob"]) for one in reply.extra(0).logprobs["content"]] == [("4", -0.5), ("2", -0.25)]
    json.dumps(reply.as_dict())


@lanes
@chats
def test_a_refusal_is_the_text_and_says_that_it_is_one(
    lane: str, kind: dict[str, Any], ask: Ask, request: pytest.FixtureRequest
) -> None:
    if lane == "litellm" and kind is CHAT and "stream" in request.node.callspec.id:
        pytest.skip("LiteLLM loses a refusal that is streamed by the chat endpoint")

    with FaultServer(answer(None, refusal="I cannot help with that.")) as server:
        reply = ask(leaf(lane, server), asked(kind))

    assert (reply.text, reply.finish_reasons) == ("I cannot help with that.", ("refusal",))


@lanes
@kinds
def test_a_reply_that_was_cut_says_so(lane: str, kind: dict[str, Any], ask: Ask) -> None:
    with FaultServer(answer("four and", finish="length")) as server:
        assert ask(leaf(lane, server), asked(kind)).finish_reasons == ("length",)


@lanes
@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "text"])
def test_a_reply_without_content_is_an_empty_text(lane: str, kind: dict[str, Any], ask: Ask) -> None:
    with FaultServer(answer(None)) as server:
        assert ask(leaf(lane, server), asked(kind)).texts == ("",)


@lanes
def test_a_stream_of_several_completions_comes_whole(lane: str, ask: Ask) -> None:
    with FaultServer(answer("four two")) as server:
        assert ask(leaf(lane, server), asked(CHAT, n=2)).texts == ("four two", "four two")


@pytest.mark.parametrize(
    ("lane", "kind"), [("http", CHAT), ("http", PLAIN), ("http", RESPONSES), ("litellm", CHAT), ("litellm", PLAIN)]
)
def test_pieces_come_one_by_one(lane: str, kind: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
    with FaultServer(answer("four and two")) as server:
        pieces, _ = drained(leaf(lane, server), asked(kind))
        awaited = loop.run_until_complete(collected(leaf(lane, server), asked(kind)))

    assert pieces == awaited[:-1] == ["four", " and", " two"]


@lanes
@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "text"])
def test_a_known_price_is_told_and_an_unknown_one_is_not_zero(lane: str, kind: dict[str, Any], ask: Ask) -> None:
    with FaultServer(answer("42")) as server:
        known = ask(leaf(lane, server, "openai/gpt-4o-mini"), asked(kind)).cost
        unknown = ask(leaf(lane, server), asked(kind)).cost

    assert known == pytest.approx(5 * 0.15e-6 + 2 * 0.075e-6 + 3 * 0.6e-6)
    assert unknown is None


WORDS_OF_CONTEXT = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."

DEEP = '{"choices": ' + "[" * 50_000 + "]" * 50_000 + "}"
SHORT = 0.7  # seconds, for servers that are waited for in vain
SILENT = f"did not answer within {SHORT} s"

FAILURES: list[tuple[str, Behaviour, type[LMError], str, bool]] = [
    ("wrong key", fail(401, "Incorrect API key"), KeyRefused, "does not accept the key: Incorrect", False),
    ("forbidden", fail(403, "not for you"), KeyRefused, "not for you", False),
    ("no such model", fail(404, "no model `test`"), NoSuchModel, "no model `test`. Check the model's name", False),
    ("bad request", fail(400, "n is too large"), RequestRefused, "refused the request: n is too large", False),
    ("too long", fail(400, WORDS_OF_CONTEXT, code="context_length_exceeded"), ContextTooLong, "9000 tokens", False),
    ("slow down", fail(429, "slow down", Retry_After="2"), RateLimited, "asks to wait: slow down", True),
    (
        "no money", fail(429, "You exceeded your current quota", code="insufficient_quota"), NothingLeft,
        "nothing left for openai/test", False,
    ),
    ("broken", fail(500, "it broke"), ServerFailed, "is not available: it broke", True),
    ("gateway", fail(502, "no upstream"), ServerFailed, "is not available: no upstream", True),
    ("overloaded", fail(503, "overloaded"), ServerFailed, "is not available: overloaded", True),
    ("its page", say("<h1>Bad</h1>", status=502, kind="text/html"), ServerFailed, "is not available", True),
    ("half", half_a_body, LMUnavailable, "is not available", True),
    ("silence", silence, TimedOut, SILENT, True),
    ("garbage", say("<<<"), LMUnavailable, "openai/test", True),
    ("login page", say("<html>log in</html>", kind="text/html"), LMUnavailable, "Check|check `api_base`", True),
    ("no choices", say('{"choices": []}'), LMUnavailable, "openai/test", True),
    ("empty object", say("{}"), LMUnavailable, "openai/test", True),
    ("deep", say(DEEP), LMUnavailable, "openai/test", True),
    ("deep error", say(DEEP, status=500), LMUnavailable, "is not available", True),
]  # fmt: skip


@lanes
@kinds
@pytest.mark.parametrize(
    ("behaviour", "error", "said", "transient"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES]
)
def test_each_failure_has_its_own_error(
    lane: str, kind: dict[str, Any], ask: Ask, behaviour: Behaviour, error: type[LMError], said: str, transient: bool
) -> None:
    started = time.monotonic()

    timeout = SHORT if behaviour is silence else 30.0

    with FaultServer(behaviour) as server, pytest.raises(error, match=said) as caught:
        ask(leaf(lane, server, timeout=timeout), asked(kind))

    assert type(caught.value) is error or error is LMUnavailable  # which LiteLLM words in several ways
    assert getattr(caught.value, "transient", False) is transient
    assert len(str(caught.value)) < 400
    assert len(server.requests) == 1  # trying again is the gate's
    assert time.monotonic() - started < 10


@lanes
@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (half_a_stream, "is not available"),
        (stalled_stream, f"{SILENT}|is not available"),
        (garbled_stream, "openai/test"),
        (stream_that_fails("out of memory"), "is not available: out of memory|openai/test"),
    ],
    ids=["half", "stalled", "garbled", "failing"],
)
def test_a_broken_stream_gives_what_came_and_then_the_error(
    lane: str, way: str, behaviour: Behaviour, said: str, loop: asyncio.AbstractEventLoop
) -> None:
    with FaultServer(behaviour) as server:
        timeout = SHORT if behaviour is stalled_stream else 30.0
        stream: Any = getattr(leaf(lane, server, timeout=timeout), way)(asked(CHAT))

        def following() -> Any:
            return next(stream) if way == "stream" else loop.run_until_complete(anext(stream))

        assert following() == "four"
        with pytest.raises(LMUnavailable, match=said) as caught:
            following()

    assert caught.value.transient


@kinds
@pytest.mark.parametrize("gate", [False, True], ids=["leaf", "gate"])
@pytest.mark.parametrize("way", ["stream", "astream"])
@pytest.mark.parametrize(
    "behaviour",
    [unfinished_stream, closed_stream(counted=False), closed_stream(counted=True)],
    ids=["chunked", "closed", "counted"],
)
def test_half_an_answer_is_none_though_its_stream_ends_in_good_order(
    behaviour: Behaviour, way: str, gate: bool, kind: dict[str, Any], loop: asyncio.AbstractEventLoop
) -> None:
    with FaultServer(behaviour) as server:
        asking = leaf("http", server)
        stream: Any = (
            getattr(Gate(), way)(asking, asked(kind), cache=False) if gate else getattr(asking, way)(asked(kind))
        )

        def following() -> Any:
            return next(stream) if way == "stream" else loop.run_until_complete(anext(stream))

        assert following() == "four"
        with pytest.raises(LMUnavailable, match="its stream broke off before the end"):
            following()


@lanes
@pytest.mark.parametrize("wait", ["2", format_datetime(datetime.now(UTC) + timedelta(hours=1), usegmt=True)])
def test_the_wait_that_a_provider_asks_for_is_kept(lane: str, ask: Ask, wait: str) -> None:
    with FaultServer(fail(429, Retry_After=wait)) as server, pytest.raises(RateLimited) as caught:
        ask(leaf(lane, server), asked(CHAT))

    assert caught.value.retry_after == (2.0 if wait == "2" else pytest.approx(3600, abs=600))


@lanes
def test_a_passing_failure_is_tried_again_through_the_gate(lane: str, loop: asyncio.AbstractEventLoop) -> None:
    script = fail(429, Retry_After="0"), fail(500), answer("four two")

    async def streamed(server: FaultServer) -> list[str | Reply]:
        return [piece async for piece in Gate().astream(leaf(lane, server), asked(CHAT), cache=False)]

    with FaultServer(*script) as server:
        assert Gate().send(leaf(lane, server), asked(CHAT), cache=False).text == "four two"
        assert len(server.requests) == 3
    with FaultServer(*script) as server:
        assert loop.run_until_complete(Gate().asend(leaf(lane, server), asked(CHAT), cache=False)).text == "four two"
    with FaultServer(*script) as server:
        assert list(Gate().stream(leaf(lane, server), asked(CHAT), cache=False)) == ["four", " two"]
    with FaultServer(*script) as server:
        assert loop.run_until_complete(streamed(server))[:-1] == ["four", " two"]


@lanes
@pytest.mark.parametrize("status", [429, 503, 529])
def test_the_wait_that_a_provider_asks_for_is_waited(lane: str, status: int) -> None:
    with FaultServer(fail(status, Retry_After="2"), answer("42")) as server:
        started = time.monotonic()
        assert Gate().send(leaf(lane, server), asked(CHAT), cache=False).text == "42"

    assert time.monotonic() - started >= 2


@lanes
@pytest.mark.parametrize("status", [429, 503])
def test_a_provider_that_asks_for_a_long_wait_is_not_asked_again_early(
    lane: str, status: int, loop: asyncio.AbstractEventLoop, monkeypatch: pytest.MonkeyPatch
) -> None:
    def waited(seconds: float) -> None:
        pytest.fail(f"It waits {seconds} s before it asks again.")

    async def awaited() -> Reply:
        async with asyncio.timeout(20):  # and not for an hour
            return await Gate().asend(leaf(lane, server), asked(CHAT), cache=False)

    monkeypatch.setattr(retry, "_sleep", waited)
    with FaultServer(fail(status, Retry_After="3600")) as server:
        for ask in (
            lambda: Gate().send(leaf(lane, server), asked(CHAT), cache=False),
            lambda: loop.run_until_complete(awaited()),
        ):
            with pytest.raises(LMUnavailable, match=r"(?i)try again in 3,600 s"):
                ask()

    assert len(server.requests) == 2


@lanes
@pytest.mark.parametrize("retries", [0, 2])
def test_a_failure_that_stays_is_tried_as_often_as_was_asked(lane: str, retries: int) -> None:
    with FaultServer(fail(429, Retry_After="0")) as server, pytest.raises(RateLimited):
        Gate().send(leaf(lane, server, num_retries=retries), asked(CHAT), cache=False)

    assert len(server.requests) == retries + 1


@lanes
def test_nothing_is_sent_without_a_key_and_the_variable_is_named(lane: str) -> None:
    with pytest.raises(
        NotConfigured, match=r"OPENAI_API_KEY is not set\. Write OPENAI_API_KEY=\.\.\. into a file \.env"
    ):
        LANES[lane]("openai/gpt-5-mini").send(asked(CHAT))


@lanes
def test_a_key_is_found_in_the_environment(lane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    with FaultServer(answer("42")) as server:
        leaf(lane, server, api_key=None).send(asked(CHAT))

    assert server.keys == [KEY]


@lanes
def test_a_key_is_found_in_the_folder_and_nothing_else_is_taken_from_there(lane: str, tmp_path: Path) -> None:
    with FaultServer(answer("42")) as server, FaultServer(answer("stolen")) as other:
        (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nOPENAI_API_BASE={other.url}\n")
        reply = leaf(lane, server, api_key=None).send(asked(CHAT))

    assert reply.text == "42"
    assert server.keys == [KEY]
    assert "OPENAI_API_BASE" not in os.environ


@lanes
def test_a_key_that_is_set_later_is_found_without_a_new_model(lane: str, monkeypatch: pytest.MonkeyPatch) -> None:
    model = LANES[lane]("openai/gpt-5-mini")
    with pytest.raises(NotConfigured):
        model.load()

    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    model.load()


@lanes
def test_a_server_of_ones_own_needs_no_key(lane: str) -> None:
    with FaultServer(answer("42")) as server:
        assert leaf(lane, server, api_key=None).send(asked(CHAT)).text == "42"


@lanes
def test_a_key_is_never_shown(lane: str, ask: Ask) -> None:
    words = "plain-words-as-a-key"

    with FaultServer(fail(400, f"who is {words}?")) as server, pytest.raises(LMRefused) as caught:
        ask(leaf(lane, server, api_key=words), asked(CHAT))

    assert words not in str(caught.value) + repr(caught.value) + repr(caught.value.__cause__)
    assert words not in repr(leaf(lane, server, api_key=words))
