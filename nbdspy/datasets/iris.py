"""`iris`: flowers measured (Fisher 1936, CC BY 4.0), as the MIPRO paper asks models about them."""

from __future__ import annotations

import os

from nbdspy.datasets.files import DataFile
from nbdspy.datasets.splits import Splits, draw

FILE = DataFile(
    dataset="iris",
    name="iris.csv",
    address="https://raw.githubusercontent.com/mwaskom/seaborn-data/71e2436a092d714350de0fc409ca8a8714e7e78f/iris.csv",
    sha256=("9cc1c345c71bcc9b486b74cbf6063fa66f4bb5e0f603a4b3c3471ec2e5e8e355",),
    origin="github.com/mwaskom/seaborn-data",
)
MEASURES = ("petal_length", "petal_width", "sepal_length", "sepal_width")


def iris(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training (50), validation (25) and test (75) flowers: four measures in centimetres, and the species as `answer`.

    The MIPRO paper trains and validates on the same 75; put the first two tables together for that.

    Args:
        folder: Where `iris.csv` lies; by default `$NBDSPY_DATA/iris`, else it is fetched once into the cache folder
            and checked.

    Raises:
        DataError: When the file cannot be had, or is another one.
    """
    import pandas as pd

    rows = pd.read_csv(FILE.path(folder)).rename(columns={"species": "answer"})[[*MEASURES, "answer"]]
    train, val, test = draw(rows, (50, 25, 75), by=MEASURES, called="Iris")
    return train, val, test


def iris_typo(*, folder: str | os.PathLike[str] | None = None) -> Splits:
    """The flowers of `iris`, for a signature that spells one species wrongly (Iris-Typo of the MIPRO paper).

    The mistake is in what the model is told (`TASKS["iris_typo"].signature` says "versicolour"), not in the data: the
    program has to learn from examples how the species is spelt.
    """
    return iris(folder=folder)
