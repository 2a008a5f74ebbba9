"""`gsm8k`: word problems of grade-school mathematics (Cobbe et al. 2021, MIT), from a local folder or fetched once."""

from __future__ import annotations

import json
import os
from typing import TYPE_CHECKING

from nbdspy.datasets.files import DataFile
from nbdspy.datasets.splits import Splits, draw

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_REPOSITORY = "https://raw.githubusercontent.com/openai/grade-school-math/3101c7d5072418e28b9008a6636bde82a006892c"
TRAIN = DataFile(
    dataset="gsm8k",
    name="train.jsonl",
    address=f"{_REPOSITORY}/grade_school_math/data/train.jsonl",
    sha256=(
        "17f347dc51477c50d4efb83959dbb7c56297aba886e5544ee2aaed3024813465",
        "73e81c100d0c321f074b5740e4365cad29bae7577d770d7f9cce722f00b4ff3e",  # its first 1,000 lines
    ),
    origin="github.com/openai/grade-school-math",
)
TEST = DataFile(
    dataset="gsm8k",
    name="test.jsonl",
    address=f"{_REPOSITORY}/grade_school_math/data/test.jsonl",
    sha256=("3730d312f6e3440559ace48831e51066acaca737f6eabec99bccb9e4b3c39d14",),
    origin="github.com/openai/grade-school-math",
)


def gsm8k(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (200), validation (300) and test (1319) problems: `question`, `gold_reasoning` and `answer`.

    Sizes as in the DSPy paper; training and validation are drawn from the official training problems, test is the
    official one. A copy of the file with fewer problems gives other draws.

    Args:
        folder: Where `train.jsonl` and `test.jsonl` lie; by default `$NBDSPY_DATA/gsm8k`, else they are fetched once
            into the cache folder and checked.

    Raises:
        DataError: When a file cannot be had, or is another one.
    """
    train, val = draw(_rows(TRAIN.path(folder)), (200, 300), by=["question"], called="GSM8K")
    official = _rows(TEST.path(folder))
    (test,) = draw(official, (len(official),), by=["question"], called="GSM8K")
    return train, val, test


def _rows(path: Path) -> pd.DataFrame:
    import pandas as pd

    rows = []
    for line in path.read_text("utf-8").splitlines():
        problem = json.loads(line)
        reasoning, _, answer = problem["answer"].rpartition("####")
        rows.append(
            {
                "question": problem["question"],
                "gold_reasoning": " ".join(reasoning.split()),
                "answer": answer.strip().replace(",", ""),
            }
        )
    return pd.DataFrame(rows)
