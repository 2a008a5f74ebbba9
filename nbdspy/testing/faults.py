"""An OpenAI-compatible server on this machine that answers, fails and falls silent as it is told to."""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nbdspy.runtime import start

USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}


class Exchange(BaseHTTPRequestHandler):
    """One request to the server; a behaviour decides what comes back."""

    server: _Server

    def do_POST(self) -> None:
        """Read the request and do what comes next in the script."""
        self.body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        behaviour = self.server.faults.next(self)
        try:
            behaviour(self)
        except (BrokenPipeError, ConnectionResetError):
            return  # the client had enough; that is what some behaviours are for

    def log_message(self, format: str, *arguments: object) -> None:
        """Say nothing; a test reads `FaultServer.requests` instead."""

    def reply(self, status: int, text: str, *, kind: str = "application/json", **headers: str) -> None:
        """Send a whole response; underlines in the names of headers become dashes."""
        body = text.encode()
        self.begin(status, kind=kind, Content_Length=str(len(body)), **headers)
        self.wfile.write(body)

    def begin(self, status: int, *, kind: str, **headers: str) -> None:
        """Send the head of a response."""
        self.send_response(status)
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def piece(self, value: Mapping[str, Any] | str) -> None:
        """Send one event of a stream."""
        text = value if isinstance(value, str) else json.dumps(value)
        self.wfile.write(f"data: {text}\n\n".encode())
        self.wfile.flush()


Behaviour = Callable[[Exchange], None]


def answer(text: str | None = "42", *, finish: str = "stop") -> Behaviour:
    """Answer as a model does, as a stream when one was asked for."""

    def behave(exchange: Exchange) -> None:
        if exchange.body.get("stream"):
            _begin_stream(exchange, (text or "").split(" "))
            exchange.piece(_chunk(exchange, None, finish))
            exchange.piece({**_chunk(exchange, None, None), "choices": [], "usage": USAGE})
            exchange.piece("[DONE]")
            return
        choices = [
            {"index": n, "finish_reason": finish, **_said(exchange, text)} for n in range(_completions(exchange))
        ]
        exchange.reply(
            200, json.dumps({"id": "0", "created": 0, "choices": choices, "usage": USAGE, **_head(exchange)})
        )

    return behave


def fail(status: int, message: str = "it broke", *, code: str | None = None, **headers: str) -> Behaviour:
    """Answer with an error, as OpenAI words one; `Retry_After="1"` adds that header."""
    error = {"error": {"message": message, "type": "error", "code": code}}
    return lambda exchange: exchange.reply(status, json.dumps(error), **headers)


def say(body: str, *, kind: str = "application/json") -> Behaviour:
    """Answer 200 with any body of any content type."""
    return lambda exchange: exchange.reply(200, body, kind=kind)


def half_a_body(exchange: Exchange) -> None:
    """Promise a body and hang up in the middle of it."""
    exchange.begin(200, kind="application/json", Content_Length="1000")
    exchange.wfile.write(b'{"id": "0", "choices": [{"ind')


def half_a_stream(exchange: Exchange) -> None:
    """Stream one piece, promise more and hang up."""
    exchange.begin(200, kind="text/event-stream", Content_Length="100000")
    exchange.piece(_chunk(exchange, "four", None))


def silence(exchange: Exchange) -> None:
    """Never answer, until the server is closed."""
    exchange.server.faults.closed.wait()


class FaultServer:
    """A server that follows a script: one behaviour per request, the last one for ever.

    Example:
        >>> with FaultServer(fail(500), answer("42")) as server:
        ...     server.url.startswith("http://127.0.0.1:"), len(server.requests)
        (True, 0)
    """

    def __init__(self, *script: Behaviour) -> None:
        self.script = script
        self.requests: list[dict[str, Any]] = []
        self.keys: list[str] = []
        self.closed = threading.Event()
        self._lock = threading.Lock()

    def __enter__(self) -> FaultServer:
        self._server = _Server(("127.0.0.1", 0), Exchange)
        self._server.faults = self
        self.url = f"http://127.0.0.1:{self._server.server_port}/v1"
        start(lambda: self._server.serve_forever(poll_interval=0.01), "fault-server")
        return self

    def __exit__(self, *_: object) -> None:
        self.closed.set()
        self._server.shutdown()
        self._server.server_close()

    def next(self, exchange: Exchange) -> Behaviour:
        """Note a request and give the behaviour that it meets."""
        with self._lock:
            self.requests.append(exchange.body)
            self.keys.append(exchange.headers.get("Authorization", "").removeprefix("Bearer "))
            return self.script[min(len(self.requests), len(self.script)) - 1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    faults: FaultServer


def _is_chat(exchange: Exchange) -> bool:
    return "messages" in exchange.body


def _completions(exchange: Exchange) -> int:
    return int(exchange.body.get("n") or 1)


def _head(exchange: Exchange) -> dict[str, Any]:
    kind = "chat.completion" if _is_chat(exchange) else "text_completion"
    return {"object": kind, "model": exchange.body["model"]}


def _said(exchange: Exchange, text: str | None) -> dict[str, Any]:
    return {"message": {"role": "assistant", "content": text}} if _is_chat(exchange) else {"text": text}


def _begin_stream(exchange: Exchange, words: list[str]) -> None:
    exchange.begin(200, kind="text/event-stream")
    for number, word in enumerate(words):
        exchange.piece(_chunk(exchange, word if number == 0 else " " + word, None))


def _chunk(exchange: Exchange, text: str | None, finish: str | None) -> dict[str, Any]:
    said = {"delta": {"content": text} if text is not None else {}} if _is_chat(exchange) else {"text": text or ""}
    kind = "chat.completion.chunk" if _is_chat(exchange) else "text_completion"
    choices = [{"index": n, "finish_reason": finish, **said} for n in range(_completions(exchange))]
    return {"id": "0", "created": 0, "object": kind, "model": exchange.body["model"], "choices": choices}
