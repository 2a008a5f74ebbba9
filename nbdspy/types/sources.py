"""Bytes for images, sounds and files: from a path, a data URI or, when asked, a URL; checked before they are sent."""

from __future__ import annotations

import base64
import binascii
import mimetypes
import re
import urllib.error
import urllib.request
from os import PathLike
from pathlib import Path
from typing import Final

from nbdspy import render
from nbdspy.errors import UsageError

LARGEST: Final = 20_000_000  # bytes; what the providers take at most in one request
PATIENCE: Final = 30.0  # seconds without a byte

_REMOTE = re.compile(r"(https?|gs)://[^\s/?#]+\S*", re.IGNORECASE)
_DATA = re.compile(r"data:(?P<mime>[\w.+-]+/[\w.+-]+)(?:;[\w=.-]+)*;base64,", re.IGNORECASE)
_SIGNATURES: Final = (  # (at, bytes, type): how files of a kind begin
    (0, b"\x89PNG\r\n\x1a\n", "image/png"),
    (0, b"\xff\xd8\xff", "image/jpeg"),
    (0, b"GIF87a", "image/gif"),
    (0, b"GIF89a", "image/gif"),
    (8, b"WEBP", "image/webp"),
    (0, b"BM", "image/bmp"),
    (0, b"II*\x00", "image/tiff"),
    (0, b"MM\x00*", "image/tiff"),
    (4, b"ftypavif", "image/avif"),
    (4, b"ftypheic", "image/heic"),
    (0, b"%PDF-", "application/pdf"),
    (8, b"WAVE", "audio/wav"),
    (0, b"ID3", "audio/mpeg"),
    (0, b"\xff\xfb", "audio/mpeg"),
    (0, b"\xff\xf3", "audio/mpeg"),
    (0, b"fLaC", "audio/flac"),
    (0, b"OggS", "audio/ogg"),
    (4, b"ftypM4A", "audio/mp4"),
)


def is_remote(text: str) -> bool:
    """Whether a text is a URL that a provider can fetch."""
    return _REMOTE.fullmatch(text) is not None


def read_file(path: str | PathLike[str], what: str) -> bytes:
    """The bytes of a file.

    Raises:
        UsageError: When there is none, it cannot be read, is empty or too large for a request.
    """
    shown = render.short(str(path), 120) or "(nothing)"
    try:
        file = Path(path).expanduser()
        size = file.stat().st_size
        if not file.is_file():  # a folder; a device would have no end
            raise UsageError(f"{shown} is not a file, so not {what}.")
        if size > LARGEST:
            raise too_large(shown, size)
        return _filled(file.read_bytes(), shown)
    except FileNotFoundError as error:
        host, slash, _ = shown.partition("/")
        like_a_url = slash and (host.endswith(":") or "." in host.strip("."))
        hint = "A URL begins with https://." if like_a_url else "Check the path."
        raise UsageError(f"There is no file {shown}.", hint=hint) from error
    except UsageError:
        raise
    except (OSError, RuntimeError, ValueError) as error:  # the latter two: a `~` without a home, a zero byte
        raise UsageError(f"{shown} cannot be read: {getattr(error, 'strerror', None) or error}.") from error


def fetch(url: str) -> tuple[bytes, str]:
    """The bytes behind a URL, and the type that the server gives them.

    Raises:
        UsageError: When it is no http URL, cannot be fetched, or is too large for a request.
    """
    shown = render.short(url, 120)
    if not re.match(r"https?://", url, re.IGNORECASE):
        raise UsageError(f"{shown} is no URL to fetch.", hint="It begins with https:// or http://.")
    request = urllib.request.Request(url, headers={"User-Agent": "nbdspy"})
    try:
        with urllib.request.urlopen(request, timeout=PATIENCE) as answer:  # follows redirects to http and ftp alone
            data = answer.read(LARGEST + 1)
            mime = answer.headers.get_content_type()
    except (OSError, ValueError) as error:  # all of urllib's own errors are OSErrors
        raise UsageError(f"{shown} cannot be fetched: {getattr(error, 'reason', None) or error}.") from error
    if len(data) > LARGEST:
        raise too_large(shown, None)
    return _filled(data, shown), mime


def kind_of(data: bytes) -> str | None:
    """The MIME type that the first bytes of a file tell, whatever its name says."""
    return next((mime for at, begin, mime in _SIGNATURES if data.startswith(begin, at)), None)


def kind_by_name(name: str | PathLike[str]) -> str | None:
    """The MIME type that a file's name tells."""
    return mimetypes.guess_type(str(name))[0]


def data_uri(data: bytes, mime: str) -> str:
    """The bytes as a URI that holds them."""
    return f"data:{mime};base64,{base64.b64encode(data).decode()}"


def read_data_uri(uri: str) -> tuple[bytes, str]:
    """The bytes that a data URI holds, and their MIME type.

    Raises:
        ValueError: When it is none, or what it holds is cut or no base64.
    """
    begin = _DATA.match(uri)
    if not begin:
        raise ValueError(f"{render.short(uri, 60)} is no data URI; one begins with data:image/png;base64, for example.")
    return read_base64(uri[begin.end() :]), begin["mime"].lower()


def read_base64(text: str) -> bytes:
    """The bytes that a text spells.

    Raises:
        ValueError: When it is empty, cut or no base64.
    """
    try:
        data = base64.b64decode(text, validate=True)
    except (binascii.Error, ValueError) as error:  # the latter: letters that ASCII has not
        raise ValueError(f"{render.short(text, 40)} is no base64.") from error
    if not data:
        raise ValueError("it holds no bytes.")
    return data


def _filled(data: bytes, shown: str) -> bytes:
    if not data:
        raise UsageError(f"{shown} is empty.")
    return data


def too_large(shown: str, size: int | None) -> UsageError:
    """The error for what no request can carry."""
    is_ = f"is {render.size(size)}" if size else "is larger"
    return UsageError(f"{shown} {is_}; a request takes {render.size(LARGEST)} at most.", hint="Make it smaller first.")
