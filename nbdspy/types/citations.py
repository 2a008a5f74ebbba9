"""`Citations`: the places in its sources that a model's answer rests on."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any, ClassVar, Self

import pydantic

from nbdspy import render
from nbdspy.types.saving import unmarked
from nbdspy.types.type import Type, loaded


class Citation(Type):
    """One place in a source; what a provider tells besides is kept as it is."""

    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="allow")

    type: str = "char_location"
    cited_text: str = ""
    document_index: int | None = None
    document_title: str | None = None
    start_char_index: int | None = None
    end_char_index: int | None = None
    supported_text: str | None = None

    @classmethod
    def description(cls) -> str:
        """What a model is told, where it writes a citation as text."""
        return 'a JSON object {"cited_text": …, "document_index": …}, the words taken letter for letter from the source'

    def format(self) -> str:
        """The citation as JSON."""
        return render.written(self.as_plain())

    def as_plain(self) -> Any:
        """What is known of the place."""
        return self.model_dump(mode="json", exclude_none=True)

    def __repr__(self) -> str:
        source = self.document_title if self.document_title is not None else self.document_index
        return f"Citation({render.short(self.cited_text, 60)!r}{'' if source is None else f', {source}'})"

    __str__ = __repr__


class Citations(Type):
    """The places that an answer cites, from the provider's own citations or as JSON that a model wrote.

    Example:
        >>> cited = {"cited_text": "The sky is blue.", "document_index": 0, "document_title": "Sky"}
        >>> Citations.from_dict_list([cited]).citations[0]
        Citation('The sky is blue.', Sky)
    """

    only_text: ClassVar[bool] = True

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    citations: list[Citation]

    @classmethod
    def description(cls) -> str:
        """What a model is told, where it writes the citations as text."""
        return (
            'a JSON list of {"cited_text": …, "document_index": …}, the words taken letter for letter from the source'
        )

    @classmethod
    def from_dict_list(cls, citations_dicts: Sequence[Mapping[str, Any]]) -> Self:
        """Citations from dicts as providers give them."""
        return cls.model_validate({"citations": list(citations_dicts)})

    @classmethod
    def from_extras(cls, citations: Sequence[Mapping[str, Any]]) -> Self:
        """Citations from `Extras.citations`, the ones that a model made natively."""
        return cls.from_dict_list(citations)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_any_shape(cls, value: Any) -> Any:
        value = loaded(unmarked(value))
        if isinstance(value, Mapping) and "citations" not in value:
            value = [value]
        return {"citations": value} if isinstance(value, list | tuple) else value

    def format(self) -> str:
        """The citations as JSON."""
        return render.written(self.as_plain())

    def as_plain(self) -> Any:
        """One entry for each citation."""
        return [citation.as_plain() for citation in self.citations]

    def __repr__(self) -> str:
        return f"Citations([{', '.join(map(repr, self.citations))}])"

    __str__ = __repr__
