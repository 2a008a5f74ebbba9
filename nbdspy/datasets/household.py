"""`requests`: 600 short requests to a household assistant in 8 intents, shipped with the package."""

from __future__ import annotations

import csv
from importlib import resources
from typing import TYPE_CHECKING, Any

from nbdspy.runtime import whole_import

if TYPE_CHECKING:
    import pandas as pd

INTENTS = ("alarm", "timer", "lights", "heating", "music", "shopping", "calendar", "weather")


def requests() -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Training (150), validation (100) and test (350) examples with the columns `request` and `intent`.

    The splits are fixed. See `requests.md` beside the data for how it was written and what it does not cover. Where
    there is no pandas, as in a browser, they are lists of dictionaries, which programs take as well.

    Example:
        >>> train, val, test = requests()
        >>> len(train), len(val), len(test), list(test.columns)
        (150, 100, 350, ['request', 'intent'])
    """
    splits: dict[str, list[dict[str, str]]] = {"train": [], "val": [], "test": []}
    with resources.files("nbdspy.datasets").joinpath("requests.csv").open(encoding="utf-8") as file:
        for row in csv.DictReader(file):
            splits[row.pop("split")].append(row)
    train, val, test = map(_table, splits.values())
    return train, val, test


def _table(rows: list[dict[str, str]]) -> Any:
    try:
        whole_import("pandas")
    except ModuleNotFoundError:
        return rows
    import pandas as pd

    return pd.DataFrame(rows)
