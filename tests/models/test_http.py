"""What only the HTTP lane does; what it shares with LiteLLM's stands in test_lanes.py."""

from __future__ import annotations

import asyncio
import base64
import os
import signal
import socket
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from nbdspy.errors import LMRefused, LMUnavailable, NotConfigured, RateLimited, UsageError
from nbdspy.models import LM, Reply, Request, use_cassette
from nbdspy.models.gate import Gate
from nbdspy.models.http import HttpLeaf
from nbdspy.runtime import map_threads, start
from nbdspy.testing.faults import (
    Behaviour,
    Exchange,
    FaultServer,
    answer,
    dripping,
    echo,
    endless,
    fail,
    half_a_body,
    say,
    silence,
    stream_that_fails,
    together,
)

pytestmark = pytest.mark.usefixtures("without_keys")

KEY = "sk-test-0123456789abcdef"
ASKED = Request(model="openai/test", messages=[{"role": "user", "content": "six times seven?"}])
MANY = 512


def leaf(server: FaultServer, model: str = "openai/test", **options: Any) -> HttpLeaf:
    return HttpLeaf(model, api_base=server.url, **{"timeout": 30.0, **options})


async def collected(leaf: HttpLeaf) -> list[str | Reply]:
    return [piece async for piece in leaf.astream(ASKED)]


def test_as_many_calls_as_are_made_are_in_flight_at_once() -> None:
    with FaultServer(together(MANY, answer("42")), keeps_open=True) as server:
        way = leaf(server)
        done = list(map_threads(lambda _: way.send(ASKED).text, range(MANY), threads=MANY))

    assert [one.result for one in done] == ["42"] * MANY


def test_as_many_tasks_as_are_made_are_in_flight_at_once() -> None:
    async def all_of_them() -> list[Reply]:
        return await asyncio.gather(*(way.asend(ASKED) for _ in range(MANY)))

    with FaultServer(together(MANY, answer("42")), keeps_open=True) as server:
        way = leaf(server)
        replies = asyncio.run(all_of_them())

    assert [reply.text for reply in replies] == ["42"] * MANY


def test_connections_are_used_again_by_every_model_of_a_server() -> None:
    async def three_times() -> None:
        for _ in range(3):
            await leaf(server).asend(ASKED)

    with FaultServer(answer("42"), keeps_open=True) as server:
        for _ in range(3):
            leaf(server).send(ASKED)
            list(leaf(server).stream(ASKED))
        in_threads = server.connections
        asyncio.run(three_times())

    assert (in_threads, server.connections) == (1, 2)


def test_a_stream_that_is_left_early_lets_its_connection_go() -> None:
    async def begin() -> None:
        stream = leaf(server).astream(ASKED)
        await anext(stream)
        await stream.aclose()

    with FaultServer(answer("four and two"), keeps_open=True) as server:
        stream = leaf(server).stream(ASKED)
        next(stream)
        stream.close()
        asyncio.run(begin())

        assert leaf(server).send(ASKED).text == "four and two"


def test_each_loop_has_connections_of_its_own() -> None:
    with FaultServer(answer("42"), keeps_open=True) as server:
        way = leaf(server)

        assert [asyncio.run(way.asend(ASKED)).text for _ in range(3)] == ["42"] * 3


def test_a_loop_that_nobody_ends_leaves_nothing_to_complain_of() -> None:
    with FaultServer(answer("42"), keeps_open=True) as server:
        script = (
            "import asyncio, sys; from nbdspy.models import LM\n"
            "loop = asyncio.new_event_loop()\n"
            f"lm = LM('openai/test', api_base={server.url!r})\n"
            "print(loop.run_until_complete(lm.acall('six times seven?')), lm('again?'))\n"
            "assert not {'litellm', 'openai', 'httpx', 'tenacity'} & set(sys.modules)"
        )
        done = subprocess.run([sys.executable, "-c", script], capture_output=True, text=True)

    assert (done.returncode, done.stdout.strip(), done.stderr) == (0, "['42'] ['42']", "")


def test_an_interrupt_ends_a_call_that_waits() -> None:
    def press() -> None:
        while not server.requests:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    with FaultServer(silence) as server:
        started = time.monotonic()
        start(press, "test")
        with pytest.raises(KeyboardInterrupt):
            leaf(server).send(ASKED)

    assert time.monotonic() - started < 5


def test_calls_of_a_map_that_is_stopped_do_not_wait_on() -> None:
    def press() -> None:
        while len(server.requests) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    with FaultServer(silence) as server:
        way = leaf(server)
        started = time.monotonic()
        start(press, "test")
        with pytest.raises(KeyboardInterrupt):
            list(map_threads(lambda _: way.send(ASKED), range(4), threads=2))

    assert time.monotonic() - started < 5


