"""What OpenTelemetry is told of a piece of work, in the words of OpenInference's conventions."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any, Final

from openinference.semconv.trace import (
    DocumentAttributes,
    EmbeddingAttributes,
    ImageAttributes,
    MessageAttributes,
    MessageContentAttributes,
    PromptAttributes,
    SpanAttributes,
    ToolAttributes,
    ToolCallAttributes,
)
from openinference.semconv.trace import OpenInferenceMimeTypeValues as Mime
from openinference.semconv.trace import OpenInferenceSpanKindValues as Kind

from nbdspy import events, render
from nbdspy.data import Example
from nbdspy.models import Reply, Request
from nbdspy.models.redaction import names_secret, redact, redact_settings
from nbdspy.modules import RLM, CodeAct, Module, ReAct, ReActV2, Retrieve, program_name
from nbdspy.observe.contents import as_json, plain
from nbdspy.observe.steps import parts_of

Attributes = dict[str, Any]

NAME: Final = "name"
LONGEST_DATA: Final = 32_000  # characters of a data URI: whole pictures would fill a collector
_AGENTS: Final = (ReAct, ReActV2, CodeAct, RLM)
_KINDS: Final[Mapping[str, str]] = {
    "lm": Kind.LLM.value,
    "tool": Kind.TOOL.value,
    "interpreter_execute": Kind.TOOL.value,
    "interpreter_tool_call": Kind.TOOL.value,
    "retrieval": Kind.RETRIEVER.value,
    "embedding": Kind.EMBEDDING.value,
    "evaluate": Kind.EVALUATOR.value,
}
_ASKED: Final = ("model", "messages", "prompt", "tools", "shape")  # of a request, what is said in its own place


def kind_of(work: events.Span) -> str:
    """The kind of span that a piece of work is."""
    if work.kind == "module" and isinstance(work.instance, _AGENTS):
        return Kind.AGENT.value
    if work.kind == "module" and isinstance(work.instance, Retrieve):
        return Kind.RETRIEVER.value
    return _KINDS.get(work.kind, Kind.CHAIN.value)


def name_of(work: events.Span) -> str:
    """What people call it."""
    return program_name(work.instance) if isinstance(work.instance, Module) else work.name


def of_start(work: events.Span, *, contents: bool) -> tuple[str, Attributes]:
    """What people call it, and what is known when it begins; without keys.

    Args:
        work: What has begun.
        contents: Whether to tell what it was given, or only what kind of work it is.
    """
    told: Attributes = {NAME: name_of(work), SpanAttributes.OPENINFERENCE_SPAN_KIND: kind_of(work)}
    match work.inputs:
        case Request() as request:
            told[SpanAttributes.LLM_MODEL_NAME] = request.model
            told[SpanAttributes.LLM_INVOCATION_PARAMETERS] = _settings(request)
            if contents:
                told |= _asked(request)
        case Mapping() as inputs:
            if work.kind == "tool":
                told |= {SpanAttributes.TOOL_NAME: work.name}
                if contents:
                    told[SpanAttributes.TOOL_DESCRIPTION] = work.instance.desc
                    told[SpanAttributes.TOOL_PARAMETERS] = plain(work.instance.args)
            if work.kind == "embedding":
                told[SpanAttributes.EMBEDDING_MODEL_NAME] = work.name
            if contents:
                told |= _given(work.kind, inputs)
    cleaned = _told(told)
    return cleaned.pop(NAME), cleaned


def of_end(work: events.Span, *, contents: bool) -> Attributes:
    """What is known when it has ended, without keys; see `of_start`."""
    told: Attributes = {}
    match work.outputs:
        case None:
            pass
        case Reply() as reply:
            told |= _counted(reply)
            if contents:
                told |= _answered(reply)
        case outputs if contents:
            told |= _value("output", _brief(work.kind, outputs))
            if kind_of(work) == Kind.RETRIEVER.value:
                told |= dict(_documents(outputs))
    return _told(told)


def _told(values: Attributes) -> Attributes:
    """The values without keys, and what they hold as JSON: only then, as its escapes could hide a key."""
    cleaned = zip(values, redact(list(values.values())), strict=True)
    return {name: render.written(value) if isinstance(value, dict | list) else value for name, value in cleaned}


def _settings(request: Request) -> Any:
    settings = {name: value for name, value in request.as_dict().items() if name not in _ASKED}
    return plain(redact_settings(settings) if any(map(names_secret, _names(settings))) else settings)


def _names(value: Any) -> Iterator[str]:
    """Every name in settings, at any depth."""
    if isinstance(value, Mapping):
        for name, part in value.items():
            yield str(name)
            yield from _names(part)
    elif isinstance(value, list | tuple):
        for part in value:
            yield from _names(part)


def _asked(request: Request) -> Attributes:
    told: Attributes = {}
    for number, message in enumerate(request.messages or ()):
        told |= dict(_message(f"{SpanAttributes.LLM_INPUT_MESSAGES}.{number}", message))
    if request.messages:
        told |= _value("input", _text_of(request.messages[-1].get("content")))
    if request.prompt is not None:
        told[f"{SpanAttributes.LLM_PROMPTS}.0.{PromptAttributes.PROMPT_TEXT}"] = request.prompt
        told |= _value("input", request.prompt)
    for number, tool in enumerate(request.tools):
        told[f"{SpanAttributes.LLM_TOOLS}.{number}.{ToolAttributes.TOOL_JSON_SCHEMA}"] = plain(tool)
    return told


def _answered(reply: Reply) -> Attributes:
    told = _value("output", reply.text)
    for number, text in enumerate(reply.texts):
        place = f"{SpanAttributes.LLM_OUTPUT_MESSAGES}.{number}"
        told |= dict(_message(place, {"role": "assistant", "content": text}))
        told |= dict(_calls(place, reply.extra(number).tool_calls))
    return told


def _counted(reply: Reply) -> Attributes:
    """Tokens and money; what a cache or a cassette answered took none."""
    told: Attributes = {"nbdspy.cached": reply.cached, "nbdspy.recorded": reply.recorded}
    if reply.finish_reasons:
        told[SpanAttributes.LLM_FINISH_REASON] = reply.finish_reasons[0]
    if reply.cached or reply.recorded:
        return told
    told |= (
        {
            SpanAttributes.LLM_TOKEN_COUNT_PROMPT: reply.usage.prompt,
            SpanAttributes.LLM_TOKEN_COUNT_COMPLETION: reply.usage.completion,
            SpanAttributes.LLM_TOKEN_COUNT_TOTAL: reply.usage.total,
        }
        if reply.usage.total
        else {}
    )  # else nobody has counted
    if reply.usage.cached:
        told[SpanAttributes.LLM_TOKEN_COUNT_PROMPT_DETAILS_CACHE_READ] = reply.usage.cached
    return told if reply.cost is None else told | {SpanAttributes.LLM_COST_TOTAL: reply.cost}


def _message(place: str, message: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    yield f"{place}.{MessageAttributes.MESSAGE_ROLE}", str(message.get("role"))
    content = message.get("content")
    if isinstance(content, str):
        yield f"{place}.{MessageAttributes.MESSAGE_CONTENT}", content
    elif content is not None:
        for number, part in enumerate(content):
            yield from _part(f"{place}.{MessageAttributes.MESSAGE_CONTENTS}.{number}", part)
    if "tool_call_id" in message:
        yield f"{place}.{MessageAttributes.MESSAGE_TOOL_CALL_ID}", str(message["tool_call_id"])
    calls = [{"id": call.get("id"), **call.get("function", {})} for call in message.get("tool_calls") or ()]
    yield from _calls(place, calls)


def _part(place: str, part: Mapping[str, Any]) -> Iterator[tuple[str, Any]]:
    match part:
        case {"type": "text", "text": str() as text}:
            yield f"{place}.{MessageContentAttributes.MESSAGE_CONTENT_TYPE}", "text"
            yield f"{place}.{MessageContentAttributes.MESSAGE_CONTENT_TEXT}", text
        case {"type": "image_url", "image_url": {"url": str() as url}}:
            image = f"{MessageContentAttributes.MESSAGE_CONTENT_IMAGE}.{ImageAttributes.IMAGE_URL}"
            yield f"{place}.{MessageContentAttributes.MESSAGE_CONTENT_TYPE}", "image"
            yield f"{place}.{image}", _short_data(url)
        case _:
            yield f"{place}.{MessageContentAttributes.MESSAGE_CONTENT_TYPE}", str(part.get("type"))
            yield f"{place}.{MessageContentAttributes.MESSAGE_CONTENT_TEXT}", _short_data(render.written(as_json(part)))


def _calls(place: str, calls: Sequence[Mapping[str, Any]]) -> Iterator[tuple[str, Any]]:
    for number, call in enumerate(calls):
        of = f"{place}.{MessageAttributes.MESSAGE_TOOL_CALLS}.{number}"
        yield f"{of}.{ToolCallAttributes.TOOL_CALL_ID}", str(call.get("id"))
        yield f"{of}.{ToolCallAttributes.TOOL_CALL_FUNCTION_NAME}", str(call.get("name"))
        yield f"{of}.{ToolCallAttributes.TOOL_CALL_FUNCTION_ARGUMENTS_JSON}", plain(call.get("arguments"))


def _given(kind: str, inputs: Mapping[str, Any]) -> Attributes:
    """What work was given, other than a request to a model."""
    if kind == "embedding":
        place = f"{SpanAttributes.EMBEDDING_EMBEDDINGS}.{{}}.{EmbeddingAttributes.EMBEDDING_TEXT}"
        return {place.format(number): text for number, text in enumerate(inputs["texts"])}
    if kind == "retrieval":
        queries = list(inputs["queries"])
        return _value("input", queries[0] if len(queries) == 1 else queries)
    return _value("input", _brief(kind, dict(parts_of(inputs, "input"))))


def _brief(kind: str, value: Any) -> Any:
    """The value itself; of work on whole data sets each part in a line."""
    if kind not in ("evaluate", "compile"):
        return value
    if isinstance(value, Mapping):
        return {name: render.short(repr(part), 200) for name, part in value.items()}
    return render.short(repr(value), 200)


def _value(side: str, value: Any) -> Attributes:
    """A value as the input or the output of a span, with what it is written in."""
    value = plain(value)
    mime = Mime.TEXT if isinstance(value, str) else Mime.JSON
    written = value if isinstance(value, str | dict | list) else render.written(value)
    return {f"{side}.value": written, f"{side}.mime_type": mime.value}


def _text_of(content: Any) -> Any:
    """The text of a message that may have other parts too."""
    if isinstance(content, str) or content is None:
        return content or ""
    return "\n".join(str(part["text"]) for part in content if part.get("type") == "text")


def _documents(outputs: Any) -> Iterator[tuple[str, Any]]:
    """The passages that a search found, or several searches."""
    number = 0
    for found in outputs if isinstance(outputs, list | tuple) else [outputs]:
        passages = found.get("passages", ()) if isinstance(found, Example) else ()
        for rank, passage in enumerate(passages):
            place = f"{SpanAttributes.RETRIEVAL_DOCUMENTS}.{number}"
            yield f"{place}.{DocumentAttributes.DOCUMENT_CONTENT}", str(passage)
            if scores := found.get("scores"):
                yield f"{place}.{DocumentAttributes.DOCUMENT_SCORE}", float(scores[rank])
            if indices := found.get("indices"):
                yield f"{place}.{DocumentAttributes.DOCUMENT_ID}", str(indices[rank])
            number += 1


def _short_data(text: str) -> str:
    """The text, unless it is data of a picture or a file, of which it says how long it was."""
    at = text.find(";base64,")
    if at < 0 or len(text) <= LONGEST_DATA:
        return text
    return f"{text[: at + 8]}… ({len(text):,} characters)"
