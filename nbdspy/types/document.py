"""`Document`: a text that a model may cite from."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar, Literal

import pydantic

from nbdspy import render
from nbdspy.types.saving import part_of
from nbdspy.types.type import Type


class Document(Type):
    """A source that a model may cite from, as Anthropic's API takes it; `Citations` tells where it did.

    Args:
        data: The text; of a PDF its base64.
        title: What the model and its citations call it.
        media_type: What `data` is.
        context: Words about the document that are no source themselves.

    Example:
        >>> Document(data="The sky is blue.", title="Sky").format()[0]["source"]["data"]
        'The sky is blue.'
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    made_of: ClassVar[Mapping[str, str]] = {"text": "types.Document(data={})"}

    data: str
    title: str | None = None
    media_type: Literal["text/plain", "application/pdf"] = "text/plain"
    context: str | None = None

    def format(self) -> list[dict[str, Any]]:
        """The document as a content part, with citations allowed."""
        kind = "text" if self.media_type == "text/plain" else "base64"
        named = {"title": self.title, "context": self.context}
        return [
            {
                "type": "document",
                "source": {"type": kind, "media_type": self.media_type, "data": self.data},
                "citations": {"enabled": True},
                **{name: value for name, value in named.items() if value is not None},
            }
        ]

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """A text, or a content part."""
        value = part_of(value, "document")
        if isinstance(value, Mapping) and isinstance(value.get("source"), Mapping):
            told = {name: value[name] for name in ("title", "context") if name in value}
            return {**told, **{name: item for name, item in value["source"].items() if name != "type"}}
        return {"data": value} if isinstance(value, str) else value

    def __repr__(self) -> str:
        return f"Document({render.short(self.title or self.data, 60)!r}, {len(self.data):,} characters)"

    __str__ = __repr__
