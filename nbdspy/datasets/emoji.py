"""`emojis`: the 1,914 emoji of Unicode 17 with their names and groups, shipped with the package."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

GROUPS = ("smileys", "people", "nature", "food", "travel", "activities", "objects", "symbols", "flags")


def emojis() -> tuple[pd.DataFrame, pd.DataFrame]:
    """A pool (1,614) to work with and test examples (300), with the columns `emoji`, `name` and `group`.

    The splits are fixed. See `emojis.md` beside the data for where it comes from, its licence and its limits.

    Example:
        >>> pool, test = emojis()
        >>> len(pool), len(test), list(test.columns)
        (1614, 300, ['emoji', 'name', 'group'])
    """
    whole_import("pandas")
    import pandas as pd

    with resources.files("nbdspy.datasets").joinpath("emojis.csv").open(encoding="utf-8") as file:
        rows = pd.read_csv(file)
    pool, test = (
        rows.loc[rows["split"] == split, ["emoji", "name", "group"]].reset_index(drop=True)
        for split in ("pool", "test")
    )
    return pool, test
