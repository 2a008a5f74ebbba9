"""Documents to cite from, for servers of OpenAI's protocol, which know no such part: as texts and files."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import replace
from typing import Any

from nbdspy.models.messages import Message, Request


def without_documents(request: Request) -> Request:
    """The request with each part of type `document`, which is Anthropic's, as parts that OpenAI's protocol has.

    A text is a part of the text, below its title and context; a PDF is a file. Any other request is returned as it is.

    Example:
        >>> part = {"type": "document", "title": "Sky", "source": {"type": "text", "data": "It is blue."}}
        >>> request = Request(model="openai/test", messages=[{"role": "user", "content": [part]}])
        >>> without_documents(request).messages[0]["content"]
        [{'type': 'text', 'text': 'Sky\\nIt is blue.'}]
    """
    if not any(_is_document(part) for message in request.messages or () for part in _parts_of(message)):
        return request
    return replace(request, messages=tuple(map(_translated, request.messages or ())))


def _parts_of(message: Message) -> list[Any]:
    content = message.get("content")
    return list(content) if isinstance(content, list | tuple) else []


def _is_document(part: Any) -> bool:
    return isinstance(part, Mapping) and part.get("type") == "document" and isinstance(part.get("source"), Mapping)


def _translated(message: Message) -> Message:
    if not (parts := _parts_of(message)):
        return message
    told = [new for part in parts for new in (_told(part) if _is_document(part) else [part])]
    return {**message, "content": told}


def _told(part: Mapping[str, Any]) -> Iterator[Mapping[str, Any]]:
    source = part["source"]
    title, context = part.get("title"), part.get("context")
    if source.get("type") == "text":
        yield {"type": "text", "text": "\n".join(filter(None, (title, context, source["data"])))}
    elif source.get("type") == "base64":
        if context:
            yield {"type": "text", "text": context}
        data = f"data:{source['media_type']};base64,{source['data']}"
        yield {"type": "file", "file": {"filename": title or "document.pdf", "file_data": data}}
    else:  # somewhere else, which only the provider that it was written for can read
        yield part
