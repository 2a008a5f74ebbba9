"""`big_bench_hard`: tasks that models found hard (Suzgun et al. 2022, MIT), from a local folder or fetched once."""

from __future__ import annotations

import json
import os

from nbdspy.datasets.files import DataFile
from nbdspy.datasets.splits import Splits, draw
from nbdspy.errors import DataError, did_you_mean

_REPOSITORY = "https://raw.githubusercontent.com/suzgunmirac/BIG-Bench-Hard/9ee07bd481feebf959a6b59d61ea57bdcf30964d"
_CHECKED = {
    "date_understanding": "0148d4ac5fca05b2f82373e5fef7208e15363b9c6079493034d77b3dab496bf5",
    "navigate": "b7944dfd3c81da5c4815bd75b00d6fa3c64140823498e78ed496f4c3d36f7f0d",
    "object_counting": "8acef14dbbdd40d2326ef7755750b6b5fe919fef06276af1bab3f1c297f022ff",
    "sports_understanding": "63ca262858f6176864515cd8cf53cdaa40839ebecc155b726d77930855d167bf",
    "word_sorting": "2a6132d2c99f00d0d2eb1113ac6b4a918bd969d863c48749210d969713db8d43",
}
FILES = {
    task: DataFile(
        dataset="bbh",
        name=f"{task}.json",
        address=f"{_REPOSITORY}/bbh/{task}.json",
        sha256=(digest,),
        origin="github.com/suzgunmirac/BIG-Bench-Hard",
    )
    for task, digest in _CHECKED.items()
}


def big_bench_hard(task: str, *, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (50), validation (50) and test (the rest, 150) examples of one task: `question` and `answer`.

    The data knows no splits; these are ours.

    Args:
        task: One of the five tasks in FILES; any other of the data, when a folder with its file is given.
        folder: Where `<task>.json` lies; by default `$NBDSPY_DATA/bbh`, else it is fetched once into the cache folder
            and checked.

    Raises:
        DataError: When there is no such task, the file cannot be had, or is another one.
    """
    import pandas as pd

    file = FILES.get(task) or DataFile(
        dataset="bbh", name=f"{task}.json", origin="github.com/suzgunmirac/BIG-Bench-Hard"
    )
    try:
        content = json.loads(file.path(folder).read_bytes())
    except DataError as error:
        near = did_you_mean(task, FILES)
        if task in FILES or near is None:
            raise
        raise DataError(f"BIG-bench hard has no task {task!r} here.", hint=near) from error
    rows = pd.DataFrame(content["examples"]).rename(columns={"input": "question", "target": "answer"})
    train, val, test = draw(rows, (50, 50, len(rows) - 100), by=["question"], called=task)
    return train, val, test
