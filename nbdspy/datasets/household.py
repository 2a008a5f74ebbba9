"""`requests`: 600 short requests to a household assistant in 8 intents, shipped with the package."""

from __future__ import annotations

from importlib import resources
from typing import TYPE_CHECKING

from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

INTENTS = ("alarm", "timer", "lights", "heating", "music", "shopping", "calendar", "weather")


def requests() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Training (150), validation (100) and test (350) examples with the columns `request` and `intent`.

    The splits are fixed. See `requests.md` beside the data for how it was written and what it does not cover.

    Example:
        >>> train, val, test = requests()
        >>> len(train), len(val), len(test), list(test.columns)
        (150, 100, 350, ['request', 'intent'])
    """
    whole_import("pandas")
    import pandas as pd

    with resources.files("nbdspy.datasets").joinpath("requests.csv").open(encoding="utf-8") as file:
        rows = pd.read_csv(file)
    train, val, test = (
        rows.loc[rows["split"] == split, ["request", "intent"]].reset_index(drop=True)
        for split in ("train", "val", "test")
    )
    return train, val, test
