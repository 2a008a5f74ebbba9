"""OpenAI's three endpoints: what a request is for them as JSON, and what their JSON is as a reply."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

from nbdspy.errors import UsageError
from nbdspy.models.messages import NO_EXTRAS, Endpoint, Extras, Message, Reply, Request, Usage
from nbdspy.models.told import count, read_json, words

PATHS: Mapping[Endpoint, str] = {"chat": "/chat/completions", "text": "/completions", "responses": "/responses"}
REFUSED = "refusal"  # how a completion ended that is the model's own "I can't help with that"
_ENDS = {"max_output_tokens": "length", "content_filter": "content_filter"}


def endpoint_of(request: Request) -> Endpoint:
    """Which of the endpoints answers a request."""
    if request.endpoint == "responses":
        return "responses"
    return "chat" if request.prompt is None else "text"


def body_of(request: Request, *, max_tokens: str = "max_tokens") -> dict[str, Any]:
    """A request as its endpoint takes it, without the model's name; what is not set is left out.

    Args:
        request: What to ask.
        max_tokens: What the chat endpoint calls the limit; OpenAI's reasoning models have another name for it.

    Raises:
        UsageError: When several completions are asked of the responses endpoint, which gives one.
    """
    if endpoint_of(request) == "responses":
        return _response_body(request)
    asked: dict[str, Any] = (
        {"messages": [dict(message) for message in request.messages or ()]}
        if request.prompt is None
        else {"prompt": request.prompt}
    )
    if request.temperature is not None:
        asked["temperature"] = request.temperature
    if request.max_tokens is not None:
        asked[max_tokens] = request.max_tokens
    if request.n > 1:
        asked["n"] = request.n
    if request.stop:
        asked["stop"] = list(request.stop)
    if request.seed is not None:
        asked["seed"] = request.seed
    if request.tools:
        asked["tools"] = [dict(tool) for tool in request.tools]
    if request.response_format is not None:
        asked["response_format"] = dict(request.response_format)
    return {**asked, **request.options}


def reply_of(answer: Any) -> Reply | None:
    """The reply in an endpoint's JSON; None when that is no completion.

    The arguments of a tool call are read; what a model wrote instead of an object is kept as `{"_raw": text}`. When it
    refuses, its words are the text and the finish reason is `"refusal"`.
    """
    try:
        if "output" in answer:
            return _reply_of_response(answer)
        said = [_completion(choice) for choice in answer["choices"]]
    except (LookupError, TypeError, AttributeError, ValueError):  # JSON of any other shape
        return None
    if not said:
        return None
    texts, extras, ends = zip(*said, strict=True)
    return Reply(
        texts=texts,
        extras=extras if any(extra is not NO_EXTRAS for extra in extras) else (),
        usage=usage_of(answer.get("usage")),
        finish_reasons=ends,
    )


def usage_of(told: Any) -> Usage:
    """The tokens that an endpoint told of, none when it did not."""
    if not isinstance(told, Mapping):
        return Usage()
    details = told.get("prompt_tokens_details") or told.get("input_tokens_details")
    prompt = count(told.get("prompt_tokens") or told.get("input_tokens"))
    return Usage(
        prompt=prompt,
        completion=count(told.get("completion_tokens") or told.get("output_tokens")),
        cached=min(count(details.get("cached_tokens")), prompt) if isinstance(details, Mapping) else 0,
    )


def tool_call(call_id: Any, name: Any, arguments: Any) -> dict[str, Any]:
    """A call as `Extras` keeps it."""
    if isinstance(arguments, str):
        try:
            read = read_json(arguments or "{}")
        except ValueError:
            read = None
        arguments = read if isinstance(read, dict) else {"_raw": arguments}
    return {"id": str(call_id or ""), "name": words(name), "arguments": arguments or {}}


def extras_of(
    tool_calls: Iterable[Mapping[str, Any]], reasoning: str, logprobs: Any, citations: Iterable[Mapping[str, Any]]
) -> Extras:
    """What a completion holds besides its text; always the same object when that is nothing."""
    extras = Extras(
        tool_calls=tuple(tool_calls), reasoning=reasoning, logprobs=logprobs or None, citations=tuple(citations)
    )
    return NO_EXTRAS if extras == NO_EXTRAS else extras


def citations_of(message: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    """The sources that a message names: OpenAI's annotations, or the citations that LiteLLM passes on."""
    others = (message.get("provider_specific_fields") or {}).get("citations") or ()
    found = [*(message.get("annotations") or ())]
    for one in others:
        found += one if isinstance(one, list) else [one]
    return [one if isinstance(one, Mapping) else {"url": one} for one in found]


def text_of(content: Any) -> str:
    """The text of a message, also of one that comes in parts."""
    if content is None or isinstance(content, str):
        return content or ""
    return "".join(words(part.get("text")) for part in content if part.get("type") in ("text", "output_text"))


