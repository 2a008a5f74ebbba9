"""A chat server in a process of its own, which says the same after a wait, whole or as a stream, and counts calls."""

from __future__ import annotations

import asyncio
import json
import re
import subprocess
import sys
import zlib
from collections.abc import Iterator
from contextlib import contextmanager

TEXT = "[[ ## answer ## ]]\n42\n\n[[ ## completed ## ]]"
USAGE = {"prompt_tokens": 7, "completion_tokens": 3, "total_tokens": 10}
KNOCKING = 1024  # clients that may wait to be let in


@contextmanager
def chat_server(seconds: float, words: int = 0, *, fields: bool = False) -> Iterator[str]:
    """Run it; gives its address. It says 42, and before that so many words of reasoning, if any.

    With `fields` it fills in every field that it is asked for; `/calls` then tells how many calls there were.
    """
    command = [sys.executable, "-m", "tests.bench.chat_server", str(seconds), str(words), str(int(fields))]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield f"http://127.0.0.1:{int(process.stdout.readline())}/v1"
        finally:
            process.kill()


def _head(kind: str, length: str) -> bytes:
    return f"HTTP/1.1 200 OK\r\nContent-Type: {kind}\r\n{length}\r\n\r\n".encode()


def _whole(text: str) -> bytes:
    choice = {"index": 0, "finish_reason": "stop", "message": {"role": "assistant", "content": text}}
    body = json.dumps(_answer("chat.completion", [choice], usage=USAGE)).encode()
    return _head("application/json", f"Content-Length: {len(body)}") + body


def _stream(text: str) -> bytes:
    deltas = [{"index": 0, "finish_reason": None, "delta": {"content": f"{word} "}} for word in text.split(" ")]
    end = {"index": 0, "finish_reason": "stop", "delta": {}}
    chunks = [_answer("chat.completion.chunk", [choice]) for choice in [*deltas, end]]
    events = [*map(json.dumps, [*chunks, _answer("chat.completion.chunk", [], usage=USAGE)]), "[DONE]"]
    pieces = [f"data: {event}\n\n" for event in events]
    body = "".join(f"{len(piece):x}\r\n{piece}\r\n" for piece in [*pieces, ""])
    return _head("text/event-stream", "Transfer-Encoding: chunked") + body.encode()


def _answer(kind: str, choices: list[dict[str, object]], **others: object) -> dict[str, object]:
    return {"id": "0", "object": kind, "created": 0, "model": "test", "choices": choices, **others}


def _filled(body: bytes) -> str:
    """The fields that the last line of a prompt asks for, in whichever words."""
    said = json.loads(body)["messages"][-1]["content"].strip().splitlines()[-1]
    names = re.findall(r"\[\[ ## (\w+) ## \]\]", said.partition("starting with")[2]) or re.findall(r"`(\w+)`", said)
    values = {name: "42" if name == "answer" else f"words {zlib.crc32(body)}" for name in names if name != "completed"}
    return "\n\n".join([*(f"[[ ## {name} ## ]]\n{value}" for name, value in values.items()), "[[ ## completed ## ]]"])


class Talk(asyncio.Protocol):
    """One connection: knows as much of HTTP as its two clients need, so as to take little of the machine."""

    calls = 0

    def __init__(self, seconds: float, whole: bytes, stream: bytes, *, fields: bool) -> None:
        self.seconds = seconds
        self.fields = fields
        self.whole, self.stream = whole, stream
        self.heard = b""

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        assert isinstance(transport, asyncio.Transport)
        self.transport = transport

    def data_received(self, data: bytes) -> None:
        self.heard += data
        head, found, body = self.heard.partition(b"\r\n\r\n")
        length = head.lower().partition(b"content-length:")[2].partition(b"\r\n")[0]
        if not found or len(body) < int(length or 0):
            return
        self.heard = b""
        if head.startswith(b"GET"):
            count = str(Talk.calls).encode()
            self.transport.write(_head("text/plain", f"Content-Length: {len(count)}") + count)
            return
        Talk.calls += 1
        if self.fields:
            self._after_a_while(_whole(_filled(body)))
        else:
            self._after_a_while(self.stream if b'"stream":true' in body.replace(b" ", b"") else self.whole)

    def _after_a_while(self, answer: bytes) -> None:
        if self.seconds:
            asyncio.get_running_loop().call_later(self.seconds, self.transport.write, answer)
        else:
            self.transport.write(answer)


async def main(seconds: float, words: int, fields: bool) -> None:
    reasoning = f"[[ ## reasoning ## ]]\n{' '.join(['word'] * words)}\n\n" if words else ""
    said = _whole(reasoning + TEXT), _stream(reasoning + TEXT)
    loop = asyncio.get_running_loop()
    server = await loop.create_server(lambda: Talk(seconds, *said, fields=fields), "127.0.0.1", 0, backlog=KNOCKING)
    print(server.sockets[0].getsockname()[1], flush=True)
    await server.serve_forever()


if __name__ == "__main__":
    asyncio.run(main(float(sys.argv[1]), int(sys.argv[2]), bool(int(sys.argv[3]))))
