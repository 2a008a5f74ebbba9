"""The emoji that ship with the package."""

from __future__ import annotations

from importlib import resources

import pandas as pd

from nbdspy.datasets import emojis
from nbdspy.datasets.emoji import GROUPS


def test_the_splits_have_their_sizes_and_columns() -> None:
    splits = emojis()

    assert [len(split) for split in splits] == [1614, 300]
    for split in splits:
        assert list(split.columns) == ["emoji", "name", "group"]
        assert list(split.index) == list(range(len(split)))


def test_no_name_and_no_emoji_is_there_twice() -> None:
    every = pd.concat(emojis())

    assert every["name"].str.lower().is_unique
    assert every["emoji"].is_unique
    assert not every.isna().any(axis=None)


def test_every_split_has_every_group_and_no_other() -> None:
    for split in emojis():
        assert set(split["group"]) == set(GROUPS)


def test_the_groups_are_as_large_as_the_page_beside_the_data_says() -> None:
    page = resources.files("nbdspy.datasets").joinpath("emojis.md").read_text(encoding="utf-8")

    for group, count in pd.concat(emojis())["group"].value_counts().items():
        [row] = [line for line in page.splitlines() if line.strip().startswith(f"| {group} |")]
        assert row.endswith(f"| {count} |")


def test_the_licence_that_lets_us_pass_it_on_is_with_it() -> None:
    page = resources.files("nbdspy.datasets").joinpath("emojis.md").read_text(encoding="utf-8")

    assert "SPDX-License-Identifier: Unicode-3.0" in page
    assert "this copyright and permission notice appear with all copies" in page
