"""Values of ours in the files of saved programs."""

import json
from typing import Any

import pytest

from nbdspy.types import (
    Audio,
    Citations,
    Code,
    Document,
    File,
    History,
    Image,
    Reasoning,
    ToolCalls,
    revived,
    saved,
)  # fmt: skip

CAT = Image("https://a.example/cat.png")
BEGIN, END = "<<CUSTOM-TYPE-START-IDENTIFIER>>", "<<CUSTOM-TYPE-END-IDENTIFIER>>"


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
    assert revived(json.loads(json.dumps(saved(value))), type(value)) == value


def test_content_parts_stand_between_the_marks_of_the_peer() -> None:
    assert saved(CAT) == f'{BEGIN}[{{"type": "image_url", "image_url": {{"url": "{CAT.url}"}}}}]{END}'


def test_citations_stand_between_marks_in_the_files_of_the_peer() -> None:
    citations = revived(f'{BEGIN}[{{"cited_text": "x", "document_index": 0}}]{END}', Citations)

    assert citations.citations[0].cited_text == "x"


def test_a_list_and_a_missing_value_come_back() -> None:
    assert revived([saved(CAT), saved(CAT)], list[Image]) == [CAT, CAT]
    assert revived(None, Image | None) is None
    assert type(revived("x", Reasoning)) is Reasoning


@pytest.mark.parametrize(
    ("value", "type_"),
    [("/etc/passwd", Image), (f"{BEGIN}[{END}", Image), (f"{BEGIN}{'[' * 100_000}{END}", Image), (3, Code), ("x", str)],
)  # fmt: skip
def test_what_does_not_fit_stays_as_it_is_and_opens_nothing(value: Any, type_: Any) -> None:
    assert revived(value, type_) is value
