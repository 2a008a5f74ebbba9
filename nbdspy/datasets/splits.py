"""Splits drawn at random, the same every time, without a question in two of them."""

from __future__ import annotations

import random
from collections.abc import Sequence
from typing import TYPE_CHECKING

from nbdspy.errors import DataError

if TYPE_CHECKING:
    import pandas as pd

Splits = tuple["pd.DataFrame", "pd.DataFrame", "pd.DataFrame"]
"""Training, validation and test examples."""


def draw(
    rows: pd.DataFrame, sizes: Sequence[int], *, by: Sequence[str], called: str, seed: int = 0
) -> list[pd.DataFrame]:  # fmt: skip
    """Parts of these sizes, in shuffled order; rows that are alike come into the same part.

    Without rows that are alike, the parts are what shuffling by `random.Random(seed)` and cutting gives.

    Args:
        rows: The examples.
        sizes: How many each part gets.
        by: The columns that make two rows alike: the inputs.
        called: The data set's name, for messages.
        seed: Decides the order.

    Raises:
        DataError: When there are too few rows.
    """
    keys = list(rows[list(by)].astype(str).itertuples(index=False, name=None))
    alike: dict[tuple[str, ...], list[int]] = {}
    order = list(range(len(rows)))
    random.Random(seed).shuffle(order)
    for position in order:
        alike.setdefault(keys[position], []).append(position)
    parts: list[list[int]] = [[] for _ in sizes]
    for group in alike.values():
        for part, size in zip(parts, sizes, strict=True):
            if len(part) + len(group) <= size:
                part += group
                break
    if [len(part) for part in parts] != list(sizes):
        raise DataError(
            f"{called} has {len(rows)} examples; {sum(sizes)} are needed ({' + '.join(map(str, sizes))}).",
            hint="Give a folder with the whole data.",
        )
    return [rows.iloc[part].reset_index(drop=True) for part in parts]