def test_a_task_that_is_cancelled_does_not_wait_on() -> None:
    async def give_up() -> None:
        await asyncio.wait_for(leaf(server).asend(ASKED), timeout=0.1)

    with FaultServer(silence) as server, pytest.raises(TimeoutError):
        asyncio.run(give_up())


def test_a_server_that_is_not_there_is_named_as_such() -> None:
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        way = HttpLeaf("openai/test", api_base=f"http://127.0.0.1:{taken.getsockname()[1]}/v1")

        for ask in (lambda: way.send(ASKED), lambda: asyncio.run(way.asend(ASKED))):
            with pytest.raises(
                LMUnavailable, match=r"(?i)test is not available: .*connect.*check `api_base`"
            ) as caught:
                ask()
            assert caught.value.transient


@pytest.mark.parametrize(
    ("behaviour", "said"),
    [
        (half_a_body, "it hung up in the middle of its answer. Try"),
        (Exchange.hang_up, "it hung up without an answer. Try"),
    ],
)
def test_a_server_that_hangs_up_is_said_to_in_words(behaviour: Behaviour, said: str) -> None:
    with FaultServer(behaviour) as server:
        for ask in (lambda: leaf(server).send(ASKED), lambda: asyncio.run(leaf(server).asend(ASKED))):
            with pytest.raises(LMUnavailable, match=said):
                ask()


def test_an_address_that_is_none_is_refused() -> None:
    with pytest.raises(UsageError, match=r"'localhost:8000' is not the address of a server\. It looks like http://"):
        HttpLeaf("openai/test", api_base="localhost:8000").load()


def test_a_provider_without_an_address_asks_for_one(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UsageError, match=r"where the server of hosted_vllm/test is\. Give its address, as api_base="):
        HttpLeaf("hosted_vllm/test").load()

    with FaultServer(answer("42")) as server:
        monkeypatch.setenv("HOSTED_VLLM_API_BASE", server.url)
        assert HttpLeaf("hosted_vllm/test").send(ASKED).text == "42"


@pytest.mark.parametrize(
    ("model", "name"),
    [
        ("openai/gpt-4o", "gpt-4o"),
        ("hosted_vllm/org/model", "org/model"),
        ("org/model", "org/model"),
        ("model", "model"),
    ],
)
def test_the_server_is_asked_for_the_name_without_its_provider(model: str, name: str) -> None:
    with FaultServer(answer("42")) as server:
        leaf(server, model).send(ASKED)

    assert server.requests[0]["model"] == name
    assert server.paths == ["/v1/chat/completions"]


def test_reasoning_models_of_openai_have_another_name_for_the_limit() -> None:
    asked = Request(model="any", messages=ASKED.messages, max_tokens=9)

    with FaultServer(answer("42")) as server:
        for model in ("openai/gpt-5-mini", "openai/o3", "openai/gpt-4o", "openai/test"):
            leaf(server, model).send(asked)

    limits = [sorted(body.keys() & {"max_tokens", "max_completion_tokens"}) for body in server.requests]
    assert limits == [["max_completion_tokens"]] * 2 + [["max_tokens"]] * 2


def test_what_a_server_takes_besides_goes_into_the_body_and_the_headers() -> None:
    asked = Request(model="any", messages=ASKED.messages, options={"extra_body": {"top_k": 3}, "min_p": 0.1})

    with FaultServer(answer("42")) as server:
        leaf(server, extra_headers={"Authorization": "Bearer another-way-in"}).send(asked)

    assert server.requests == [{"model": "test", "messages": ASKED.messages, "top_k": 3, "min_p": 0.1}]
    assert server.keys == ["another-way-in"]


def test_content_arrives_letter_by_letter_as_it_was() -> None:
    text = 'näve "42" \x00 \u2028 \ud83d 👍'
    asked = Request(model="any", messages=[{"role": "user", "content": [{"type": "text", "text": text}]}])

    with FaultServer(echo) as server:
        leaf(server).send(asked)

    assert server.requests[0]["messages"][0]["content"][0]["text"] == text


def test_a_server_that_knows_no_streams_answers_whole() -> None:
    whole = '{"choices": [{"message": {"content": "four two"}, "finish_reason": "stop"}]}'

    with FaultServer(say(whole)) as server:
        pieces = list(leaf(server).stream(ASKED))
        awaited = asyncio.run(collected(leaf(server)))

    assert pieces == ["four two"]
    assert awaited == ["four two", Reply(texts=("four two",), finish_reasons=("stop",))]


@pytest.mark.parametrize(
    ("code", "error"), [(429, RateLimited), ("rate_limit_exceeded", RateLimited), ("invalid_prompt", LMRefused)]
)
def test_an_error_within_a_success_is_what_it_says(code: int | str, error: type[Exception]) -> None:
    with FaultServer(stream_that_fails("no", code=code)) as server, pytest.raises(error, match="no"):
        list(leaf(server).stream(ASKED))


