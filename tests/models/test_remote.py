"""Providers through LiteLLM, against a local server that answers, fails and falls silent as told."""

from __future__ import annotations

import asyncio
import os
import subprocess
import sys
import time
from collections.abc import Generator, Iterator
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import ContextTooLong, LMError, LMRefused, LMUnavailable, NotConfigured, RateLimited, UsageError
from nbdspy.models import LM, Reply, Request, Shape, Usage, use_cassette
from nbdspy.models.gate import Gate
from nbdspy.models.remote import RemoteLeaf, _litellm
from nbdspy.testing.faults import (
    Behaviour,
    FaultServer,
    answer,
    fail,
    half_a_body,
    half_a_stream,
    say,
    silence,
)

# LiteLLM reads two attributes of its stream's pieces in a way that pydantic no longer likes.
pytestmark = pytest.mark.filterwarnings(
    r"ignore:Accessing the 'model_\w+' attribute on the instance:DeprecationWarning"
)

KEY = "sk-test-0123456789abcdef"
CHAT: dict[str, Any] = {"messages": [{"role": "user", "content": "six times seven?"}]}
PLAIN: dict[str, Any] = {"prompt": "6 * 7 ="}


@pytest.fixture(autouse=True)
def without_keys(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """No key of the machine is used, and no .env of the folder the tests run in is read."""
    for name in [name for name in os.environ if name.endswith("_API_KEY")]:
        monkeypatch.delenv(name)
    monkeypatch.chdir(tmp_path)


@pytest.fixture(scope="module", autouse=True)
def loop() -> Iterator[asyncio.AbstractEventLoop]:
    """The one loop of these tests, closed at the end with what LiteLLM keeps on it.

    LiteLLM takes the current loop also for calls that are not awaited, and makes one that nobody closes when there is
    none.
    """
    litellm = _litellm()
    loop = asyncio.new_event_loop()
    asyncio.set_event_loop(loop)
    yield loop
    loop.run_until_complete(litellm.close_litellm_async_clients())
    asyncio.set_event_loop(None)
    loop.close()


def leaf(server: FaultServer, model: str = "openai/test", **options: Any) -> RemoteLeaf:
    return RemoteLeaf(model, api_base=server.url, **{"api_key": KEY, "timeout": 0.7, **options})


def request(kind: dict[str, Any], **settings: Any) -> Request:
    return Request(model="openai/test", **kind, **settings)


def drained(stream: Generator[str, None, Reply]) -> tuple[list[str], Reply]:
    pieces = []
    while True:
        try:
            pieces.append(next(stream))
        except StopIteration as stop:
            return pieces, stop.value


@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "plain"])
def test_a_model_answers(kind: dict[str, Any]) -> None:
    with FaultServer(answer("42")) as server:
        reply = leaf(server).send(request(kind))

    assert reply.texts == ("42",)
    assert reply.usage == Usage(prompt=7, completion=3)
    assert reply.finish_reasons == ("stop",)
    assert server.keys == [KEY]


@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "plain"])
def test_every_setting_of_a_request_arrives(kind: dict[str, Any]) -> None:
    asked = request(
        kind,
        temperature=0.5,
        max_tokens=9,
        n=2,
        stop=("\n",),
        seed=0,
        shape=Shape(grammar='root ::= "42"'),
        options={"top_p": 0.9},
    )

    with FaultServer(answer("42")) as server:
        reply = leaf(server).send(asked)

    assert reply.texts == ("42", "42")
    assert server.requests == [
        {
            "model": "test", **kind, "temperature": 0.5, "max_tokens": 9, "n": 2, "stop": ["\n"], "seed": 0,
            "top_p": 0.9,
        }
    ]  # fmt: skip


def test_what_is_not_set_is_left_to_the_provider() -> None:
    with FaultServer(answer("42")) as server:
        leaf(server).send(request(CHAT))

    assert server.requests == [{"model": "test", **CHAT}]


@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "plain"])
def test_a_stream_gives_pieces_and_the_whole_reply(kind: dict[str, Any]) -> None:
    with FaultServer(answer("four and two")) as server:
        pieces, reply = drained(leaf(server).stream(request(kind)))

    assert pieces == ["four", " and", " two"]
    assert reply.text == "four and two"
    assert reply.usage == Usage(prompt=7, completion=3)
    assert reply.finish_reasons == ("stop",)


def test_a_stream_of_several_completions_comes_whole() -> None:
    with FaultServer(answer("four two")) as server:
        pieces, reply = drained(leaf(server).stream(request(CHAT, n=2)))

    assert pieces == ["four two"]
    assert reply.texts == ("four two", "four two")


@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "plain"])
def test_a_model_answers_a_task(kind: dict[str, Any], loop: asyncio.AbstractEventLoop) -> None:
    with FaultServer(answer("42")) as server:
        reply = loop.run_until_complete(leaf(server).asend(request(kind)))

    assert reply.texts == ("42",)
    assert reply.usage.total == 10


