"""`scone`: does a sentence follow from another when negations are nested (She et al. 2023, CC0)."""

from __future__ import annotations

import os
from typing import TYPE_CHECKING

from nbdspy.datasets.files import DataFile
from nbdspy.datasets.splits import Splits, draw

if TYPE_CHECKING:
    import pandas as pd

_REPOSITORY = "https://raw.githubusercontent.com/selenashe/ScoNe/b02532a2f4185c6118a57a148455e0750592d8c8/scone_nli"
_CHECKED = {
    "train/no_negation": "7eace991e9054b491918c176f5f038c7fed6eb0ac529a0ff0c7b713397a0672c",
    "train/one_not_scoped": "f80d23ada21d3a8f2e04fd436774c92f8918ba73bf1f9183d3912f17648149e4",
    "train/one_scoped": "1a9f0b3e931fe15d20fee63eb5e94a8b7d58cc195839ba4616d363f11c5d55b7",
    "train/one_scoped_one_not_scoped": "51f4a4cd92695593bfb6a7788e08df620b637bda129037654c2130b20c7d871a",
    "train/two_not_scoped": "88003396a41b5aeb0cbc47edaa73dc9581ba0fe7542d3572d1ba8c57dd3bed3e",
    "train/two_scoped": "f394dfb47d5a487e0619d351df37978f56a0a61dae6dc72b8830900c19b78968",
    "test/no_negation": "4027aa515f9225da7a3d598a3dff5b82d224850eaf0c28eea30e40eb3759963d",
    "test/one_not_scoped": "7177ff1e8c86eed3c7d2e1b622add7d16e318a303f2e99393918f9bfd7336e43",
    "test/one_scoped": "58d18c16f62c693c450e817aa5d291e83f92527e1aab823c466132a4f7ac22f6",
    "test/one_scoped_one_not_scoped": "b76269f6bc1b6d4a5928647bb13a571b5f24a4b3adaccebadee4363f9cea0105",
    "test/two_not_scoped": "46d347ced6e3a7428a13b70f24380ef7a57846327d862bc238955c8bc4d07ef2",
    "test/two_scoped": "797f8ce23b3d7366352a399b855b8668c8e69154055bbd0547b3f1c82d7ef0ef",
}
FILES = {
    name: DataFile(
        dataset="scone",
        name=f"{name}.csv",
        address=f"{_REPOSITORY}/{name}.csv",
        sha256=(digest,),
        origin="github.com/selenashe/ScoNe",
    )
    for name, digest in _CHECKED.items()
}
_INPUTS = ("context", "question")


def scone(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (500), validation (500) and test (1200) cases: `context`, `question`, `answer` and `category`.

    Sizes and the form of the question as in the MIPRO paper; the answer is Yes or No. Training and validation are
    drawn from the official training cases, test is the official one.

    Args:
        folder: Where the folders `train` and `test` lie; by default `$NBDSPY_DATA/scone`, else the files are fetched
            once into the cache folder and checked.

    Raises:
        DataError: When a file cannot be had, or is another one.
    """
    official = _rows("test", folder)
    (test,) = draw(official, (len(official),), by=_INPUTS, called="ScoNe")
    train, val = draw(_rows("train", folder), (500, 500), by=_INPUTS, called="ScoNe")
    return train, val, test


def _rows(split: str, folder: str | os.PathLike[str] | None) -> pd.DataFrame:
    import pandas as pd

    tables = []
    for name, file in FILES.items():
        if name.startswith(f"{split}/"):
            category = name.partition("/")[2]
            table = pd.read_csv(file.path(folder), keep_default_na=False)
            edited = "" if category == "one_scoped" else "_edited"  # that file is of an earlier data set
            sentences = table[f"sentence2{edited}"]
            entailed = table[f"gold_label{edited}"] == "entailment"
            columns = {
                "context": table[f"sentence1{edited}"],
                "question": sentences.map(_question),
                "answer": entailed.map({True: "Yes", False: "No"}),
                "category": category,
            }
            tables.append(pd.DataFrame(columns))
    return pd.concat(tables, ignore_index=True)


def _question(sentence: str) -> str:
    return f"Can we logically conclude for sure that {sentence[0].lower()}{sentence[1:].strip('.')}?"