@pytest.mark.parametrize("key", ["sk-two\nlines-0123456789", "sk-\u201cquoted\u201d-0123456789"])
def test_a_key_that_no_header_can_hold_is_not_shown(key: str) -> None:
    with pytest.raises(NotConfigured, match=r"letters that no key has\. Copy it once more") as caught:
        HttpLeaf("openai/test", api_key=key).load()

    assert "0123456789" not in str(caught.value)


def test_what_is_no_json_is_named() -> None:
    asked = Request(model="any", messages=ASKED.messages, options={"metadata": {"when": object()}})

    with pytest.raises(UsageError, match="cannot be written as JSON: Object of type object"):
        HttpLeaf("openai/test", api_key=KEY).send(asked)


def test_a_proxy_of_the_environment_is_used(monkeypatch: pytest.MonkeyPatch) -> None:
    with FaultServer(answer("42")) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1"))
        monkeypatch.setenv("no_proxy", "")
        way = HttpLeaf("openai/test", api_base="http://models.invalid/v1")

        assert [way.send(ASKED).text, asyncio.run(way.asend(ASKED)).text] == ["42", "42"]

    assert proxy.paths == ["http://models.invalid/v1/chat/completions"] * 2


def test_a_proxy_is_told_who_asks(monkeypatch: pytest.MonkeyPatch) -> None:
    told: list[str | None] = []

    def note(exchange: Exchange) -> None:
        told.append(exchange.headers["Proxy-Authorization"])
        answer("42")(exchange)

    with FaultServer(note) as proxy:
        monkeypatch.setenv("http_proxy", proxy.url.removesuffix("/v1").replace("//", "//me:p%40ss@"))
        monkeypatch.setenv("no_proxy", "")
        way = HttpLeaf("openai/test", api_base="http://behind.invalid/v1", api_key=KEY)
        way.send(ASKED)
        asyncio.run(way.asend(ASKED))

    assert told == [f"Basic {base64.b64encode(b'me:p@ss').decode()}"] * 2
    assert proxy.keys == [KEY, KEY]


