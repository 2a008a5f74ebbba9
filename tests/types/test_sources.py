"""Fetching, which happens when Python asks for it and at no other time."""

from pathlib import Path

import pytest

import nbdspy
from nbdspy.errors import UsageError
from nbdspy.testing import DummyLM
from nbdspy.types import Audio, Image, sources

PNG = bytes.fromhex("89504e470d0a1a0a") + b"rest"
WAV = b"RIFF....WAVEfmt "


def test_a_picture_is_fetched_when_asked(server) -> None:
    server.pages["/c"] = (200, "application/octet-stream", PNG)

    assert Image.from_url(server.url("/c"), download=True) == Image(PNG)
    assert server.asked == ["/c"]


def test_a_url_alone_is_never_fetched(server) -> None:
    image = Image.from_url(server.url("/c"))

    with nbdspy.context(lm=DummyLM([{"like": server.url("/d")}])):
        like = nbdspy.Predict("photo: Image -> like: Image")(photo=image).like

    assert like.format()[0]["image_url"]["url"] == server.url("/d")
    assert (repr(like), server.asked) == (f"Image({server.url('/d')})", [])


def test_a_sound_is_fetched_as_providers_take_bytes_alone(server) -> None:
    server.pages["/a"] = (200, "audio/wav", WAV)
    server.pages["/b"] = (200, "audio/aac", b"unknown bytes")

    assert Audio.from_url(server.url("/a")) == Audio(data=WAV, audio_format="wav")
    assert Audio.from_url(server.url("/b")).audio_format == "aac"


@pytest.mark.parametrize(
    ("page", "said"),
    [
        ((404, "text/plain", b"none"), "cannot be fetched: Not Found"),
        ((200, "image/png", b""), "is empty"),
        ((200, "image/png", b"<html>Sign in</html>"), "holds no picture"),
        ((200, "image/png", PNG + b"0" * sources.LARGEST), "is larger; a request takes"),
        ((302, "file:///etc/passwd", b""), "cannot be fetched"),
    ],
    ids=["absent", "empty", "a page", "huge", "sent on to a file"],
)
def test_what_cannot_be_had_says_why(server, page, said: str) -> None:
    server.pages["/c"] = page

    with pytest.raises(UsageError, match=said):
        Image.from_url(server.url("/c"), download=True)


@pytest.mark.parametrize("url", ["file:///etc/passwd", "gs://bucket/a", "a.wav", "", "data:audio/wav;base64,aaaa"])
def test_only_http_is_fetched(url: str) -> None:
    with pytest.raises(UsageError, match="no URL to fetch"):
        Audio.from_url(url)


def test_a_server_that_is_not_there_is_said(server) -> None:
    url = server.url("/c")
    server.server_close()

    with pytest.raises(UsageError, match="cannot be fetched"):
        Audio.from_url(url)


def test_a_home_folder_is_found(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    (tmp_path / "c.png").write_bytes(PNG)

    assert Image("~/c.png") == Image(PNG)
