"""Values of ours in the files of saved programs."""

import json
from typing import Any

import pytest

from nbdspy.modules.demo_state import dump_demo, read_demo
from nbdspy.signatures import Field
from nbdspy.signatures.signature import make
from nbdspy.types import (
    Audio,
    Citations,
    Code,
    Document,
    File,
    History,
    Image,
    ToolCalls,
)  # fmt: skip

CAT = Image("https://a.example/cat.png")
BEGIN, END = "<<CUSTOM-TYPE-START-IDENTIFIER>>", "<<CUSTOM-TYPE-END-IDENTIFIER>>"


def read(value: Any, type_: Any) -> Any:
    """What a file holds for a field of this type, as the demonstration that is made of it."""
    signature = make(
        {
            "value": Field(role="input", name="value", type=type_),
            "answer": Field(role="output", name="answer", type=str),
        }
    )
    return read_demo(signature, {"value": value})["value"]


def back(value: Any, type_: Any) -> Any:
    return read(json.loads(json.dumps(dump_demo({"value": value}, "self")))["value"], type_)


@pytest.mark.parametrize(
    "value",
    [
        CAT,
        Image(bytes.fromhex("89504e470d0a1a0a")),
        Audio(data="aaaa", audio_format="wav"),
        File.from_bytes(b"a", "a.txt"),
        File.from_file_id("file-1"),
        Document(data="blue", title="Sky", context="a note"),
        Code["java"](code="return 1;"),
        ToolCalls.from_dict_list([{"name": "add", "args": {"a": 1}}]),
        Citations.from_dict_list([{"cited_text": "x", "document_index": 0}]),
        History(messages=[{"question": "?"}]),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_is_saved_is_json_and_comes_back(value: Any) -> None:
    assert back(value, type(value)) == value


def test_content_parts_stand_between_the_marks_of_the_peer() -> None:
    parts = f'[{{"type": "image_url", "image_url": {{"url": "{CAT.url}"}}}}]'

    assert dump_demo({"value": CAT}, "self") == {"value": f"{BEGIN}{parts}{END}"}


def test_citations_stand_between_marks_in_the_files_of_the_peer() -> None:
    citations = read(f'{BEGIN}[{{"cited_text": "x", "document_index": 0}}]{END}', Citations)

    assert citations.citations[0].cited_text == "x"


@pytest.mark.parametrize(
    ("value", "type_"),
    [("/etc/passwd", Image), (f"{BEGIN}[{END}", Image), (f"{BEGIN}{'[' * 100_000}{END}", Image), (3, Code), ("x", str)],
)  # fmt: skip
def test_what_does_not_fit_stays_as_it_is_and_opens_nothing(value: Any, type_: Any) -> None:
    assert read(value, type_) is value
