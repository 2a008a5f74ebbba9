"""A reply out of the pieces that it is streamed in."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from nbdspy.models.messages import NO_EXTRAS, Reply, Usage
from nbdspy.models.told import read_json, words
from nbdspy.models.wire import (
    REFUSED,
    citations_of,
    extras_of,
    reply_of,
    text_of,
    tool_call,
    usage_of,
)

_WHOLE = ("response.completed", "response.incomplete", "response.failed")


class Events:
    """Server-sent events out of bytes, as those come; each event's data is JSON.

    Example:
        >>> events = Events()
        >>> [list(events.feed(data)) for data in (b'data: {"n": 1}', b"\\n\\ndata: [DO", b"NE]\\n\\n")], events.ended
        ([[], [{'n': 1}], []], True)
    """

    def __init__(self) -> None:
        self.ended = False
        self._rest: list[bytes] = []

    def feed(self, data: bytes) -> Iterator[Any]:
        """Yield the events that are complete by now.

        Raises:
            ValueError: When one is no JSON, or nests too deeply.
        """
        self._rest.append(data)
        if b"\n" not in data:
            return
        *lines, rest = b"".join(self._rest).split(b"\n")
        self._rest = [rest]
        for line in lines:
            if not line.startswith(b"data:"):
                continue
            said = line[5:].strip()
            if said == b"[DONE]":
                self.ended = True
            elif said:
                yield read_json(said)


class Assembly:
    """Puts together the one completion that a stream of chat, text or responses holds.

    `error` is what the server said when it gave up within its stream, `ended` whether it said that this is all.
    """

    def __init__(self) -> None:
        self.error: Any = None
        self.ended = False
        self._text: list[str] = []
        self._reasoning: list[str] = []
        self._refusal: list[str] = []
        self._calls: dict[int, dict[str, Any]] = {}
        self._logprobs: dict[str, Any] = {}
        self._citations: list[Mapping[str, Any]] = []
        self._usage = Usage()
        self._end = ""
        self._whole: Reply | None = None

    def hear(self, chunk: Mapping[str, Any]) -> str:
        """Take in a piece of the stream; the answer is the text in it.

        Raises:
            LookupError, TypeError, AttributeError: When it has the shape of no such piece.
        """
        if chunk.get("error"):
            self.error = chunk
            return ""
        kind = chunk.get("type")
        if isinstance(kind, str):
            return self._hear_event(kind, chunk)
        if chunk.get("usage"):
            self._usage = usage_of(chunk["usage"])
        text = ""
        for choice in chunk.get("choices") or ():
            if end := choice.get("finish_reason"):
                self._end, self.ended = words(end), True
            if logprobs := choice.get("logprobs"):
                self._hear_logprobs(logprobs)
            delta = choice.get("delta")
            text += words(choice.get("text")) if delta is None else self._hear_delta(delta)
        if text:
            self._text.append(text)
        return text

    def reply(self) -> Reply | None:
        """The whole reply; None when nothing of one was heard."""
        if self._whole is not None:
            return self._whole
        text, end = "".join(self._text), self._end
        if not text and self._refusal:
            text, end = "".join(self._refusal), REFUSED
        calls = [tool_call(**call) for _, call in sorted(self._calls.items())]
        extras = extras_of(calls, "".join(self._reasoning), self._logprobs, self._citations)
        if not (text or self.ended or self._usage.total or extras is not NO_EXTRAS):
            return None
        return Reply(
            texts=(text,),
            extras=() if extras is NO_EXTRAS else (extras,),
            usage=self._usage,
            finish_reasons=(end,),
        )

    def _hear_event(self, kind: str, event: Mapping[str, Any]) -> str:
        """A piece of the responses endpoint's stream, which ends with the whole response."""
        if kind == "error":
            self.error = event
        elif kind in _WHOLE:
            self.error = event["response"].get("error")
            self._whole = reply_of(event["response"])
            self.ended = True
        elif kind == "response.output_text.delta":
            text = words(event["delta"])
            self._text.append(text)
            return text
        return ""

    def _hear_delta(self, delta: Mapping[str, Any]) -> str:
        if reasoning := delta.get("reasoning_content") or delta.get("reasoning"):
            self._reasoning.append(words(reasoning))
        if refusal := delta.get("refusal"):
            self._refusal.append(words(refusal))
        for position, piece in enumerate(delta.get("tool_calls") or ()):
            number, call_id = _number(piece.get("index"), position), piece.get("id")
            if call_id and self._calls.get(number, {}).get("call_id", call_id) != call_id:
                number = len(self._calls)  # servers that send calls whole may number all of them 0
            call = self._calls.setdefault(number, {"call_id": call_id, "name": "", "arguments": ""})
            function = piece.get("function") or {}
            call["name"] = call["name"] or words(function.get("name"))
            call["arguments"] += words(function.get("arguments"))
        self._citations += citations_of(delta)
        return text_of(delta.get("content"))

    def _hear_logprobs(self, logprobs: Mapping[str, Any]) -> None:
        for name, values in logprobs.items():
            if isinstance(values, list):
                self._logprobs.setdefault(name, []).extend(values)


def _number(told: Any, position: int) -> int:
    """Which call a piece belongs to, by the number that it has, else by where it stands."""
    if isinstance(told, str) and told.isdecimal():
        return int(told)
    return told if isinstance(told, int) else position
