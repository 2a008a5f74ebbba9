"""What a model says, as OpenAI's three endpoints word it: whole, and in the pieces of a stream."""

from __future__ import annotations

import itertools
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any

PROMPT, CACHED, COMPLETION = 7, 2, 3  # tokens, of every answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Said:
    """One completion, said as often as was asked for.

    `tool_calls` are pairs of a name and the arguments' JSON, `logprobs` pairs of a token and a number.
    """

    text: str | None = None
    finish: str = "stop"
    tool_calls: Sequence[tuple[str, str]] = ()
    reasoning: str = ""
    refusal: str | None = None
    logprobs: Sequence[tuple[str, float]] = ()
    citations: Sequence[Mapping[str, Any]] = ()

    @property
    def words(self) -> list[str]:
        """The text in the pieces that it is streamed in."""
        first, *others = (self.text or "").split(" ")
        return [first, *(f" {word}" for word in others)]


def whole_of(said: Said, asked: Mapping[str, Any]) -> dict[str, Any]:
    """The response to a request that is no stream."""
    if "input" in asked:
        return _response(said, asked)
    if "messages" in asked:
        part: dict[str, Any] = {"message": _message(said), "logprobs": _logprobs(said)}
    else:
        part = {"text": said.text, "logprobs": None}
    return {
        **_head(asked, ""),
        "choices": [{"index": n, "finish_reason": said.finish, **part} for n in range(asked.get("n") or 1)],
        "usage": _usage("prompt_tokens", "completion_tokens"),
    }


def pieces_of(said: Said, asked: Mapping[str, Any]) -> Iterator[Mapping[str, Any] | str]:
    """The events of a stream; the last one of chat and text is no JSON."""
    if "input" in asked:
        yield from _events(said, asked)
        return
    if "messages" in asked:
        for number, delta in enumerate(_deltas(said)):
            logprobs = {"logprobs": _logprobs(said)} if number == 1 and said.logprobs else {}
            yield _chunk(asked, {"delta": delta, **logprobs})
        yield _chunk(asked, {"delta": {}}, said.finish)
    else:
        yield from (_chunk(asked, {"text": word}) for word in said.words)
        yield _chunk(asked, {"text": ""}, said.finish)
    if asked.get("stream_options", {}).get("include_usage"):
        yield {**_chunk(asked, {}), "choices": [], "usage": _usage("prompt_tokens", "completion_tokens")}
    yield "[DONE]"


def _head(asked: Mapping[str, Any], chunk: str) -> dict[str, Any]:
    kind = f"chat.completion{chunk}" if "messages" in asked else "text_completion"
    return {"id": "0", "created": 0, "object": kind, "model": asked["model"]}


def _usage(read: str, said: str) -> dict[str, Any]:
    return {
        read: PROMPT,
        said: COMPLETION,
        "total_tokens": PROMPT + COMPLETION,
        f"{read}_details": {"cached_tokens": CACHED},
    }


def _message(said: Said) -> dict[str, Any]:
    optional = {
        "tool_calls": [
            {"id": f"call_{n}", "type": "function", "function": {"name": name, "arguments": arguments}}
            for n, (name, arguments) in enumerate(said.tool_calls)
        ],
        "reasoning_content": said.reasoning,
        "refusal": said.refusal,
        "annotations": list(said.citations),
    }
    return {"role": "assistant", "content": said.text} | {name: value for name, value in optional.items() if value}


def _logprobs(said: Said) -> dict[str, Any] | None:
    return {"content": _tokens(said)} if said.logprobs else None


def _tokens(said: Said) -> list[dict[str, Any]]:
    return [
        {"token": token, "logprob": number, "bytes": list(token.encode()), "top_logprobs": []}
        for token, number in said.logprobs
    ]


def _chunk(asked: Mapping[str, Any], part: Mapping[str, Any], finish: str | None = None) -> dict[str, Any]:
    choices = [{"index": n, "finish_reason": finish, **part} for n in range(asked.get("n") or 1)]
    return {**_head(asked, ".chunk"), "choices": choices}


def _deltas(said: Said) -> Iterator[dict[str, Any]]:
    """A message in pieces; the arguments of a tool call come in two."""
    yield {"role": "assistant", "content": ""}
    for word in said.reasoning.split():
        yield {"reasoning_content": f"{word} "}
    if said.text is not None:
        yield from ({"content": word} for word in said.words)
    if said.refusal:
        yield {"refusal": said.refusal}
    for n, (name, arguments) in enumerate(said.tool_calls):
        half = len(arguments) // 2
        function = {"name": name, "arguments": arguments[:half]}
        yield {"tool_calls": [{"index": n, "id": f"call_{n}", "type": "function", "function": function}]}
        yield {"tool_calls": [{"index": n, "function": {"arguments": arguments[half:]}}]}
    if said.citations:
        yield {"annotations": list(said.citations)}


def _response(said: Said, asked: Mapping[str, Any]) -> dict[str, Any]:
    """A whole answer of the responses endpoint."""
    output: list[dict[str, Any]] = []
    if said.reasoning:
        summary = [{"type": "summary_text", "text": said.reasoning}]
        output.append({"id": "rs_0", "type": "reasoning", "summary": summary})
    content: list[dict[str, Any]] = []
    if said.text is not None:
        told = {"annotations": list(said.citations), "logprobs": _tokens(said)}
        content.append({"type": "output_text", "text": said.text, **told})
    if said.refusal:
        content.append({"type": "refusal", "refusal": said.refusal})
    if content:
        message = {"id": "msg_0", "type": "message", "role": "assistant", "status": "completed", "content": content}
        output.append(message)
    for n, (name, arguments) in enumerate(said.tool_calls):
        call = {"id": f"fc_{n}", "call_id": f"call_{n}", "name": name, "arguments": arguments, "status": "completed"}
        output.append({"type": "function_call", **call})
    cut = said.finish == "length"
    return {
        "id": "resp_0", "object": "response", "created_at": 0, "model": asked["model"], "error": None,
        "status": "incomplete" if cut else "completed",
        "incomplete_details": {"reason": "max_output_tokens"} if cut else None,
        "output": output, "parallel_tool_calls": True, "tool_choice": "auto", "tools": [],
        "usage": {**_usage("input_tokens", "output_tokens"), "output_tokens_details": {"reasoning_tokens": 0}},
    }  # fmt: skip


def _events(said: Said, asked: Mapping[str, Any]) -> Iterator[dict[str, Any]]:
    """The same as a stream of typed events, the last of which holds the whole response."""
    numbers = itertools.count()
    whole = _response(said, asked)
    begun = {**whole, "status": "in_progress", "output": [], "usage": None}
    yield {"type": "response.created", "sequence_number": next(numbers), "response": begun}
    place = {"item_id": "msg_0", "output_index": 0, "content_index": 0}
    for word in said.words if said.text else ():
        delta = {"delta": word, "logprobs": [], **place}
        yield {"type": "response.output_text.delta", "sequence_number": next(numbers), **delta}
    yield {"type": f"response.{whole['status']}", "sequence_number": next(numbers), "response": whole}