def test_keys_for_other_programs_are_not_sent(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    (tmp_path / "netrc").write_text("default login anonymous password me@x\n")
    monkeypatch.setenv("NETRC", str(tmp_path / "netrc"))

    with FaultServer(answer("42")) as server:
        asyncio.run(leaf(server, api_key=KEY).asend(ASKED))
        asyncio.run(collected(leaf(server, api_key=KEY)))
        asyncio.run(leaf(server).asend(ASKED))

    assert server.keys == [KEY, KEY, ""]


def test_what_a_server_has_one_key_keep_is_not_sent_with_another() -> None:
    told: list[str | None] = []

    def note(exchange: Exchange) -> None:
        told.append(exchange.headers["Cookie"])
        exchange.reply(200, '{"choices": [{"message": {"content": "42"}}]}', Set_Cookie="who=first; Path=/")

    async def twice() -> None:
        for key in (KEY, "another-key"):
            await leaf(server, api_key=key).asend(ASKED)

    with FaultServer(note) as server:
        server.url = server.url.replace("127.0.0.1", "localhost")  # cookies of bare numbers are not kept anyway
        asyncio.run(twice())

    assert told == [None, None]


JSON, EVENTS = "application/json", "text/event-stream"
WAYS: dict[str, Callable[[HttpLeaf], object]] = {
    "send": lambda way: way.send(ASKED),
    "asend": lambda way: asyncio.run(way.asend(ASKED)),
    "stream": lambda way: list(way.stream(ASKED)),
    "astream": lambda way: asyncio.run(collected(way)),
}
ways = pytest.mark.parametrize("ask", WAYS.values(), ids=WAYS)


@ways
@pytest.mark.parametrize("said", [b"", b'{"choices": [{"message": {"content": "fo'], ids=["head", "half"])
@pytest.mark.parametrize("kind", [JSON, EVENTS])
def test_a_server_that_drips_does_not_answer_within_the_time(
    ask: Callable[[HttpLeaf], object], kind: str, said: bytes
) -> None:
    with FaultServer(dripping(kind, said)) as server:
        started = time.monotonic()
        with pytest.raises(LMUnavailable, match=r"did not answer within 0\.7 s") as caught:
            ask(leaf(server, timeout=0.7))

    assert caught.value.transient
    assert time.monotonic() - started < 5


@ways
def test_a_head_that_drips_counts_as_well(ask: Callable[[HttpLeaf], object]) -> None:
    def drip(exchange: Exchange) -> None:
        exchange.wfile.write(b"HTTP/1.1 200 OK\r\nX-Long: ")
        while not server.closed.wait(0.1):
            exchange.wfile.write(b"x")
        exchange.hang_up()

    with FaultServer(drip) as server, pytest.raises(LMUnavailable, match=r"did not answer within 0\.7 s"):
        ask(leaf(server, timeout=0.7))


@pytest.mark.parametrize("ask", [WAYS["stream"], WAYS["astream"]], ids=["stream", "astream"])
def test_a_stream_may_take_longer_than_the_time_between_two_events(ask: Callable[[HttpLeaf], object]) -> None:
    def slowly(exchange: Exchange) -> None:
        exchange.begin_stream()
        for word in ["four"] * 8:
            time.sleep(0.25)
            exchange.piece({"choices": [{"delta": {"content": word}}]})
        exchange.piece("[DONE]")
        exchange.end_stream()

    with FaultServer(slowly) as server:
        assert ask(leaf(server, timeout=1.5))


def test_what_the_reader_of_a_stream_takes_for_itself_does_not_count() -> None:
    def stream(exchange: Exchange) -> None:
        exchange.begin_stream()
        for word in ("four", " two"):
            exchange.piece({"choices": [{"delta": {"content": word}}]})
            time.sleep(0.5)  # so that it is another piece for the reader
        exchange.piece("[DONE]")
        exchange.end_stream()

    async def reading() -> list[str | Reply]:
        pieces = leaf(server, timeout=1.5).astream(ASKED)
        first = await anext(pieces)
        await asyncio.sleep(2)
        return [first, *[piece async for piece in pieces]]

    with FaultServer(stream) as server:
        pieces = leaf(server, timeout=1.5).stream(ASKED)
        first = next(pieces)
        time.sleep(2)
        found = [first, *pieces]
        awaited = asyncio.run(reading())

    assert found == awaited[:-1] == ["four", " two"]


@ways
@pytest.mark.parametrize("kind", [JSON, EVENTS])
def test_an_answer_without_an_end_is_given_up(ask: Callable[[HttpLeaf], object], kind: str) -> None:
    with FaultServer(endless(kind)) as server, pytest.raises(LMUnavailable, match="is longer than 64 MB") as caught:
        ask(leaf(server))

    assert not caught.value.transient


def test_calls_of_a_map_that_is_stopped_read_no_further() -> None:
    def press() -> None:
        while len(server.requests) < 2:
            time.sleep(0.01)
        time.sleep(0.3)
        os.kill(os.getpid(), signal.SIGINT)

    def begin(exchange: Exchange) -> None:
        exchange.begin(200, kind=JSON, Content_Length="1000")
        exchange.wfile.write(b"{")
        silence(exchange)

    with FaultServer(begin) as server:
        way = leaf(server)
        started = time.monotonic()
        start(press, "test")
        with pytest.raises(KeyboardInterrupt):
            list(map_threads(lambda _: way.send(ASKED), range(4), threads=2))

    assert time.monotonic() - started < 5


def test_a_server_without_tls_is_not_tried_again_with_it() -> None:
    with FaultServer(answer("42")) as server:
        way = HttpLeaf("openai/test", api_base=server.url.replace("http://", "https://"))

        for ask in (lambda: way.send(ASKED), lambda: asyncio.run(way.asend(ASKED))):
            with pytest.raises(LMUnavailable, match="SSL") as caught:
                ask()
            assert not caught.value.transient


def test_a_redirect_is_not_followed_with_the_key() -> None:
    with FaultServer(answer("42")) as other, FaultServer(fail(307, "over there", Location=other.url)) as server:
        for ask in (lambda: leaf(server).send(ASKED), lambda: asyncio.run(leaf(server).asend(ASKED))):
            with pytest.raises(LMRefused, match="over there"):
                ask()

    assert other.requests == []


def test_a_key_does_not_reach_a_cassette(tmp_path: Path) -> None:
    with (
        FaultServer(answer(f"your key is {KEY}")) as server,
        use_cassette("record", tmp_path / "file.jsonl"),
        pytest.warns(UserWarning, match="A reply of openai/test holds a key"),
    ):
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
        "loaded = {'litellm', 'openai', 'tenacity', 'xllamacpp', 'urllib3', 'aiohttp'} & set(sys.modules)\n"
        "assert not loaded, loaded"
    )
    subprocess.run([sys.executable, "-W", "error", "-c", script], check=True)


def test_a_wait_between_two_tries_ends_when_the_map_is_stopped() -> None:
    def press() -> None:
        while len(server.requests) < 2:
            time.sleep(0.01)
        os.kill(os.getpid(), signal.SIGINT)

    with FaultServer(fail(429, Retry_After="30")) as server:
        way = leaf(server)
        started = time.monotonic()
        start(press, "test")
        with pytest.raises(KeyboardInterrupt):
            list(map_threads(lambda _: Gate().send(way, ASKED, cache=False), range(4), threads=2))

    assert time.monotonic() - started < 5
