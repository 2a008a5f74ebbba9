"""An OpenAI-compatible server on this machine that answers, fails and falls silent as it is told to.

What it answers on each of the three endpoints, whole and streamed, stands in `nbdspy.testing.answers`.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Callable, Mapping
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any

from nbdspy.runtime import start
from nbdspy.testing.answers import Said, pieces_of, whole_of


class Exchange(BaseHTTPRequestHandler):
    """One request to the server; a behaviour decides what comes back."""

    server: _Server
    protocol_version = "HTTP/1.1"
    disable_nagle_algorithm = True
    timeout = 5  # seconds that a connection may be idle, if it is kept open

    def setup(self) -> None:
        """A client connected."""
        super().setup()
        self.server.faults.connected()

    def do_POST(self) -> None:
        """Read the request and do what comes next in the script."""
        self.body: dict[str, Any] = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
        behaviour = self.server.faults.next(self)
        try:
            behaviour(self)
        except (BrokenPipeError, ConnectionResetError):
            self.close_connection = True  # the client had enough; that is what some behaviours are for

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
        if not self.server.faults.keeps_open:
            headers["Connection"] = "close"
        for name, value in {"Content-Type": kind, **headers}.items():
            self.send_header(name.replace("_", "-"), value)
        self.end_headers()

    def begin_stream(self) -> None:
        """Send the head of a stream."""
        self.begin(200, kind="text/event-stream", Transfer_Encoding="chunked")

    def piece(self, value: Mapping[str, Any] | str) -> None:
        """Send one event of a stream."""
        data = f"data: {value if isinstance(value, str) else json.dumps(value)}\n\n".encode()
        self.wfile.write(b"%x\r\n%b\r\n" % (len(data), data))

    def end_stream(self) -> None:
        """Say that a stream is over."""
        self.wfile.write(b"0\r\n\r\n")

    def hang_up(self) -> None:
        """Close the connection, whatever was promised."""
        self.close_connection = True


Behaviour = Callable[[Exchange], None]


def answer(text: str | None = "42", *, finish: str = "stop", **others: Any) -> Behaviour:
    """Answer as a model does, on the endpoint that was asked, as a stream when one was asked for.

    Args:
        text: What the model says.
        finish: Why it ended.
        **others: `tool_calls` as pairs of a name and the arguments' JSON, `reasoning`, `refusal`, `logprobs` as pairs
            of a token and a number, `citations` as OpenAI's annotations.
    """
    said = Said(text=text, finish=finish, **others)

    def behave(exchange: Exchange) -> None:
        if not exchange.body.get("stream"):
            exchange.reply(200, json.dumps(whole_of(said, exchange.body)))
            return
        exchange.begin_stream()
        for piece in pieces_of(said, exchange.body):
            exchange.piece(piece)
        exchange.end_stream()

    return behave


def echo(exchange: Exchange) -> None:
    """Answer with the content of the last message, as JSON: a test sees what arrived of it."""
    last = exchange.body["messages"][-1] if "messages" in exchange.body else exchange.body
    answer(json.dumps(last.get("content", last.get("prompt", last.get("input")))))(exchange)


def fail(status: int, message: str = "it broke", *, code: str | None = None, **headers: str) -> Behaviour:
    """Answer with an error, as OpenAI words one; `Retry_After="1"` adds that header."""
    error = {"error": {"message": message, "type": "error", "code": code}}
    return lambda exchange: exchange.reply(status, json.dumps(error), **headers)


def say(body: str, *, status: int = 200, kind: str = "application/json") -> Behaviour:
    """Answer with any body of any content type."""
    return lambda exchange: exchange.reply(status, body, kind=kind)


def half_a_body(exchange: Exchange) -> None:
    """Promise a body and hang up in the middle of it."""
    exchange.begin(200, kind="application/json", Content_Length="1000")
    exchange.wfile.write(b'{"id": "0", "choices": [{"ind')
    exchange.hang_up()


def half_a_stream(exchange: Exchange) -> None:
    """Stream one piece, promise more and hang up."""
    exchange.begin_stream()
    exchange.piece(_first_piece(exchange))
    exchange.hang_up()


def unfinished_stream(exchange: Exchange) -> None:
    """Stream one piece and end in good order, without a word that this was all."""
    exchange.begin_stream()
    exchange.piece(_first_piece(exchange))
    exchange.end_stream()


def closed_stream(*, counted: bool) -> Behaviour:
    """Stream one piece without chunks, and close the connection in good order, as if this were all.

    Args:
        counted: Whether the head of the stream says how long it is.
    """

    def behave(exchange: Exchange) -> None:
        data = f"data: {json.dumps(_first_piece(exchange))}\n\n".encode()
        exchange.begin(200, kind="text/event-stream", **({"Content_Length": str(len(data))} if counted else {}))
        exchange.wfile.write(data)
        exchange.hang_up()

    return behave


def stalled_stream(exchange: Exchange) -> None:
    """Stream one piece, and nothing more until the server is closed."""
    exchange.begin_stream()
    exchange.piece(_first_piece(exchange))
    silence(exchange)


def garbled_stream(exchange: Exchange) -> None:
    """Stream one piece, and then something that is no JSON."""
    exchange.begin_stream()
    exchange.piece(_first_piece(exchange))
    exchange.piece("<<<")
    exchange.end_stream()


def stream_that_fails(message: str, *, code: str | int = "server_error") -> Behaviour:
    """Stream one piece, and then an error."""

    def behave(exchange: Exchange) -> None:
        exchange.begin_stream()
        exchange.piece(_first_piece(exchange))
        exchange.piece({"error": {"message": message, "type": "error", "code": code}})
        exchange.end_stream()

    return behave


def silence(exchange: Exchange) -> None:
    """Never answer, until the server is closed."""
    exchange.server.faults.closed.wait()
    exchange.hang_up()


def dripping(kind: str, promised: bytes = b"", *, seconds: float = 0.1) -> Behaviour:
    """Send a byte now and then, and never come to an end, until the server is closed.

    Args:
        kind: The content type, such as `"application/json"` or `"text/event-stream"`.
        promised: What comes first, at once.
        seconds: Between two bytes.
    """

    def behave(exchange: Exchange) -> None:
        exchange.begin(200, kind=kind, Content_Length="1000000")
        exchange.wfile.write(promised)
        while not exchange.server.faults.closed.wait(seconds):
            exchange.wfile.write(b" ")
        exchange.hang_up()

    return behave


def endless(kind: str, piece: bytes = b" " * 65_536) -> Behaviour:
    """Send the same piece again and again, as fast as it is read."""

    def behave(exchange: Exchange) -> None:
        exchange.begin(200, kind=kind)
        exchange.close_connection = True
        while not exchange.server.faults.closed.is_set():
            exchange.wfile.write(piece)

    return behave


def together(count: int, behaviour: Behaviour) -> Behaviour:
    """Answer nobody before so many have asked; for as long as that takes, all of them are in flight."""
    barrier = threading.Barrier(count)

    def behave(exchange: Exchange) -> None:
        barrier.wait(timeout=30)
        behaviour(exchange)

    return behave


class FaultServer:
    """A server that follows a script: one behaviour per request, the last one for ever.

    `requests` are the bodies that came, `headers` what stood before them, `paths` and `keys` where to and with which
    key, `connections` how many were opened. They are closed after one answer, unless the server `keeps_open`.

    Example:
        >>> with FaultServer(fail(500), answer("42")) as server:
        ...     server.url.startswith("http://127.0.0.1:"), len(server.requests)
        (True, 0)
    """

    def __init__(self, *script: Behaviour, keeps_open: bool = False) -> None:
        self.script = script
        self.keeps_open = keeps_open
        self.requests: list[dict[str, Any]] = []
        self.headers: list[Mapping[str, str]] = []
        self.paths: list[str] = []
        self.keys: list[str] = []
        self.connections = 0
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

    def connected(self) -> None:
        """Count a connection."""
        with self._lock:
            self.connections += 1

    def next(self, exchange: Exchange) -> Behaviour:
        """Note a request and give the behaviour that it meets."""
        with self._lock:
            self.requests.append(exchange.body)
            self.headers.append(dict(exchange.headers))
            self.paths.append(exchange.path)
            self.keys.append(exchange.headers.get("Authorization", "").removeprefix("Bearer "))
            return self.script[min(len(self.requests), len(self.script)) - 1]


class _Server(ThreadingHTTPServer):
    daemon_threads = True
    request_queue_size = 1024  # so that a thousand may knock at once
    faults: FaultServer


def _first_piece(exchange: Exchange) -> Mapping[str, Any]:
    """The piece of a stream that says "four"."""
    pieces = pieces_of(Said(text="four"), exchange.body)
    return next(piece for piece in pieces if not isinstance(piece, str) and "four" in json.dumps(piece))
