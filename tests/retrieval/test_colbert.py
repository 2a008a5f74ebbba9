"""A search server, asked for real on this machine."""

import asyncio
import json
import threading
import traceback
from collections.abc import Iterator
from contextlib import contextmanager
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from nbdspy import ColBERTv2, Retrieve, context
from nbdspy.errors import SearchFailed, UsageError
from nbdspy.retrieval import colbert

FOUND = {
    "topk": [{"text": f"passage {number}", "pid": number, "rank": number, "score": 9.0 - number} for number in range(5)]
}


@contextmanager
def server(*answers: tuple[int, Any]) -> Iterator[tuple[str, list[Any]]]:
    """One that gives these answers in turn, the last for ever, and keeps what it was asked."""
    asked: list[Any] = []

    class Handler(BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            self.answer({name: values[0] for name, values in parse_qs(urlsplit(self.path).query).items()})

        def do_POST(self) -> None:
            self.answer(json.loads(self.rfile.read(int(self.headers["Content-Length"]))))

        def answer(self, question: Any) -> None:
            asked.append((self.command, question))
            status, body = answers[min(len(asked), len(answers)) - 1]
            sent = body if isinstance(body, bytes) else json.dumps(body).encode()
            self.send_response(status)
            self.send_header("Content-Length", str(len(sent)))
            self.end_headers()
            self.wfile.write(sent)

        def log_message(self, *_: Any) -> None:
            pass

    made = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    thread = threading.Thread(target=made.serve_forever, kwargs={"poll_interval": 0.01})
    thread.start()
    try:
        yield f"http://127.0.0.1:{made.server_port}", asked
    finally:
        made.shutdown()
        thread.join()
        made.server_close()


@pytest.fixture(autouse=True)
def in_a_hurry(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(colbert, "PAUSE", 0.001)


@pytest.mark.parametrize("post", [False, True])
def test_passages_come_with_what_the_server_says_of_them(post: bool) -> None:
    with server((200, FOUND)) as (address, asked):
        search = ColBERTv2(address, post_requests=post)
        found = search("Who?", k=2)

        assert [(row.long_text, row.pid, row.score) for row in found] == [("passage 0", 0, 9.0), ("passage 1", 1, 8.0)]
        assert search("Who?", k=1, simplify=True) == ["passage 0"]
        assert asyncio.run(search.acall("Who?", k=1, simplify=True)) == ["passage 0"]
        assert asked[0] == (("POST", {"query": "Who?", "k": 2}) if post else ("GET", {"query": "Who?", "k": "2"}))


def test_a_program_retrieves_from_it() -> None:
    with server((200, FOUND)) as (address, _), context(rm=ColBERTv2(address)):
        found = Retrieve(k=2)("Who?")

    assert (found.passages, found.scores) == (["passage 0", "passage 1"], [9.0, 8.0])


def test_what_may_pass_is_tried_again() -> None:
    with server((503, {}), (429, {}), (200, FOUND)) as (address, asked):
        assert len(ColBERTv2(address, post_requests=True)("Who?", k=3)) == 3
        assert len(asked) == 3


@pytest.mark.parametrize(
    ("answer", "words", "tries"),
    [
        ((500, {"error": "out of memory"}), "said 500: .*out of memory", 4),
        ((404, b"no such page"), "said 404: no such page", 1),
        ((200, b"<html>"), "no passages: <html>", 1),
        ((200, {"topk": None}), "no passages", 1),
        ((200, {"topk": [{"title": "x"}]}), "no passages", 1),
        ((200, ["topk"]), "no passages", 1),
        ((200, b""), "no passages: nothing", 1),
    ],
)
def test_what_is_no_answer_is_shown(answer: tuple[int, Any], words: str, tries: int) -> None:
    with server(answer) as (address, asked), pytest.raises(SearchFailed, match=words):
        ColBERTv2(address)("Who?")

    assert len(asked) == tries


def test_a_server_that_is_not_there_is_named() -> None:
    with server((200, FOUND)) as (address, _):
        pass

    with pytest.raises(SearchFailed, match=f"{address} gave no answer"):
        ColBERTv2(address)("Who?")


@pytest.mark.parametrize("status", [404, 200])
def test_no_key_in_an_address_is_shown(status: int) -> None:
    with server((status, b"I do not know the key lovelace-1815, nor ada:analytical-engine")) as (address, _):
        search = ColBERTv2(f"{address.replace('//', '//ada:analytical-engine@')}/?api_key=lovelace-1815")
        with pytest.raises(SearchFailed) as answered:
            search("Who?")
    with pytest.raises(SearchFailed, match="gave no answer") as silent:
        search("Who?")

    shown = "".join(map("".join, map(traceback.format_exception, (answered.value, silent.value)))) + repr(search)
    assert "lovelace" not in shown
    assert "analytical" not in shown
    assert "[redacted]" in repr(search)


def test_an_address_is_one() -> None:
    with pytest.raises(UsageError, match="not the address of a server"):
        ColBERTv2("localhost:8893")
