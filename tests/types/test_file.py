"""Files of any kind, and documents to cite from."""

from pathlib import Path

import pydantic
import pytest

import nbdspy
from nbdspy.errors import ParseError, UsageError
from nbdspy.testing import DummyLM
from nbdspy.types import Citations, Document, File, sources


def test_a_file_is_a_part_with_its_bytes_and_name(tmp_path: Path) -> None:
    path = tmp_path / "terms.pdf"
    path.write_bytes(b"%PDF-1.7")

    part = {"type": "file", "file": {"file_data": "data:application/pdf;base64,JVBERi0xLjc=", "filename": "terms.pdf"}}
    assert File.from_path(path).format() == [part]
    assert File.from_path(str(path), filename="x.txt", mime_type="text/plain").filename == "x.txt"


@pytest.mark.parametrize(
    ("data", "name", "mime"),
    [(b"%PDF-", None, "application/pdf"), (b"a", "a.txt", "text/plain"), (b"?", None, "application/octet-stream")],
)
def test_the_type_is_told_by_the_bytes_or_the_name(data: bytes, name: str | None, mime: str) -> None:
    assert f"data:{mime};" in (File.from_bytes(data, name).file_data or "")


def test_mistakes_say_what_is_wrong(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="There is no file"):
        File.from_path(tmp_path / "none.pdf")
    with pytest.raises(UsageError, match=r"big\.bin is 20 MB"):
        File.from_bytes(b"0" * (sources.LARGEST + 1), "big.bin")
    with pytest.raises(pydantic.ValidationError, match="either file_data or file_id"):
        File()
    with pytest.raises(pydantic.ValidationError, match="either file_data or file_id"):
        File(file_data="data:text/plain;base64,YQ==", file_id="file-1")
    with pytest.raises(pydantic.ValidationError, match="no data URI"):
        File(file_data="/etc/passwd")


def test_a_path_that_a_model_wrote_opens_no_file(tmp_path: Path) -> None:
    path = tmp_path / "secret"
    path.write_text("secret")

    with nbdspy.context(lm=DummyLM([{"file": str(path)}])), pytest.raises(ParseError):
        nbdspy.Predict("about -> file: File")(about="terms")


def test_no_base64_is_printed() -> None:
    assert repr(File.from_bytes(b"a" * 4000, "a.txt")) == "File(a.txt, text/plain, 4 kB)"
    assert repr(File.from_file_id("file-1", "a.pdf")) == "File(a.pdf, file-1)"


class TestDocuments:
    def test_a_document_is_a_part_that_allows_citations(self) -> None:
        (part,) = Document(data="The sky is blue.", title="Sky", context="a note").format()

        assert part == {
            "type": "document",
            "source": {"type": "text", "media_type": "text/plain", "data": "The sky is blue."},
            "citations": {"enabled": True},
            "title": "Sky",
            "context": "a note",
        }
        assert Document(data="JVBERi0=", media_type="application/pdf").format()[0]["source"]["type"] == "base64"
        assert repr(Document(data="x" * 5000, title="Sky")) == "Document('Sky', 5,000 characters)"

    def test_a_text_is_a_document(self) -> None:
        assert Document.model_validate("The sky is blue.").data == "The sky is blue."


class TestCitations:
    CITED = {"type": "char_location", "cited_text": "blue", "document_index": 0, "start_char_index": 4}  # noqa: RUF012

    def test_native_ones_keep_what_the_provider_told(self) -> None:
        page = {"type": "page_location", "cited_text": "x", "document_index": 1, "start_page_number": 3}

        citations = Citations.from_extras([self.CITED, page])

        assert citations.citations[0].start_char_index == 4
        assert citations.as_plain() == [self.CITED, page]
        assert repr(citations) == "Citations([Citation('blue', 0), Citation('x', 1)])"

    @pytest.mark.parametrize(
        "wrote", ['[{"cited_text": "blue"}]', '{"citations": [{"cited_text": "blue"}]}', '{"cited_text": "blue"}']
    )
    def test_a_model_may_write_them_as_json(self, wrote: str) -> None:
        with nbdspy.context(lm=DummyLM([{"cited": wrote}])):
            prediction = nbdspy.Predict("document: Document -> cited: Citations")(document=Document(data="blue"))

        assert [citation.cited_text for citation in prediction.cited.citations] == ["blue"]

    @pytest.mark.parametrize("wrote", ["none", "3", '[{"document_index": "first"}]'])
    def test_what_is_none_is_a_parse_error(self, wrote: str) -> None:
        with nbdspy.context(lm=DummyLM([{"cited": wrote}])), pytest.raises(ParseError, match="cited"):
            nbdspy.Predict("document: Document -> cited: Citations")(document=Document(data="blue"))
