"""Sounds."""

import base64
import io
import wave
from pathlib import Path

import numpy as np
import pytest

import nbdspy
from nbdspy.errors import ParseError, UsageError
from nbdspy.testing import DummyLM
from nbdspy.types import Audio

WAV = b"RIFF....WAVEfmt "


def test_a_file_is_a_part_with_its_bytes_and_format(tmp_path: Path) -> None:
    path = tmp_path / "sound"
    path.write_bytes(WAV)

    (part,) = Audio.from_path(path).format()

    assert part == {"type": "input_audio", "input_audio": {"data": base64.b64encode(WAV).decode(), "format": "wav"}}


@pytest.mark.parametrize(
    ("name", "data", "format_"),
    [("a.mp3", b"ID3.", "mp3"), ("a.bin", b"fLaC", "flac"), ("a.aac", b"????", "aac"), ("a", b"....ftypM4A ", "m4a")],
)
def test_the_format_is_that_of_the_bytes_or_of_the_name(tmp_path: Path, name: str, data: bytes, format_: str) -> None:
    (tmp_path / name).write_bytes(data)

    assert Audio.from_path(tmp_path / name).audio_format == format_


def test_a_file_that_is_no_sound_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.wav").write_bytes(b"%PDF-1.7")
    (tmp_path / "b").write_bytes(b"words")

    with pytest.raises(UsageError, match=r"a\.wav holds no sound.*It looks like application/pdf"):
        Audio.from_path(tmp_path / "a.wav")
    with pytest.raises(UsageError, match="Check the file"):
        Audio.from_path(tmp_path / "b")
    with pytest.raises(UsageError, match="There is no file"):
        Audio.from_path(tmp_path / "c.wav")


@pytest.mark.parametrize("shape", [(100,), (100, 2)])
def test_samples_become_a_wav_that_reads_back(shape: tuple[int, ...]) -> None:
    samples = np.linspace(-1, 1, 100 * shape[-1] if len(shape) > 1 else 100).reshape(shape)

    audio = Audio.from_array(samples, 16_000)

    with wave.open(io.BytesIO(base64.b64decode(audio.data))) as file:
        read = np.frombuffer(file.readframes(100), "<i2").reshape(shape)
        assert (file.getframerate(), file.getnchannels()) == (16_000, shape[1] if len(shape) > 1 else 1)
    assert np.allclose(read / 32767, samples, atol=1e-4)
    assert Audio.from_array(read, 16_000) == audio


@pytest.mark.parametrize(
    ("array", "said"),
    [
        (np.array([0.0, 2.0]), "from -1 to 1"),
        (np.array([np.nan]), "from -1 to 1"),
        (np.array([1, 2], dtype=np.int64), "type int64"),
        (np.zeros((2, 2, 2)), r"shape \(2, 2, 2\)"),
        (np.array([]), "no sound"),
    ],
)
def test_what_is_no_sound_is_refused(array: np.ndarray, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        Audio.from_array(array, 16_000)
    with pytest.raises(UsageError, match="writes wav, not 'mp3'"):
        Audio.from_array(np.zeros(4), 16_000, format="mp3")


@pytest.mark.parametrize("data", ["not base64!", "", 3, "/etc/passwd.wav"])
def test_data_is_base64(data: object) -> None:
    with pytest.raises(UsageError, match="data"):
        Audio(data=data, audio_format="wav")


@pytest.mark.parametrize("wrote", ["{path}", "file://{path}", '{{"data": "{path}", "audio_format": "wav"}}'])
def test_a_path_that_a_model_wrote_opens_no_file(tmp_path: Path, wrote: str) -> None:
    path = tmp_path / "secret.wav"
    path.write_bytes(WAV)

    with nbdspy.context(lm=DummyLM([{"sound": wrote.format(path=path)}])), pytest.raises(ParseError):
        nbdspy.Predict("about -> sound: Audio")(about="a bell")


def test_a_data_uri_is_read_and_no_base64_is_printed() -> None:
    audio = Audio.model_validate("data:audio/x-wav;base64," + base64.b64encode(WAV * 1000).decode())

    assert repr(audio) == str(audio) == "Audio(wav, 16 kB)"


def test_a_way_that_dspy_gives_up_says_what_to_use() -> None:
    with pytest.raises(UsageError, match=r"Write Audio\.from_path"):
        Audio.from_file("cat.wav")
