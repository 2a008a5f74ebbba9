"""`clinc150`: real requests in 150 intents (Larson et al. 2019, CC BY 3.0), from a local folder or fetched once."""

from __future__ import annotations

import hashlib
import json
import os
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbdspy.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

ADDRESS = (
    "https://raw.githubusercontent.com/clinc/oos-eval/828f8093932c8fe6ca7936c3d2e52903b1c523de/data/data_small.json"
)
SHA256 = "050e17476e6b4fa88f8518edaf09921c8f5e3a86dc8b63615361102a20b2ac01"
SIX = ("balance", "transfer", "book_flight", "weather", "recipe", "alarm")


def clinc150(
    intents: str | Sequence[str] = SIX, *, folder: str | os.PathLike[str] | None = None
) -> tuple[pd.DataFrame, pd.DataFrame, pd.DataFrame]:
    """Training, validation and test examples of some intents, with the columns `request` and `intent`.

    The small version of the data has 50, 20 and 30 examples per intent.

    Args:
        intents: A name or names of the data's intents; by default the six that our benchmark uses.
        folder: Where `data_small.json` lies; by default `$NBDSPY_DATA/clinc150`, else it is fetched once into the
            cache folder and checked by its sha256.

    Raises:
        DataError: When the file cannot be had, is another one, or has no such intent.
    """
    import pandas as pd

    intents = [intents] if isinstance(intents, str) else intents
    data = json.loads(_file(folder))
    known = {intent for _, intent in data["train"]}
    for intent in intents:
        if intent not in known:
            raise DataError(f"CLINC150 has no intent {intent!r}.", hint=did_you_mean(intent, known))

    def rows(split: str) -> pd.DataFrame:
        chosen: list[Any] = [pair for pair in data[split] if pair[1] in intents]
        return pd.DataFrame(chosen, columns=["request", "intent"])

    return rows("train"), rows("val"), rows("test")


def _file(folder: str | os.PathLike[str] | None) -> bytes:
    local = folder or (Path(os.environ["NBDSPY_DATA"]) / "clinc150" if "NBDSPY_DATA" in os.environ else None)
    path = Path(local or _cache_folder()) / "data_small.json"
    if path.is_file():
        return _checked(path.read_bytes(), str(path))
    if local is not None:
        way_out = "Leave the folder out" if folder else "Unset NBDSPY_DATA"
        raise DataError(f"There is no file {str(path)!r}.", hint=f"{way_out} and it is fetched.")
    content = _checked(_fetched(), ADDRESS)
    path.parent.mkdir(parents=True, exist_ok=True)
    partial = path.with_suffix(f".{os.getpid()}.part")
    partial.write_bytes(content)
    os.replace(partial, path)
    return content


def _fetched() -> bytes:
    from urllib.error import URLError
    from urllib.request import urlopen

    try:
        with urlopen(ADDRESS, timeout=60) as answer:
            return bytes(answer.read())
    except (URLError, TimeoutError, ConnectionError) as error:
        raise DataError(
            f"CLINC150 cannot be fetched: {error}.",
            hint="Put data_small.json of github.com/clinc/oos-eval into a folder and give `folder=`.",
        ) from error


def _checked(content: bytes, where: str) -> bytes:
    found = hashlib.sha256(content).hexdigest()
    if found != SHA256:
        raise DataError(f"{where} is not the file we know: its sha256 is {found[:12]}…, not {SHA256[:12]}….")
    return content


def _cache_folder() -> Path:
    from platformdirs import user_cache_path

    return user_cache_path("nbdspy") / "data" / "clinc150"
