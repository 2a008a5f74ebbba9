"""DataFrames in and out."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

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
        DataError: When the data is empty, is no table, or lacks an input.
    """
    if isinstance(data, str | bytes | Mapping) or not isinstance(data, Iterable):
        raise DataError(
            f"{called} is a {type(data).__name__}, not a table.",
            hint="Give a DataFrame, or a list of examples or dictionaries.",
        )
    examples = _from_frame(data) if _is_frame(data) else [_from_row(row, called) for row in data]
    if not examples:
        raise DataError(f"{called} is empty.", hint="Give at least one row.")
    wanted = frozenset(inputs)
    for number, example in enumerate(examples):
        missing = [name for name in inputs if name not in example]
        if missing:
            where = "has no column" if _is_frame(data) else f"has in row {number} no value"
            has = ", ".join(map(str, example)) or "nothing"
            near = did_you_mean(missing[0], [str(name) for name in example])
            raise DataError(
                f"{called} {where} {missing[0]!r}, which the program needs as input; it has: {has}.",
                hint=near or "Rename the column to the field's name.",
            )
    return [_with_inputs(example, wanted) for example in examples]


def to_frame(examples: Iterable[Mapping[str, Any] | Example]) -> pd.DataFrame:
    """One row per example, one column per value."""
    import pandas as pd

    return pd.DataFrame([dict(example.items()) for example in examples])


def _is_frame(data: Any) -> bool:
    return hasattr(data, "columns") and hasattr(data, "to_dict")


def _from_frame(frame: pd.DataFrame) -> list[Example]:
    import pandas as pd

    rows = frame.astype(object).to_dict("records")
    return [
        Example(
            {str(name): None if pd.api.types.is_scalar(cell) and pd.isna(cell) else cell for name, cell in row.items()}
        )
        for row in rows
    ]


def _from_row(row: Any, called: str) -> Example:
    if isinstance(row, Example):
        return row
    if isinstance(row, Mapping):
        return Example(row)
    raise DataError(
        f"{called} holds a {type(row).__name__}: {row!r:.60}.",
        hint="Give a DataFrame, or a list of examples or dictionaries.",
    )


def _with_inputs(example: Example, names: frozenset[str]) -> Example:
    return example if example._input_names is not None else example.with_inputs(*names)
