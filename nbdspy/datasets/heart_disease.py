"""`heart_disease`: patients of a heart clinic (Janosi et al. 1989, CC BY 4.0), as the MIPRO paper describes them."""

from __future__ import annotations

import os
from collections.abc import Mapping
from typing import TYPE_CHECKING

from nbdspy.datasets.files import DataFile, data_folder
from nbdspy.datasets.splits import Splits, draw

if TYPE_CHECKING:
    from pathlib import Path

    import pandas as pd

FILE = DataFile(
    dataset="heart_disease",
    name="processed.cleveland.data",
    address="https://archive.ics.uci.edu/ml/machine-learning-databases/heart-disease/processed.cleveland.data",
    sha256=("a74b7efa387bc9d108d7d0115d831fe9b414b29ae7124f331b622b4efa0427c8",),
    origin="archive.ics.uci.edu/dataset/45/heart+disease",
)
TABLE = DataFile(  # the same patients with a line of names on top
    dataset="heart_disease",
    name="cleveland.csv",
    sha256=("a28457e009d34ad77693dda7b280319099761f1a1ed7111f11a651a27fc61b57",),
)
FEATURES = (
    "age", "sex", "cp", "trestbps", "chol", "fbs", "restecg", "thalach", "exang", "oldpeak", "slope", "ca", "thal",
)  # fmt: skip
_YES = {"0": "no", "1": "yes"}
_WORDS: Mapping[str, Mapping[str, str]] = {
    "sex": {"0": "female", "1": "male"},
    "cp": {"1": "typical angina", "2": "atypical angina", "3": "non-anginal pain", "4": "asymptomatic"},
    "fbs": _YES,
    "restecg": {"0": "normal", "1": "ST-T wave abnormality", "2": "left ventricular hypertrophy"},
    "exang": _YES,
    "slope": {"1": "upsloping", "2": "flat", "3": "downsloping"},
    "thal": {"3": "normal", "6": "fixed defect", "7": "reversible defect"},
}


def heart_disease(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (80), validation (40) and test (183) patients: 13 features in words, and `answer`, yes or no.

    The MIPRO paper trains and validates on the same 120; put the first two tables together for that. What a patient's
    record lacks reads "unknown".

    Args:
        folder: Where `processed.cleveland.data` or `cleveland.csv` lies; by default `$NBDSPY_DATA/heart_disease`, else
            the first is fetched once into the cache folder and checked.

    Raises:
        DataError: When the file cannot be had, or is another one.
    """
    local = data_folder(FILE.dataset, folder)
    file = TABLE if local and (local / TABLE.name).is_file() else FILE
    train, val, test = draw(_rows(file.path(folder)), (80, 40, 183), by=FEATURES, called="Heart Disease")
    return train, val, test


def _rows(path: Path) -> pd.DataFrame:
    import pandas as pd

    rows = pd.read_csv(path, names=[*FEATURES, "num"], header=None, dtype=str, keep_default_na=False)
    rows = rows[rows["age"] != "age"].reset_index(drop=True)  # without lines of names
    told = pd.DataFrame({name: rows[name].map(lambda cell, name=name: _told(name, cell)) for name in FEATURES})
    return told.assign(answer=rows["num"].map(lambda number: "no" if number == "0" else "yes"))


def _told(name: str, cell: str) -> str:
    """A cell as a doctor would say it."""
    if cell in ("", "?"):
        return "unknown"
    number = f"{float(cell):g}"
    return _WORDS.get(name, {}).get(number, number)
