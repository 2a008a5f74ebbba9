"""DataFrames in and out."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any, TypeGuard

from nbdspy import render
from nbdspy.data.example import Example
from nbdspy.errors import DataError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd


def to_examples(data: Any, *, inputs: Sequence[str], called: str = "data") -> list[Example]:
    """Examples from a DataFrame, or from a list of examples or dictionaries.

    Args:
        data: Columns or keys are field names; what is missing in a cell (NaN, NaT) becomes None.
        inputs: The fields that every example must hold and that count as its inputs.
        called: What the user calls the data, for messages.

    Raises:
        DataError: When the data is empty, is no table, lacks an input or has a column twice.
    """
    if isinstance(data, str | bytes | Mapping | Example) or not isinstance(data, Iterable):
        raise DataError(
            f"{opening(called)} is {render.kind(data)}, not a table.",
            hint="Give a DataFrame, or a list of examples or dictionaries.",
        )
    examples = [_from_row(row, called) for row in (records(data, called) if is_frame(data) else data)]
    if not examples:
        raise DataError(f"{opening(called)} is empty.", hint="Give at least one row.")
    for number, example in enumerate(examples):
        missing = [name for name in inputs if name not in example]
        if missing:
            where = "has no column" if is_frame(data) else f"has in row {number} no value"
            has = ", ".join(map(str, example)) or "nothing"
            near = did_you_mean(missing[0], map(str, example))
            raise DataError(
                f"{opening(called)} {where} {missing[0]!r}, which the program needs as input; it has: {has}.",
                hint=near or "Rename the column to the field's name.",
            )
    return [_with_inputs(example, inputs) for example in examples]


def to_frame(examples: Iterable[Mapping[str, Any] | Example]) -> pd.DataFrame:
    """One row per example, one column per value; a column with half a character holds Python's own texts."""
    import pandas as pd

    rows = [vars(example) if isinstance(example, Example) else dict(example) for example in examples]
    try:
        return pd.DataFrame(rows)
    except UnicodeEncodeError:  # half a surrogate pair, which the texts of Arrow cannot hold
        frame = pd.DataFrame(rows, dtype=object)
        return frame.assign(**{str(name): inferred(frame[name]) for name in frame})


def inferred(column: pd.Series[Any]) -> pd.Series[Any]:
    """A column of the type that its values have; of texts with half a character it stays one of Python objects."""
    try:
        return column.infer_objects()
    except UnicodeEncodeError:
        return column


def is_frame(data: Any) -> TypeGuard[pd.DataFrame]:
    """Whether it is a DataFrame, without importing pandas for what is none."""
    return hasattr(data, "columns") and hasattr(data, "iloc")


def records(frame: pd.DataFrame, called: str) -> list[dict[str, Any]]:
    """A dictionary for each row of a DataFrame; what is missing in a cell becomes None.

    Raises:
        DataError: When it has a column twice.
    """
    names = [str(column) for column in frame.columns]
    twice = [name for name, count in Counter(names).items() if count > 1]
    if twice:
        raise DataError(f"{opening(called)} has more than one column {twice[0]!r}.", hint="Rename or drop one.")
    cells = frame.astype(object).where(frame.notna(), None)
    return [dict(zip(names, map(_plain, row), strict=True)) for row in cells.itertuples(index=False, name=None)]


def _plain(cell: Any) -> Any:
    """A cell as a Python value; arrays and numbers of numpy's know how."""
    return cell.tolist() if hasattr(cell, "tolist") else cell


def _from_row(row: Any, called: str) -> Example:
    if isinstance(row, Example):
        return row
    if isinstance(row, Mapping):
        return Example(row)
    raise DataError(
        f"{opening(called)} holds {render.kind(row)}: {row!r:.60}.",
        hint="Give a DataFrame, or a list of examples or dictionaries.",
    )


def _with_inputs(example: Example, names: Sequence[str]) -> Example:
    """The example, knowing its inputs; what its owner said of them stays."""
    return example if example._input_names is not None else Example.with_inputs(example, *names)


def opening(called: str) -> str:
    """What data are called where a sentence begins; a variable keeps its name."""
    return f"The {called[4:]}" if called.startswith("the ") else called
