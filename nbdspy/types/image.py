"""`Image`: a picture in a prompt."""

from __future__ import annotations

import io
from collections.abc import Mapping
from os import PathLike
from typing import Any, ClassVar, NoReturn, Self

import pydantic

from nbdspy import render
from nbdspy.errors import UsageError
from nbdspy.types import sources
from nbdspy.types.saving import part_of
from nbdspy.types.type import Type, reason_of

_KINDS = "PNG, JPEG, GIF, WebP, BMP, TIFF, AVIF or HEIC"


class Image(Type):
    """A picture: a URL, which the provider fetches, or the bytes themselves.

    Only what is written in Python opens a file. A text that a model wrote is read as a URL or refused, never opened.

    Args:
        source: A URL (http, https or gs), a data URI, a path, bytes, or an image of PIL.

    Raises:
        UsageError: When there is no such file, or it holds no picture.

    Example:
        >>> Image("https://a.example/cat.png").format()
        [{'type': 'image_url', 'image_url': {'url': 'https://a.example/cat.png'}}]
        >>> Image(bytes.fromhex("89504e470d0a1a0a"))
        Image(image/png, 8 B)
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    made_of: ClassVar[Mapping[str, str]] = {"text": "Image({})", "data URI": "Image({})", "bytes": "Image({})"}

    url: str

    def __init__(self, source: Any = None, /, **values: Any) -> None:
        if source is not None:
            values["url"] = _url_of(source)
        try:
            pydantic.BaseModel.__init__(self, **values)
        except pydantic.ValidationError as error:
            raise UsageError(f"That is no Image: {reason_of(error).rstrip('.')}.") from error

    @classmethod
    def from_url(cls, url: str, download: bool = False) -> Self:
        """The picture behind a URL: the provider fetches it, or with `download` we do, now.

        Raises:
            UsageError: When it is no URL, or what it leads to is no picture.
        """
        if not sources.is_remote(url):
            raise UsageError(f"{render.short(url, 120)} is no URL.", hint="It begins with https:// or http://.")
        return cls(_uri_of(sources.fetch(url)[0], url) if download else url)

    @classmethod
    def from_file(cls, file_path: str) -> NoReturn:
        """A second way to the same picture.

        Raises:
            UsageError: Always; says what to use.
        """
        raise UsageError(
            "Image.from_file is left out: it is going to leave DSPy, too.", hint="Write Image.from_path(...)."
        )

    @classmethod
    def from_PIL(cls, pil_image: Any) -> NoReturn:
        """A second way to the same picture.

        Raises:
            UsageError: Always; says what to use.
        """
        raise UsageError("Image.from_PIL is left out: it is going to leave DSPy, too.", hint="Write Image(picture).")

    @classmethod
    def from_path(cls, file_path: str | PathLike[str]) -> Self:
        """The picture in a file.

        Raises:
            UsageError: When there is no such file, or it holds no picture.
        """
        return cls(_uri_of(sources.read_file(file_path, "a picture"), str(file_path)))

    @classmethod
    def description(cls) -> str:
        """What a model is told, where it is to name a picture."""
        return "the URL of a picture"

    def format(self) -> list[dict[str, Any]]:
        """The picture as a content part."""
        return [{"type": "image_url", "image_url": {"url": self.url}}]

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """A URL or a data URI, alone or in a content part; never a path."""
        value = part_of(value, "image_url")
        return {"url": value.strip()} if isinstance(value, str) else value

    @pydantic.field_validator("url")
    @classmethod
    def _checked(cls, url: str) -> str:
        if sources.is_remote(url):
            return url
        if not url.lower().startswith("data:"):
            raise ValueError(f"{render.short(url, 60)} is no URL; a file is opened with Image.from_path(…)")
        data, _ = sources.read_data_uri(url)
        if not (sources.kind_of(data) or "").startswith("image/"):
            raise ValueError(f"{render.short(url, 40)} holds no picture ({_KINDS})")
        return url

    def __repr__(self) -> str:
        if not self.url.startswith("data:"):
            return f"Image({render.short(self.url, 120)})"
        kind, _, data = self.url.removeprefix("data:").partition(";base64,")
        return f"Image({kind}, {render.size(len(data) * 3 // 4 - data[-2:].count('='))})"

    __str__ = __repr__


def _url_of(source: Any) -> str:
    if isinstance(source, Image):
        return source.url
    if isinstance(source, bytes | bytearray):
        return _uri_of(bytes(source), "What was given")
    if isinstance(source, str):
        given = source.strip()
        if sources.is_remote(given) or given.lower().startswith("data:"):
            return given
    if isinstance(source, str | PathLike):
        return _uri_of(sources.read_file(source, "a picture"), str(source))
    if type(source).__module__.partition(".")[0] == "PIL":
        buffer = io.BytesIO()
        source.save(buffer, format="PNG")
        return sources.data_uri(buffer.getvalue(), "image/png")
    raise UsageError(
        f"{render.short(repr(source))}, of type {type(source).__name__}, is no picture.",
        hint="Give a URL, a path, bytes or an image of PIL.",
    )


def _uri_of(data: bytes, name: str) -> str:
    """The picture as a data URI, of the type that its bytes tell."""
    kind = sources.kind_of(data)
    if kind is None or not kind.startswith("image/"):
        raise UsageError(
            f"{render.short(name, 120)} holds no picture ({_KINDS}): the bytes begin with {data[:12]!r}.",
            hint="Check the file." if kind is None else f"It looks like {kind}.",
        )
    if len(data) > sources.LARGEST:
        raise sources.too_large(render.short(name, 120), len(data))
    return sources.data_uri(data, kind)
