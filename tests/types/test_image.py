"""Pictures: what makes one, what does not, and that nothing is opened because a model wrote it."""

import base64
import json
import os
from pathlib import Path

import pydantic
import pytest

import nbdspy
from nbdspy.errors import ParseError, UsageError
from nbdspy.testing import DummyLM
from nbdspy.types import Image, sources

PNG = bytes.fromhex("89504e470d0a1a0a") + b"rest"
JPEG = b"\xff\xd8\xff\xe0rest"
PNG_URI = "data:image/png;base64," + base64.b64encode(PNG).decode()


class FromPIL:
    """Looks like an image of PIL, which is not installed everywhere."""

    def save(self, file, format) -> None:
        assert format == "PNG"
        file.write(PNG)


FromPIL.__module__ = "PIL.Image"


@pytest.fixture
def file(tmp_path: Path) -> Path:
    path = tmp_path / "cat.dat"  # the bytes tell what it is, not the name
    path.write_bytes(PNG)
    return path


class TestSources:
    @pytest.mark.parametrize("url", ["https://a.example/c.png", "http://localhost:8000/c?x=1", "gs://bucket/c.png"])
    def test_a_url_stays_a_url_and_is_not_fetched(self, url: str) -> None:
        assert Image(url).format() == [{"type": "image_url", "image_url": {"url": url}}]
        assert Image.from_url(url) == Image(url) == Image(url=url)

    def test_a_file_becomes_a_data_uri(self, file: Path) -> None:
        assert Image(str(file)).url == Image(file).url == Image.from_path(file).url == PNG_URI

    def test_bytes_a_data_uri_an_image_and_pil_do_as_well(self) -> None:
        for source in (PNG, bytearray(PNG), PNG_URI, Image(PNG), FromPIL()):
            assert Image(source).url == PNG_URI

    def test_the_type_is_that_of_the_bytes(self) -> None:
        assert Image(JPEG).url.startswith("data:image/jpeg;base64,")
        assert Image(b"RIFF....WEBPVP8 ").url.startswith("data:image/webp;base64,")


class TestMistakes:
    @pytest.mark.parametrize(
        ("source", "said"),
        [
            ("no-such.png", r"no file no-such\.png\. Check the path"),
            ("a.example/cat.png", "A URL begins with https://"),
            ("ftp://a.example/cat.png", "A URL begins with https://"),
            ("https:///cat.png", "A URL begins with https://"),
            ("", "not a file"),
            ("a\x00b", "cannot be read"),
            (b"plain text, no picture", "holds no picture .* begin with b'plain text, '"),
            (b"", "holds no picture"),
            (b"%PDF-1.7", "It looks like application/pdf"),
            ("data:image/png;base64,%%%", "no base64"),
            ("data:image/png;base64,", "no bytes"),
            ("data:image/png,abc", "no data URI"),
            ("data:image/png;base64," + base64.b64encode(b"text").decode(), "holds no picture"),
            (7, "7, of type int, is no picture"),
            (None, "field required"),
        ],
    )
    def test_what_is_no_picture_is_refused_with_a_reason(self, source: object, said: str) -> None:
        with pytest.raises(UsageError, match=said):
            Image(source)

    def test_a_folder_and_a_device_are_no_files(self, tmp_path: Path) -> None:
        for path in (tmp_path, Path(os.devnull)):
            with pytest.raises(UsageError, match="not a file, so not a picture"):
                Image(path)

    def test_a_text_file_is_no_picture_whatever_its_name_says(self, tmp_path: Path) -> None:
        path = tmp_path / "cat.png"
        path.write_text("not a cat")

        with pytest.raises(UsageError, match=r"cat\.png holds no picture"):
            Image(path)

    def test_a_file_too_large_for_a_request_is_not_even_read(self, tmp_path: Path) -> None:
        path = tmp_path / "huge.png"
        with path.open("wb") as handle:
            handle.truncate(sources.LARGEST + 1)

        with pytest.raises(UsageError, match=r"huge\.png is 20 MB; a request takes 20 MB at most"):
            Image(path)
        with pytest.raises(UsageError, match="at most"):
            Image(PNG + b"0" * sources.LARGEST)

    def test_from_url_wants_a_url(self) -> None:
        with pytest.raises(UsageError, match="is no URL"):
            Image.from_url("cat.png")


class TestWhatAModelWrote:
    def test_a_url_is_read_as_data(self) -> None:
        with nbdspy.context(lm=DummyLM([{"photo": "https://a.example/c.png"}])):
            prediction = nbdspy.Predict("about -> photo: Image")(about="a cat")

        assert prediction.photo == Image("https://a.example/c.png")

    @pytest.mark.parametrize("form", ["{path}", '{{"url": "{path}"}}', '{{"source": "{path}"}}', "file://{path}"])
    def test_a_path_opens_no_file(self, file: Path, form: str) -> None:
        with nbdspy.context(lm=DummyLM([{"photo": form.format(path=file)}])), pytest.raises(ParseError, match="photo"):
            nbdspy.Predict("about -> photo: Image")(about="a cat")

    @pytest.mark.parametrize("value", ["/etc/passwd", {"url": "/etc/passwd"}, [{"url": "/etc/passwd"}], 3, None])
    def test_validation_opens_no_file_either(self, value: object) -> None:
        with pytest.raises(pydantic.ValidationError):
            pydantic.TypeAdapter(Image).validate_python(value)


class TestShape:
    def test_no_base64_is_ever_printed(self) -> None:
        image = Image(PNG * 1000)

        for text in (repr(image), str(image), repr([image]), nbdspy.Example(photo=image).__repr__()):
            assert "image/png, 12 kB" in text
            assert len(text) < 100
        assert repr(Image("https://a.example/c.png")) == "Image(https://a.example/c.png)"

    def test_equal_pictures_are_equal_and_can_be_keys(self) -> None:
        assert len({Image(PNG), Image(PNG_URI), Image(JPEG)}) == 2

    def test_it_goes_through_json(self) -> None:
        assert Image.model_validate(json.loads(Image(PNG).model_dump_json())) == Image(PNG)

    def test_it_cannot_be_changed(self) -> None:
        with pytest.raises(pydantic.ValidationError):
            Image(PNG).url = "https://a.example"


def test_ways_that_dspy_gives_up_say_what_to_use() -> None:
    with pytest.raises(UsageError, match=r"Write Image\.from_path"):
        Image.from_file("cat.png")
    with pytest.raises(UsageError, match=r"Write Image\(picture\)"):
        Image.from_PIL(None)
