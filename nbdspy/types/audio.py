"""`Audio`: a sound in a prompt."""

from __future__ import annotations

import base64
import io
import wave
from collections.abc import Mapping
from os import PathLike
from typing import TYPE_CHECKING, Any, ClassVar, NoReturn, Self

import pydantic

from nbdspy import render
from nbdspy.errors import UsageError
from nbdspy.types import sources
from nbdspy.types.saving import part_of
from nbdspy.types.type import Type, positional

if TYPE_CHECKING:
    import numpy as np

_NAMES = {"mpeg": "mp3", "mp4": "m4a", "wave": "wav", "vnd.wave": "wav"}  # what APIs call them; the MIME type differs


class Audio(Type):
    """A sound: its bytes as base64, and their format.

    Args:
        data: The bytes, or their base64.
        audio_format: "wav", "mp3" or what else the model takes.

    Example:
        >>> audio = Audio(data=b"RIFF....WAVEfmt ", audio_format="wav")
        >>> audio
        Audio(wav, 16 B)
        >>> audio.format()[0]["input_audio"]["format"]
        'wav'
    """

    model_config = pydantic.ConfigDict(frozen=True, extra="forbid")

    made_of: ClassVar[Mapping[str, str]] = {
        "text": "Audio.from_path({})", "data URI": "Audio.model_validate({})", "bytes": "Audio({}, audio_format='wav')"
    }  # fmt: skip

    data: str
    audio_format: str

    def __init__(self, data: Any = None, /, **values: Any) -> None:
        positional(self, data, "data", values)

    @classmethod
    def from_file(cls, file_path: str) -> NoReturn:
        """A second way to the same sound.

        Raises:
            UsageError: Always; says what to use.
        """
        raise UsageError(
            "Audio.from_file is left out: it is going to leave DSPy, too.", hint="Write Audio.from_path(...)."
        )

    @classmethod
    def from_path(cls, file_path: str | PathLike[str]) -> Self:
        """The sound in a file.

        Raises:
            UsageError: When there is no such file, or it holds no sound.
        """
        data = sources.read_file(file_path, "a sound")
        return cls._of(data, sources.kind_by_name(file_path), str(file_path))

    @classmethod
    def from_url(cls, url: str) -> Self:
        """The sound behind a URL, fetched now: the providers take bytes alone.

        Raises:
            UsageError: When it cannot be fetched, or is no sound.
        """
        data, mime = sources.fetch(url)
        return cls._of(data, mime, url)

    @classmethod
    def from_array(cls, array: np.ndarray[Any, Any], sampling_rate: int, format: str = "wav") -> Self:
        """The sound of samples: floats from -1 to 1 or 16-bit integers, of shape (samples,) or (samples, channels).

        Raises:
            UsageError: When the array is no sound, or the format another than "wav".
        """
        if format != "wav":
            raise UsageError(f"from_array writes wav, not {format!r}.", hint="Write the file yourself; use from_path.")
        return cls(data=_spelled(_wav(array, sampling_rate)), audio_format="wav")

    @classmethod
    def description(cls) -> str:
        """What a model is told, where it is to give a sound."""
        return "a sound, as a data URI"

    def format(self) -> list[dict[str, Any]]:
        """The sound as a content part."""
        return [{"type": "input_audio", "input_audio": {"data": self.data, "format": self.audio_format}}]

    @classmethod
    def _of(cls, data: bytes, mime: str | None, name: str) -> Self:
        mime = sources.kind_of(data) or mime or ""
        if not mime.startswith("audio/"):
            looks = f"It looks like {mime}." if mime else "Check the file."
            raise UsageError(f"{render.short(name, 120)} holds no sound: it begins with {data[:12]!r}.", hint=looks)
        return cls(data=_spelled(data), audio_format=_name(mime))

    @pydantic.model_validator(mode="before")
    @classmethod
    def _from_text(cls, value: Any) -> Any:
        """A data URI or a content part; never a path or a URL."""
        value = part_of(value, "input_audio")
        if isinstance(value, str):
            data, mime = sources.read_data_uri(value.strip())
            return {"data": data, "audio_format": _name(mime)}
        if isinstance(value, dict) and "format" in value and "audio_format" not in value:
            return {"audio_format": value["format"], **{key: item for key, item in value.items() if key != "format"}}
        return value

    @pydantic.field_validator("data", mode="before")
    @classmethod
    def _encoded(cls, data: Any) -> Any:
        if isinstance(data, bytes | bytearray):
            return _spelled(data)
        if isinstance(data, str):
            sources.read_base64(data)
        return data

    def __repr__(self) -> str:
        size = len(self.data) * 3 // 4 - self.data[-2:].count("=")
        return f"Audio({self.audio_format}, {render.size(size)})"

    __str__ = __repr__


def _spelled(data: bytes | bytearray) -> str:
    return base64.b64encode(data).decode()


def _name(mime: str) -> str:
    name = mime.partition("/")[2].removeprefix("x-")
    return _NAMES.get(name, name)


def _wav(array: Any, sampling_rate: int) -> bytes:
    import numpy as np

    samples = np.asarray(array)
    if samples.ndim not in (1, 2) or not samples.size:
        raise UsageError(
            f"An array of shape {samples.shape} is no sound.", hint="Give (samples,) or (samples, channels)."
        )
    if np.issubdtype(samples.dtype, np.floating):
        if not np.isfinite(samples).all() or np.abs(samples).max() > 1:
            raise UsageError("Samples are floats from -1 to 1; these go beyond.", hint="Divide by the largest.")
        samples = np.round(samples * 32767).astype("<i2")
    elif samples.dtype != np.int16:
        raise UsageError(f"Samples of type {samples.dtype} are no sound.", hint="Give floats from -1 to 1, or int16.")
    buffer = io.BytesIO()
    with wave.open(buffer, "wb") as file:
        file.setnchannels(1 if samples.ndim == 1 else samples.shape[1])
        file.setsampwidth(2)
        file.setframerate(sampling_rate)
        file.writeframes(samples.astype("<i2").tobytes())
    return buffer.getvalue()
