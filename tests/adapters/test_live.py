"""Outputs out of replies that are still coming: the texts that the whole reply gives, and nothing of the layout."""

from __future__ import annotations

import json
from collections.abc import Iterable
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.adapters import Adapter, BAMLAdapter, ChatAdapter, CompletionAdapter, JSONAdapter, XMLAdapter
from nbdspy.adapters.live import Part
from nbdspy.signatures import Signature, SignatureType

QA = Signature("question -> reasoning, answer")
TYPED = Signature("question -> sure: bool, tags: list[str], answer")
LAYOUTS: list[Any] = [ChatAdapter(), JSONAdapter(), BAMLAdapter(), XMLAdapter()]
layouts = pytest.mark.parametrize("adapter", LAYOUTS, ids=lambda adapter: adapter.name)
LIKE_LAYOUT = [*'\n\\"{},<&:', "[[ ##", " ## ]]", "[[ ## answer ## ]]", "</answer>", "&lt;"]
texts = st.lists(st.one_of(st.sampled_from(LIKE_LAYOUT), st.text(max_size=4)), max_size=12).map("".join)


def parts_of(adapter: Adapter, signature: SignatureType, pieces: Iterable[str]) -> list[Part]:
    reader = adapter.reader(signature)
    assert reader is not None
    return [part for piece in pieces for part in reader.feed(piece)]


def heard(parts: Iterable[Part]) -> dict[str, str]:
    said: dict[str, str] = {}
    for part in parts:
        said[part.name] = said.get(part.name, "") + part.text
    return said


def in_pieces(text: str, cuts: Iterable[int]) -> list[str]:
    places = sorted({cut % (len(text) + 1) for cut in cuts} | {0, len(text)})
    return [text[start:end] for start, end in pairwise(places)]


cuts = st.lists(st.integers(0, 10_000), max_size=30)


@layouts
@given(values=st.fixed_dictionaries({"reasoning": texts, "answer": texts}), cuts=cuts)
def test_the_pieces_are_the_texts_of_the_whole_reply(adapter: Any, values: dict[str, str], cuts: list[int]) -> None:
    reply = adapter.format_assistant_message_content(QA, values)
    parsed = adapter.parse(QA, reply)

    parts = parts_of(adapter, QA, in_pieces(reply, cuts))

    assert heard(parts) == parsed
    assert [part.name for part in parts if part.ends] == ["reasoning", "answer"]


@layouts
@given(cuts=cuts)
def test_one_letter_at_a_time_tells_no_more_than_all_at_once(adapter: Any, cuts: list[int]) -> None:
    reply = adapter.format_assistant_message_content(TYPED, {"sure": True, "tags": ['a "b"', "c, d"], "answer": "é 😀"})

    once = heard(parts_of(adapter, TYPED, [reply]))

    assert heard(parts_of(adapter, TYPED, in_pieces(reply, cuts))) == heard(parts_of(adapter, TYPED, reply)) == once
    assert once["sure"].casefold() == "true"
    assert once["answer"] == "é 😀"


def test_typed_values_of_an_object_come_as_they_are_written() -> None:
    reply = '{"sure": true, "tags": ["a \\"b\\"", "c, }"], "answer": "yes"}'

    assert heard(parts_of(JSONAdapter(), TYPED, reply)) == {
        "sure": "true", "tags": '["a \\"b\\"", "c, }"]', "answer": "yes",
    }  # fmt: skip


def test_the_first_output_of_a_completion_comes_at_once() -> None:
    reader = CompletionAdapter().reader(QA)

    assert [part.text for part in reader.feed(" Six")] == ["Six"]


@given(reasoning=texts, answer=st.text(st.characters(exclude_characters="\n\r"), max_size=20), cuts=cuts)
def test_a_completion_gives_what_its_whole_reply_gives(reasoning: str, answer: str, cuts: list[int]) -> None:
    adapter = CompletionAdapter()
    line = " ".join(reasoning.split())
    reply = f" {line}\nAnswer: {answer}\n\n---\n\nQuestion: Who?"
    try:
        parsed = adapter.parse(QA, reply)
    except ValueError:
        return

    parts = parts_of(adapter, QA, in_pieces(reply, cuts))

    if len(heard(parts)) == 2 and "reasoning" not in line.casefold():
        assert heard(parts) == parsed


@pytest.mark.parametrize(
    ("adapter", "reply"),
    [
        (ChatAdapter(), "<think>[[ ## answer ## ]] 1</think>\n**[[ ## answer ## ]]**\n42\n\n[[ ## completed ## ]]"),
        (ChatAdapter(), "[[ ## Answer ## ]] 42\n[[ ## question ## ]]\nNext?\n[[ ## answer ## ]]\n43"),
        (ChatAdapter(), "[[ ## answer ## ]]\n42\n[[ ## comp"),
        (JSONAdapter(), '```json\n{"note": {"answer": "no"}, "answer" : "42"}\n```'),
        (JSONAdapter(), '{"answer": 42}'),
        (XMLAdapter(), "Here: <reason>so</reason> <ANSWER type='x'>42</ANSWER > bye"),
        (CompletionAdapter(), "Answer: 42\nQuestion: Next?\nAnswer: 43"),
        (CompletionAdapter(), " 42\n---\nanswer: 43"),
    ],
)  # fmt: skip
def test_what_models_make_of_a_layout(adapter: Any, reply: str) -> None:
    signature = Signature("question -> answer")

    for size in (1, 2, 3, 5, len(reply)):
        pieces = [reply[start : start + size] for start in range(0, len(reply), size)]
        assert heard(parts_of(adapter, signature, pieces)) == {"answer": "42"}


@pytest.mark.parametrize("reply", ["", "I cannot say.", "{", '{"answer', "<answ", "[[ ## answ", "{'answer': '42'}"])
@layouts
def test_nothing_is_heard_where_nothing_is_certain(adapter: Any, reply: str) -> None:
    assert heard(parts_of(adapter, Signature("question -> answer"), reply)) == {}


def test_a_text_of_json_is_decoded_across_its_escapes() -> None:
    text = 'ünï 😀 "q" \\ \n\t'
    reply = json.dumps({"answer": text + "."})

    assert heard(parts_of(JSONAdapter(), Signature("q -> answer"), reply)) == {"answer": text + "."}


def test_an_adapter_of_ones_own_has_no_reader_unless_it_writes_one() -> None:
    assert Adapter().reader(QA) is None
