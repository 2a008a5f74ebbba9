"""`File`: a document of any kind in a prompt, such as a PDF."""

from __future__ import annotations

from collections.abc import Mapping
from os import PathLike
from pathlib import Path
from typing import Any, ClassVar, Self

import pydantic

from nbdspy import render
from nbdspy.types import sources
from nbdspy.types.saving import part_of
from nbdspy.types.type import Type


class File(Type):
    """A file: its bytes as a data URI, or the id that a provider gave it when it was uploaded there.

    Example:
        >>> File.from_bytes(b"%PDF-1.7", filename="terms.pdf")
        File(terms.pdf, application/pdf, 8 B)
        >>> File.from_file_id("file-123").format()
        [{'type': 'file', 'file': {'file_id': 'file-123'}}]
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    made_of: ClassVar[Mapping[str, str]] = {
        "text": "File.from_path({})", "data URI": "File(file_data={})", "bytes": "File.from_bytes({})"
    }  # fmt: skip

    file_data: str | None = None
    file_id: str | None = None
    filename: str | None = None

    @classmethod
    def from_path(
        cls, file_path: str | PathLike[str], filename: str | None = None, mime_type: str | None = None
    ) -> Self:
        """A file of this machine, sent whole; `filename` is what the model is told.

        Raises:
            UsageError: When there is no such file, or it is too large for a request.
        """
        data = sources.read_file(file_path, "a file")
        mime = mime_type or sources.kind_by_name(file_path)
        return cls._of(data, filename or Path(file_path).name, mime)

    @classmethod
    def from_bytes(cls, file_bytes: bytes, filename: str | None = None, mime_type: str | None = None) -> Self:
        """A file from its bytes; without a type, the one that they or the name tell."""
        return cls._of(file_bytes, filename, mime_type)

    @classmethod
    def from_file_id(cls, file_id: str, filename: str | None = None) -> Self:
        """A file that the provider has already."""
        return cls(file_id=file_id, filename=filename)

    @classmethod
    def description(cls) -> str:
        """What a model is told, where it is to give a file."""
        return "a file, as a data URI"

    def format(self) -> list[dict[str, Any]]:
        """The file as a content part."""
        held = {"file_data": self.file_data, "file_id": self.file_id, "filename": self.filename}
        return [{"type": "file", "file": {name: value for name, value in held.items() if value is not None}}]

    @classmethod
    def _of(cls, data: bytes, filename: str | None, mime: str | None) -> Self:
        if len(data) > sources.LARGEST:
            raise sources.too_large(filename or "The file", len(data))
        mime = mime or sources.kind_of(data) or sources.kind_by_name(filename or "") or "application/octet-stream"
        return cls(file_data=sources.data_uri(data, mime), filename=filename)

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """A data URI or a content part; never a path or a URL."""
        value = part_of(value, "file")
        return {"file_data": value.strip()} if isinstance(value, str) else value

    @pydantic.model_validator(mode="after")
    def _checked(self) -> Self:
        if (self.file_data is None) == (self.file_id is None):
            raise ValueError("a File has either file_data or file_id; File.from_path(…) opens one")
        if self.file_data is not None:
            sources.read_data_uri(self.file_data)
        return self

    def __repr__(self) -> str:
        if self.file_data is None:
            said = [self.filename, self.file_id]
        else:
            data, mime = sources.read_data_uri(self.file_data)
            said = [self.filename, mime, render.size(len(data))]
        return f"File({', '.join(render.short(part, 60) for part in said if part)})"

    __str__ = __repr__
