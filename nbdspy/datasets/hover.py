"""`hover`: claims that three pages of Wikipedia decide (Jiang et al. 2020, CC BY-SA 4.0), local or fetched once."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nbdspy.datasets.files import DataFile
from nbdspy.datasets.splits import Splits, draw

if TYPE_CHECKING:
    import pandas as pd

_REPOSITORY = "https://raw.githubusercontent.com/hover-nlp/hover/39b84697f196308f398a251a7aea9b82ae0f0562/data/hover"
TRAIN, DEV = (
    DataFile(
        dataset="hover",
        name=name,
        address=f"{_REPOSITORY}/{name}",
        sha256=(digest,),
        origin="github.com/hover-nlp/hover",
    )
    for name, digest in (
        ("hover_train_release_v1.1.json", "1f1cd57abd616fa00c70bdc575ce77c16fc6cf1a6cffd5ff87c208030a336bb6"),
        ("hover_dev_release_v1.1.json", "67c14858f2d7fcdb96b6fe3d538ffcd6f76e3ba594aa2c0cd4359f601101e89d"),
    )
)


def hover(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (500), validation (500) and test (1520) claims: `claim`, `gold_titles` and `label`.

    Sizes as in the MIPRO paper, and only claims that need three pages: training and validation are drawn from the
    official training data, test from the official validation data, whose own test has no labels.

    Args:
        folder: Where `hover_train_release_v1.1.json` and `hover_dev_release_v1.1.json` lie; by default
            `$NBDSPY_DATA/hover`, else they are fetched once into the cache folder and checked.

    Raises:
        DataError: When a file cannot be had, or is another one.
    """
    records = [json.loads(file.path(folder).read_bytes()) for file in (TRAIN, DEV)]
    return splits(claims(records[0]), claims(records[1]), sizes=(500, 500, 1520))


def splits(train: pd.DataFrame, dev: pd.DataFrame, *, sizes: tuple[int, int, int]) -> Splits:
    """Training and validation claims from the official training data, test claims from the official others."""
    drawn, val = draw(train, sizes[:2], by=["claim"], called="HoVer")
    others = dev[~dev["claim"].isin(set(train["claim"]))]
    (test,) = draw(others, sizes[2:], by=["claim"], called="HoVer")
    return drawn, val, test


def claims(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    """The claims of an official file that need three pages, in its order."""
    import pandas as pd

    rows = []
    for record in records:
        titles = list(dict.fromkeys(title for title, _ in record["supporting_facts"]))
        if len(titles) == 3:
            rows.append({"claim": record["claim"], "gold_titles": titles, "label": record["label"]})
    return pd.DataFrame(rows, columns=["claim", "gold_titles", "label"])
