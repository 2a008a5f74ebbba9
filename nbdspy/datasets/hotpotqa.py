"""`hotpotqa`: questions that need two pages of Wikipedia (Yang et al. 2018, CC BY-SA 4.0), whole or in a small copy."""

from __future__ import annotations

import json
import os
from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING, Any

from nbdspy.datasets.files import DataFile
from nbdspy.datasets.splits import Splits, draw

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

_SERVER = "http://curtis.ml.cmu.edu/datasets/hotpot"  # without TLS: the checksum says whether it is the file
TRAIN = DataFile(
    dataset="hotpotqa",
    name="hotpot_train_v1.1.json",
    address=f"{_SERVER}/hotpot_train_v1.1.json",
    sha256=("26650cf50234ef5fb2e664ed70bbecdfd87815e6bffc257e068efea5cf7cd316",),
    origin="hotpotqa.github.io",
)
DEV = DataFile(
    dataset="hotpotqa",
    name="hotpot_dev_fullwiki_v1.json",
    address=f"{_SERVER}/hotpot_dev_fullwiki_v1.json",
    sha256=("2f1f3e594a3066a3084cc57950ca2713c24712adaad03af6ccce18d1846d5618",),
    origin="hotpotqa.github.io",
)
SMALL_TRAIN, SMALL_DEV, *PASSAGES = (
    DataFile(dataset="hotpotqa", name=name, sha256=(digest,), origin="the small copy of HotPotQA")
    for name, digest in (
        ("train_distractor_100.json", "f103dbdf02296fa846475c970ef9394d297b1742b9119e45707dd51cd43ad639"),
        ("questions_500.jsonl", "427e0753d0623b519596a49796befb347d74f1b83dbc326ad879aa270ebc9999"),
        ("passages_4937.jsonl", "95f38481d75743b98f49fefd80f6b9c4b33809fe40b4585be00d68f80fbb737a"),
        ("train_passages_994.jsonl", "6b0cd6188db792be105a456c7a561d271346e080b3e062d3f7a4687ba0ed4dbd"),
    )
)
_KEPT = ("id", "question", "answer", "type", "level", "gold_titles")


def hotpotqa(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (500), validation (500) and test (2000) questions: `question`, `answer`, `gold_titles` and more.

    Sizes as in the MIPRO paper: hard questions only, training and validation drawn from the official training data,
    test from the official validation data, whose own test has no answers. The files are large (613 MB).

    Args:
        folder: Where `hotpot_train_v1.1.json` and `hotpot_dev_fullwiki_v1.json` lie; by default
            `$NBDSPY_DATA/hotpotqa`, else they are fetched once into the cache folder and checked.

    Raises:
        DataError: When a file cannot be had, or is another one.
    """
    return splits(questions(TRAIN.path(folder)), questions(DEV.path(folder)), sizes=(500, 500, 2000))


def hotpotqa_small(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (100), validation (200) and test (300) questions out of a small copy that needs no search engine.

    Validation and test are from the first 500 of the official validation data; the training questions are of all
    levels. `hotpotqa_passages` gives the 5,918 pages that hold what all of them need: a stand-in for Wikipedia.

    Args:
        folder: Where `train_distractor_100.json` and `questions_500.jsonl` lie; by default `$NBDSPY_DATA/hotpotqa`.

    Raises:
        DataError: When a file is not there, or is another one.
    """
    dev = _frame(map(json.loads, _lines(SMALL_DEV.path(folder))))
    (train,) = draw(questions(SMALL_TRAIN.path(folder)), (100,), by=["question"], called="HotPotQA")
    val, test = draw(dev, (200, 300), by=["question"], called="HotPotQA")
    return train, val, test


def hotpotqa_passages(*, folder: str | os.PathLike[str] | None = None) -> pd.DataFrame:
    """The pages to search for the questions of `hotpotqa_small`: `title` and `text`, each title once.

    Raises:
        DataError: When a file is not there, or is another one.
    """
    import pandas as pd

    rows = [json.loads(line) for file in PASSAGES for line in _lines(file.path(folder))]
    return pd.DataFrame(rows).drop_duplicates("title", ignore_index=True)


def splits(train: pd.DataFrame, dev: pd.DataFrame, *, sizes: tuple[int, int, int]) -> Splits:
    """Training and validation questions from the official training data, test questions from the official others."""
    hard = train[train["level"] == "hard"]
    drawn, val = draw(hard, sizes[:2], by=["question"], called="HotPotQA")
    others = dev[~dev["question"].isin(set(train["question"]))]
    (test,) = draw(others, sizes[2:], by=["question"], called="HotPotQA")
    return drawn, val, test


def questions(path: Path) -> pd.DataFrame:
    """The questions of an official file, in its order, without the pages, which are nearly all of it."""
    return _frame(json.loads(path.read_bytes(), object_hook=_lean))


def _lean(record: dict[str, Any]) -> dict[str, Any]:
    titles = dict.fromkeys(title for title, _ in record["supporting_facts"])
    return {**record, "id": record["_id"], "gold_titles": list(titles), "context": None}


def _frame(records: Iterable[Mapping[str, Any]]) -> pd.DataFrame:
    import pandas as pd

    return pd.DataFrame([{name: record[name] for name in _KEPT} for record in records])


def _lines(path: Path) -> list[str]:
    return [line for line in path.read_text("utf-8").split("\n") if line]
