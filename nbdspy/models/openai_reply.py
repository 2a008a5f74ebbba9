"""Replies in the shape of OpenAI's API, which users' own classes give and get."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from typing import Any

from nbdspy.errors import UsageError
from nbdspy.models.messages import Extras, Reply
from nbdspy.models.told import price
from nbdspy.models.wire import reply_of
from nbdspy.render import short


def read_response(response: Any, *, said_by: str) -> Reply:
    """An object or a dictionary of that shape as a Reply.

    Args:
        response: `choices[].message.content` or `choices[].text`; where they are there also `finish_reason`,
            `message.tool_calls`, `message.reasoning_content`, `logprobs` and `usage`. The shape of the responses
            endpoint, with an `output`, is one too.
        said_by: Whom an error names.

    Raises:
        UsageError: When it is of another shape.

    Example:
        >>> read_response({"choices": [{"message": {"content": "42"}}]}, said_by="mine").text
        '42'
    """
    try:
        reply = reply_of(_plain(response))
    except RecursionError:  # it holds itself
        reply = None
    if reply is None:
        raise UsageError(
            f"{said_by} returned {short(repr(response), 200)}, which has not the shape of OpenAI's replies.",
            hint='Return an object or a dictionary such as {"choices": [{"message": {"content": "the text"}}]}.',
        )
    hidden = getattr(response, "_hidden_params", None)  # of what LiteLLM answered
    return replace(reply, cost=price(hidden.get("response_cost")) if isinstance(hidden, Mapping) else None)


def outputs_of(reply: Reply) -> list[Any]:
    """What calling a model returns: its texts, or dictionaries when a completion holds more than its text.

    Example:
        >>> outputs_of(Reply(texts=("42",)))
        ['42']
        >>> outputs_of(Reply(texts=("42",), extras=(Extras(reasoning="6 * 7"),)))
        [{'text': '42', 'reasoning_content': '6 * 7'}]
    """
    if not reply.extras:
        return list(reply.texts)
    return [_output(text, reply.extra(number)) for number, text in enumerate(reply.texts)]


def _output(text: str, extra: Extras) -> dict[str, Any]:
    more = {
        "reasoning_content": extra.reasoning,
        "tool_calls": [_call(call) for call in extra.tool_calls],
        "logprobs": extra.logprobs,
        "citations": [dict(citation) for citation in extra.citations],
    }
    return {"text": text, **{name: value for name, value in more.items() if value}}


def _call(call: Mapping[str, Any]) -> dict[str, Any]:
    """A tool call as it stands in messages, so that it can be put back into them."""
    arguments = json.dumps(call.get("arguments", {}), ensure_ascii=False)
    return {
        "id": call.get("id"), "type": "function", "function": {"name": call.get("name"), "arguments": arguments},
    }  # fmt: skip


def _plain(value: Any) -> Any:
    """The value as JSON has it, whatever objects a client's library made of it."""
    if isinstance(value, Mapping):
        return {name: _plain(item) for name, item in value.items()}
    if isinstance(value, list | tuple):
        return [_plain(item) for item in value]
    if callable(dump := getattr(value, "model_dump", None)):
        return dump()
    attributes = getattr(value, "__dict__", None)
    return value if attributes is None or isinstance(value, type) else _plain(attributes)