@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "plain"])
def test_a_reply_without_content_is_an_empty_text(kind: dict[str, Any]) -> None:
    with FaultServer(answer(None)) as server:
        assert leaf(server).send(request(kind)).texts == ("",)
        assert drained(leaf(server).stream(request(kind)))[1].texts == ("",)


def test_a_reply_that_was_cut_says_so() -> None:
    with FaultServer(answer("four and", finish="length")) as server:
        assert leaf(server).send(request(CHAT)).finish_reasons == ("length",)


@pytest.mark.parametrize("streams", [False, True])
def test_a_known_price_is_told_and_an_unknown_one_is_not_zero(streams: bool) -> None:
    def cost(model: str) -> float | None:
        way = leaf(server, model)
        return (drained(way.stream(request(CHAT)))[1] if streams else way.send(request(CHAT))).cost

    with FaultServer(answer("42")) as server:
        assert cost("openai/gpt-4o-mini") == pytest.approx(7 * 0.15e-6 + 3 * 0.6e-6)
        assert cost("openai/test") is None


WORDS_OF_CONTEXT = "This model's maximum context length is 8192 tokens. However, your messages resulted in 9000 tokens."

FAILURES: list[tuple[str, Behaviour, type[LMError], str, bool]] = [
    ("wrong key", fail(401, "Incorrect API key"), NotConfigured, "does not accept the key: Incorrect", False),
    ("forbidden", fail(403, "not for you"), LMRefused, "not for you", False),
    ("no such model", fail(404, "no model `test`"), LMRefused, "no model `test` Check the model's name", False),
    ("bad request", fail(400, "n is too large"), LMRefused, "refused the request: n is too large", False),
    ("too long", fail(400, WORDS_OF_CONTEXT, code="context_length_exceeded"), ContextTooLong, "9000 tokens", False),
    ("slow down", fail(429, "slow down", Retry_After="2"), RateLimited, "asks to wait: slow down", True),
    (
        "no money", fail(429, "You exceeded your current quota", code="insufficient_quota"), LMRefused,
        "nothing left for openai/test", False,
    ),
    ("broken", fail(500, "it broke"), LMUnavailable, "is not available: it broke", True),
    ("gateway", fail(502, "no upstream"), LMUnavailable, "is not available: no upstream", True),
    ("overloaded", fail(503, "overloaded"), LMUnavailable, "is not available: overloaded", True),
    ("half", half_a_body, LMUnavailable, "is not available", True),
    ("silence", silence, LMUnavailable, "did not answer within 0.7 s", True),
    ("garbage", say("<<<"), LMUnavailable, "openai/test", True),
    ("login page", say("<html>log in</html>", kind="text/html"), LMUnavailable, "Check|check `api_base`", True),
    ("no choices", say('{"choices": []}'), LMUnavailable, "openai/test", True),
    ("empty object", say("{}"), LMUnavailable, "openai/test", True),
]  # fmt: skip
failures = pytest.mark.parametrize(
    ("behaviour", "error", "said", "transient"), [case[1:] for case in FAILURES], ids=[case[0] for case in FAILURES]
)


@failures
@pytest.mark.parametrize("kind", [CHAT, PLAIN], ids=["chat", "plain"])
@pytest.mark.parametrize("streams", [False, True], ids=["whole", "streamed"])
def test_each_failure_has_its_own_error(
    behaviour: Behaviour, error: type[LMError], said: str, transient: bool, kind: dict[str, Any], streams: bool
) -> None:
    started = time.monotonic()

    with FaultServer(behaviour) as server, pytest.raises(error, match=said) as caught:
        drained(leaf(server).stream(request(kind))) if streams else leaf(server).send(request(kind))

    assert type(caught.value) is error
    assert getattr(caught.value, "transient", False) is transient
    assert len(str(caught.value)) < 400
    assert len(server.requests) == 1  # trying again is the gate's
    assert time.monotonic() - started < 10


@failures
def test_a_task_gets_the_same_errors(
    behaviour: Behaviour, error: type[LMError], said: str, transient: bool, loop: asyncio.AbstractEventLoop
) -> None:
    with FaultServer(behaviour) as server, pytest.raises(error, match=said):
        loop.run_until_complete(leaf(server).asend(request(CHAT)))


def test_half_a_stream_gives_what_came_and_then_the_error() -> None:
    with FaultServer(half_a_stream) as server:
        stream = leaf(server).stream(request(CHAT))

        assert next(stream) == "four"
        with pytest.raises(LMUnavailable, match="is not available"):
            next(stream)


def test_the_wait_that_a_provider_asks_for_is_kept() -> None:
    with FaultServer(fail(429, Retry_After="2")) as server, pytest.raises(RateLimited) as caught:
        leaf(server).send(request(CHAT))

    assert caught.value.retry_after == 2.0


def test_a_passing_failure_is_tried_again_through_the_gate() -> None:
    with FaultServer(fail(429, Retry_After="0"), fail(500), answer("42")) as server:
        reply = Gate().send(leaf(server), request(CHAT), cache=False)

    assert reply.text == "42"
    assert len(server.requests) == 3


