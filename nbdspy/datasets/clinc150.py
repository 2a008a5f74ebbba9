"""`clinc150`: real requests in 150 intents (Larson et al. 2019, CC BY 3.0), from a local folder or fetched once."""

from __future__ import annotations

import json
import os
from collections.abc import Sequence
from typing import Any

from nbdspy.datasets.files import DataFile
from nbdspy.datasets.splits import Splits
from nbdspy.errors import DataError, did_you_mean
from nbdspy.runtime import whole_import

FILE = DataFile(
    dataset="clinc150",
    name="data_small.json",
    address="https://raw.githubusercontent.com/clinc/oos-eval/828f8093932c8fe6ca7936c3d2e52903b1c523de/data/data_small.json",
    sha256=("050e17476e6b4fa88f8518edaf09921c8f5e3a86dc8b63615361102a20b2ac01",),
    origin="github.com/clinc/oos-eval",
)
SIX = ("balance", "transfer", "book_flight", "weather", "recipe", "alarm")


def clinc150(intents: str | Sequence[str] = SIX, *, folder: str | os.PathLike[str] | None = None) -> Splits:
    """Training, validation and test examples of some intents, with the columns `request` and `intent`.

    The small version of the data has 50, 20 and 30 examples per intent.

    Args:
        intents: A name or names of the data's intents; by default the six that our benchmark uses.
        folder: Where `data_small.json` lies; by default `$NBDSPY_DATA/clinc150`, else it is fetched once into the
            cache folder and checked by its sha256.

    Raises:
        DataError: When the file cannot be had, is another one, or has no such intent.
    """
    whole_import("pandas")
    import pandas as pd

    intents = [intents] if isinstance(intents, str) else intents
    data = json.loads(FILE.path(folder).read_bytes())
    known = {intent for _, intent in data["train"]}
    for intent in intents:
        if intent not in known:
            raise DataError(f"CLINC150 has no intent {intent!r}.", hint=did_you_mean(intent, known))

    def rows(split: str) -> pd.DataFrame:
        chosen: list[Any] = [pair for pair in data[split] if pair[1] in intents]
        return pd.DataFrame(chosen, columns=["request", "intent"])

    return rows("train"), rows("val"), rows("test")
