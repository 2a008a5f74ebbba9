"""`novels`: 231 questions about novels, their authors and the authors' towns, with the 99 passages that answer them."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from nbdspy.datasets.splits import Splits
from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd


def novels() -> Splits:
    """Training (56), validation (63) and test (112) questions: `question`, `answer`, `gold_titles`, `kind`.

    `gold_titles` are the passages that it takes. A question is "named" when it says the title of its one passage,
    "described" when it says what stands in it in other words, and of "two hops" when it names the first of two passages
    and the first names the second. No novel, author or town is asked for in two splits. See `novels.md` beside the
    data for how they were written and what they do not cover.

    Example:
        >>> train, val, test = novels()
        >>> [len(split) for split in (train, val, test)], test["kind"].value_counts().sort_index().to_dict()
        ([56, 63, 112], {'described': 32, 'named': 32, 'two hops': 48})
    """
    rows = _table("novels_questions.csv")
    rows["gold_titles"] = rows["gold_titles"].str.split(" + ", regex=False)
    train, val, test = (
        rows.loc[rows["split"] == split].drop(columns="split").reset_index(drop=True)
        for split in ("train", "val", "test")
    )
    return train, val, test


def novels_passages() -> pd.DataFrame:
    """The passages to search for the questions of `novels`: `title` and `text`, one or two sentences each.

    Example:
        >>> passages = novels_passages()
        >>> len(passages), passages["title"].is_unique
        (99, True)
    """
    return _table("novels_passages.csv")


def _table(name: str) -> pd.DataFrame:
    whole_import("pandas")
    import pandas as pd

    with resources.files("nbdspy.datasets").joinpath(name).open(encoding="utf-8") as file:
        return pd.read_csv(file, dtype=str)