@pytest.mark.parametrize("retries", [0, 2])
def test_a_failure_that_stays_is_tried_as_often_as_was_asked(retries: int) -> None:
    with FaultServer(fail(429, Retry_After="0")) as server, pytest.raises(RateLimited):
        Gate().send(leaf(server, num_retries=retries), request(CHAT), cache=False)

    assert len(server.requests) == retries + 1


def test_a_stream_begins_again_after_a_passing_failure() -> None:
    with FaultServer(fail(429, Retry_After="0"), answer("four two")) as server:
        pieces, _ = drained(Gate().stream(leaf(server), request(CHAT), cache=False))

    assert pieces == ["four", " two"]


def test_nothing_is_sent_without_a_key_and_the_variable_is_named() -> None:
    with pytest.raises(
        NotConfigured, match=r"OPENAI_API_KEY is not set\. Write OPENAI_API_KEY=\.\.\. into a file \.env"
    ):
        LM("openai/gpt-5-mini")("anything")


def test_any_of_several_variables_may_hold_the_key() -> None:
    with pytest.raises(NotConfigured, match="GOOGLE_API_KEY or GEMINI_API_KEY"):
        RemoteLeaf("gemini/gemini-2.5-flash").load()


def test_a_key_is_found_in_the_environment(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    with FaultServer(answer("42")) as server:
        leaf(server, api_key=None).send(request(CHAT))

    assert server.keys == [KEY]


def test_a_key_is_found_in_the_folder_and_nothing_else_is_taken_from_there(tmp_path: Path) -> None:
    with FaultServer(answer("42")) as server, FaultServer(answer("stolen")) as other:
        (tmp_path / ".env").write_text(f"OPENAI_API_KEY={KEY}\nOPENAI_API_BASE={other.url}\n")
        reply = leaf(server, api_key=None).send(request(CHAT))

    assert reply.text == "42"
    assert server.keys == [KEY]
    assert "OPENAI_API_BASE" not in os.environ


def test_a_key_that_is_set_later_is_found_without_a_new_model(monkeypatch: pytest.MonkeyPatch) -> None:
    model = RemoteLeaf("openai/gpt-5-mini")
    with pytest.raises(NotConfigured):
        model.load()

    monkeypatch.setenv("OPENAI_API_KEY", KEY)

    model.load()


def test_a_server_of_ones_own_needs_no_key() -> None:
    with FaultServer(answer("42")) as server:
        assert leaf(server, api_key=None).send(request(CHAT)).text == "42"


def test_an_unknown_provider_gets_a_suggestion() -> None:
    with pytest.raises(UsageError, match=r"No provider is called 'opnai'\. Did you mean openai\?"):
        RemoteLeaf("opnai/gpt-5-mini", api_key=KEY).load()


def test_a_key_is_never_shown() -> None:
    words = "plain-words-as-a-key"

    with FaultServer(fail(400, f"who is {words}?")) as server, pytest.raises(LMRefused) as caught:
        leaf(server, api_key=words).send(request(CHAT))

    lm = LM("openai/test", api_base=server.url, api_key=words, aws_secret_access_key=words)
    assert words not in str(caught.value) + repr(caught.value) + repr(caught.value.__cause__)
    assert words not in repr(lm) + repr(lm.leaf) + lm.request(prompt="x").canonical()


def test_a_key_does_not_reach_a_cassette(tmp_path: Path) -> None:
    with FaultServer(answer(f"your key is {KEY}")) as server, use_cassette("record", tmp_path / "file.jsonl"):
        LM("openai/test", api_base=server.url, api_key=KEY)("which key do I use?")

    text = (tmp_path / "file.jsonl").read_text()
    assert "your key is" in text
    assert KEY not in text


def test_a_replay_loads_no_package_of_any_model(tmp_path: Path) -> None:
    cassette = tmp_path / "file.jsonl"
    with FaultServer(answer("42")) as server, use_cassette("record", cassette):
        LM("openai/test", api_base=server.url, api_key=KEY)("six times seven?")

    script = (
        "import sys; from nbdspy.models import LM, use_cassette\n"
        f"use_cassette('replay', {str(cassette)!r})\n"
        "assert LM('openai/test')('six times seven?') == ['42']\n"
        "loaded = {'litellm', 'openai', 'tenacity', 'xllamacpp'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_the_price_list_is_never_fetched() -> None:
    RemoteLeaf("openai/test", api_key=KEY).load()

    assert os.environ["LITELLM_LOCAL_MODEL_COST_MAP"] == "True"


def test_a_missing_package_is_named_with_the_command_that_installs_it() -> None:
    script = (
        "import sys; sys.modules['litellm'] = None\n"
        "from nbdspy.models import LM; from nbdspy.errors import LMUnavailable\n"
        "try: LM('openai/gpt-5-mini')('anything')\n"
        "except LMUnavailable as error: print(error)"
    )

    said = subprocess.run([sys.executable, "-c", script], check=True, capture_output=True, text=True).stdout

    assert "litellm, which is not installed. Run `%pip install litellm`." in said
