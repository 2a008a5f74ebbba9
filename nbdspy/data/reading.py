"""`read_table`: a file of examples as a DataFrame."""

from __future__ import annotations

import json
import os
import zlib
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


def read_table(path: str | os.PathLike[str], *, fields: str | Sequence[str] | None = None) -> pd.DataFrame:
    """The table in a CSV, TSV, JSON, JSON Lines or Parquet file, by the ending of its name; `.gz` may follow.

    In CSV only an empty cell is a gap: a label may be called None or NA. JSON holds a list of records, or one record a
    line; their values stay as they are.

    Args:
        path: The file.
        fields: The columns to keep, in this order; by default all.

    Raises:
        DataError: When there is no such file or column, the file cannot be read, or no row is in it.
    """
    path = Path(path)
    if not path.is_file():
        raise _no_file(path)
    endings = [ending.lower() for ending in path.suffixes if ending.lower() != ".gz"]
    if not endings or endings[-1] not in _READERS:
        raise DataError(
            f"{str(path)!r} is no kind of table that is known by its name.",
            hint=f"Known are: {', '.join(_READERS)}. For anything else make a DataFrame and give that.",
        )
    try:
        frame = _READERS[endings[-1]](path)
    except DataError:
        raise
    except (ValueError, OSError, EOFError, zlib.error) as error:  # what the readers raise for damaged files
        said = " ".join(str(error).split())
        raise DataError(f"{str(path)!r} cannot be read as {endings[-1]}: {said}.") from error
    if frame.empty:
        raise DataError(f"{str(path)!r} holds no rows.", hint="Give a file with at least one.")
    return frame if fields is None else columns(frame, fields, called=repr(str(path)))


def columns(frame: pd.DataFrame, names: str | Sequence[str], *, called: str) -> pd.DataFrame:
    """Some columns of a table, in the order asked for.

    Raises:
        DataError: When one is not there; suggests the nearest.
    """
    names = [names] if isinstance(names, str) else list(names)
    for name in names:
        if name not in frame.columns:
            known = [str(column) for column in frame.columns]
            raise DataError(
                f"{called} has no column {name!r}; it has: {', '.join(known)}.", hint=did_you_mean(str(name), known)
            )
    return frame[names]


def _csv(path: Path) -> pd.DataFrame:
    import pandas as pd

    separator = "\t" if ".tsv" in path.suffixes else ","
    return pd.read_csv(path, sep=separator, keep_default_na=False, na_values=[""])


def _json(path: Path) -> pd.DataFrame:
    text = _text(path)
    try:
        value = json.loads(text)
    except json.JSONDecodeError:
        if text.lstrip().startswith("["):
            raise
        return _json_lines(path)
    if isinstance(value, Mapping) and "\n" not in text.strip():
        value = [value]  # a single line
    if not isinstance(value, list):
        keys = f" with {', '.join(value)}" if isinstance(value, Mapping) else ""
        raise DataError(
            f"{str(path)!r} holds one {type(value).__name__}{keys}, not a list of records.",
            hint="Take the list out of it: pd.DataFrame(json.load(file)[…]).",
        )
    return _frame(value, path)


def _json_lines(path: Path) -> pd.DataFrame:
    lines = [line for line in _text(path).split("\n") if line.strip()]  # not splitlines: texts may hold other breaks
    records = []
    for number, line in enumerate(lines, start=1):
        try:
            records.append(json.loads(line))
        except json.JSONDecodeError as error:
            raise ValueError(f"record {number}: {error}") from error
    return _frame(records, path)


def _frame(records: Sequence[Any], path: Path) -> pd.DataFrame:
    import pandas as pd

    for number, record in enumerate(records, start=1):
        if not isinstance(record, Mapping):
            raise DataError(
                f"Record {number} of {str(path)!r} is {render.kind(record)}, not named values: {record!r:.60}.",
                hint='Write {"question": "…", "answer": "…"}.',
            )
    return pd.DataFrame(list(records), dtype=object)


def _parquet(path: Path) -> pd.DataFrame:
    import pandas as pd

    try:
        return pd.read_parquet(path)
    except ImportError as error:
        raise DataError(
            f"{str(path)!r} cannot be read: Parquet needs another package.", hint="Run: pip install pyarrow"
        ) from error


def _text(path: Path) -> str:
    import gzip

    with (gzip.open if path.suffix.lower() == ".gz" else open)(path, "rb") as file:
        return bytes(file.read()).decode("utf-8-sig")


_READERS: Mapping[str, Callable[[Path], pd.DataFrame]] = {
    ".csv": _csv,
    ".tsv": _csv,
    ".json": _json,
    ".jsonl": _json_lines,
    ".ndjson": _json_lines,
    ".parquet": _parquet,
}


def _no_file(path: Path) -> DataError:
    if path.is_dir():
        return DataError(f"{str(path)!r} is a folder.", hint="Give the path of a file.")
    folder = path.parent
    near = did_you_mean(path.name, os.listdir(folder)) if folder.is_dir() else f"There is no folder {str(folder)!r}."
    return DataError(
        f"There is no file {str(path)!r}.", hint=near or f"It is looked for in {str(folder.absolute())!r}."
    )
