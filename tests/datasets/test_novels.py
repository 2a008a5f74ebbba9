"""The novels, authors and towns that ship with the package."""

from __future__ import annotations

import pandas as pd

from nbdspy.datasets import novels, novels_passages


def chains(split: pd.DataFrame) -> set[str]:
    """The titles that a split asks for."""
    return {title for titles in split["gold_titles"] for title in titles}


def test_the_splits_have_their_sizes_and_kinds() -> None:
    splits = novels()

    assert [len(split) for split in splits] == [56, 63, 112]
    for split in splits:
        assert list(split.columns) == ["question", "answer", "gold_titles", "kind"]
        assert list(split.index) == list(range(len(split)))
        assert set(split["kind"]) == {"named", "described", "two hops"}


def test_nothing_is_asked_for_in_two_splits_and_no_question_twice() -> None:
    train, val, test = novels()

    assert not chains(train) & chains(val)
    assert not (chains(train) | chains(val)) & chains(test)
    assert pd.concat([train, val, test])["question"].is_unique


def test_the_last_passage_that_it_takes_holds_the_answer() -> None:
    passages = novels_passages().set_index("title")["text"]

    for row in pd.concat(novels()).itertuples():
        last = row.gold_titles[-1]
        assert row.answer in f"{last} {passages[last]}"
        assert len(row.gold_titles) == (2 if row.kind == "two hops" else 1)


def test_of_two_hops_the_first_passage_names_the_second_and_the_question_does_not() -> None:
    passages = novels_passages().set_index("title")["text"]

    for row in pd.concat(novels()).itertuples():
        if row.kind == "two hops":
            first, second = row.gold_titles
            assert first in row.question
            assert second in passages[first]
            assert second not in row.question


def test_a_described_question_does_not_say_its_title() -> None:
    every = pd.concat(novels())

    for row in every[every["kind"] == "described"].itertuples():
        assert row.answer.lower() not in row.question.lower()


def test_passages_are_whole_short_and_told_apart() -> None:
    passages = novels_passages()

    assert len(passages) == 99
    assert passages["title"].is_unique
    assert passages["text"].str.endswith(".").all()
    assert passages["text"].str.split().str.len().between(10, 30).all()
