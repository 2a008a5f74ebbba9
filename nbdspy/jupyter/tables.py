"""Which names of a notebook stand for examples: DataFrames, lists of examples or rows, and the parts of data sets."""

from __future__ import annotations

import sys
from collections.abc import Mapping
from typing import Any, Final

from nbdspy.jupyter.namespace import Namespace

PARTS: Final = ("train", "dev", "test")
"""Of the data sets that are classes."""


def table_names(names: Namespace) -> list[str]:
    """Every one of them, in the order of the alphabet."""
    found = []
    for name in names.names():
        value = names.values.get(name)
        if is_table(value):
            found.append(name)
        else:
            found += [f"{name}.{part}" for part in PARTS if _has_part(value, part)]
    return sorted(found)


def tables_named(called: str, names: Namespace) -> dict[str, Any]:
    """The examples that a name stands for, by part; one table has the empty name. Nothing for other names.

    Args:
        called: `name`, or `name.part` for a part of a data set.
        names: The notebook's variables.
    """
    name, dot, part = called.partition(".")
    value = names.values.get(name)
    if not dot and is_table(value):
        return {"": value}
    wanted = [each for each in PARTS if not dot or each == part]
    return {"" if dot else each: getattr(value, each) for each in wanted if _has_part(value, each)}


def columns_of(called: str, names: Namespace) -> list[str]:
    """The columns of the examples that a name stands for, in their order; none for other names."""
    found = [columns(table) for table in tables_named(called, names).values()]
    return list(dict.fromkeys(column for each in found for column in each))


def columns(table: Any) -> list[str]:
    """What a row of a table holds that has a name."""
    from nbdspy.data.tables import is_frame

    if is_frame(table):
        return [column for column in table.columns if isinstance(column, str)]
    if _is_hugging_face(table):
        return list(table.column_names)
    return [key for key in (table[0] if len(table) else ()) if isinstance(key, str)]


def is_table(value: Any) -> bool:
    """Whether examples can be read from it; nothing is imported to tell."""
    from nbdspy.data import Example
    from nbdspy.data.tables import is_frame

    if isinstance(value, type):
        return False
    if isinstance(value, list | tuple):
        return bool(value) and isinstance(value[0], Example | Mapping)
    return is_frame(value) or _is_hugging_face(value)


def _has_part(value: Any, part: str) -> bool:
    known = sys.modules.get("nbdspy.datasets.classes")
    if known is None:
        return False
    if isinstance(value, known.Dataset):
        return getattr(value, f"_{part}") is not None
    return isinstance(value, known.GSM8K | known.MATH)


def _is_hugging_face(value: Any) -> bool:
    known = sys.modules.get("datasets")
    return known is not None and isinstance(value, getattr(known, "Dataset", ()))
