"""The requests that ship with the package."""

from __future__ import annotations

import pandas as pd

from nbdspy.datasets import requests
from nbdspy.datasets.household import INTENTS


def test_the_splits_have_their_sizes_and_columns() -> None:
    splits = requests()

    assert [len(split) for split in splits] == [150, 100, 350]
    for split in splits:
        assert list(split.columns) == ["request", "intent"]
        assert list(split.index) == list(range(len(split)))


def test_no_text_is_in_two_splits_or_twice_in_one() -> None:
    every = pd.concat(requests())["request"]
    told_apart = every.str.lower().str.replace(r"[^a-z0-9]+", " ", regex=True).str.strip()

    assert told_apart.is_unique


def test_every_split_has_every_intent_and_no_other() -> None:
    for split in requests():
        counts = split["intent"].value_counts()
        assert set(counts.index) == set(INTENTS)
        assert counts.min() >= len(split) / len(INTENTS) / 2


def test_texts_are_whole_and_short() -> None:
    texts = pd.concat(requests())["request"]

    assert not texts.isna().any()
    assert (texts == texts.str.strip()).all()
    assert texts.str.split().str.len().between(2, 25).all()


def test_each_call_gives_tables_of_its_own() -> None:
    first, _, _ = requests()
    first.loc[0, "request"] = "changed"

    assert requests()[0].loc[0, "request"] != "changed"