def _completion(choice: Mapping[str, Any]) -> tuple[str, Extras, str]:
    end = words(choice.get("finish_reason"))
    message = choice.get("message")
    if message is None:
        return words(choice["text"]), extras_of((), "", choice.get("logprobs"), ()), end
    text = text_of(message.get("content"))
    if not text and message.get("refusal"):
        text, end = words(message["refusal"]), REFUSED
    calls = [
        tool_call(call.get("id"), call["function"].get("name"), call["function"].get("arguments"))
        for call in message.get("tool_calls") or ()
    ]
    reasoning = words(message.get("reasoning_content") or message.get("reasoning"))
    return text, extras_of(calls, reasoning, choice.get("logprobs"), citations_of(message)), end


def _response_body(request: Request) -> dict[str, Any]:
    if request.n > 1:
        raise UsageError(
            f"The responses endpoint gives one completion, and {request.n} were asked for.",
            hint="Ask the chat endpoint, or one by one with different `rollout_id`s.",
        )
    options = dict(request.options)
    asked: dict[str, Any] = {
        "input": [item for message in request.messages or () for item in _items(message)]
        if request.prompt is None
        else request.prompt
    }
    if request.temperature is not None:
        asked["temperature"] = request.temperature
    if request.max_tokens is not None:
        asked["max_output_tokens"] = request.max_tokens
    if request.stop:
        asked["stop"] = list(request.stop)
    if request.tools:
        asked["tools"] = [_flat(tool, "function") for tool in request.tools]
    if request.response_format is not None:
        asked["text"] = {"format": _flat(request.response_format, "json_schema")}
    if (effort := options.pop("reasoning_effort", None)) is not None:
        asked["reasoning"] = {"effort": effort}
    if options.pop("logprobs", None):
        asked["include"] = ["message.output_text.logprobs"]
    if isinstance(choice := options.get("tool_choice"), Mapping):
        options["tool_choice"] = _flat(choice, "function")
    return {**asked, **options}


def _flat(value: Mapping[str, Any], inner: str) -> dict[str, Any]:
    """`{"type": …, inner: {…}}` as the responses endpoint has it, without the inner object."""
    others = {name: item for name, item in value.items() if name != inner}
    return {**others, **value.get(inner, {})}


def _items(message: Message) -> Iterator[dict[str, Any]]:
    """A message of a chat as the items of a response's input."""
    if message["role"] == "tool":
        output = text_of(message.get("content"))
        yield {"type": "function_call_output", "call_id": message.get("tool_call_id"), "output": output}
        return
    content = message.get("content")
    if content:
        is_text = isinstance(content, str)
        yield {
            "role": message["role"],
            "content": content if is_text else [_part(part, message["role"]) for part in content],
        }
    for call in message.get("tool_calls") or ():
        yield {"type": "function_call", "call_id": call.get("id"), **call["function"]}


def _part(part: Mapping[str, Any], role: str) -> dict[str, Any]:
    kind = part.get("type")
    if kind == "text":
        return {"type": "output_text" if role == "assistant" else "input_text", "text": part["text"]}
    if kind == "image_url":
        image = part["image_url"]
        details = {name: value for name, value in image.items() if name != "url"}
        return {"type": "input_image", "image_url": image["url"], **details}
    if kind == "file":
        return {"type": "input_file", **part["file"]}
    return dict(part)


def _reply_of_response(answer: Mapping[str, Any]) -> Reply:
    text, reasoning, refusal = "", "", ""
    calls: list[Mapping[str, Any]] = []
    citations: list[Mapping[str, Any]] = []
    logprobs: list[Any] = []
    for item in answer["output"]:
        if item["type"] == "function_call":
            calls.append(tool_call(item.get("call_id"), item.get("name"), item.get("arguments")))
        elif item["type"] == "reasoning":
            parts = [*(item.get("summary") or ()), *(item.get("content") or ())]
            reasoning += "\n".join(words(part.get("text")) for part in parts)
        elif item["type"] == "message":
            for part in item["content"]:
                text += words(part.get("text"))
                refusal += words(part.get("refusal"))
                citations += citations_of(part)
                logprobs += part.get("logprobs") or ()
    end = "tool_calls" if calls else "stop"
    if answer.get("status") == "incomplete":
        reason = words((answer.get("incomplete_details") or {}).get("reason"))
        end = _ENDS.get(reason, reason)
    elif refusal and not text:
        text, end = refusal, REFUSED
    extras = extras_of(calls, reasoning, {"content": logprobs} if logprobs else None, citations)
    return Reply(
        texts=(text,),
        extras=() if extras is NO_EXTRAS else (extras,),
        usage=usage_of(answer.get("usage")),
        finish_reasons=(end,),
    )
