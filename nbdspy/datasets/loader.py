"""`DataLoader`: examples from files, DataFrames and the hub, as DSPy's users load them."""

from __future__ import annotations

import os
import random
from collections.abc import Iterable, Mapping, Sequence
from importlib import import_module
from typing import TYPE_CHECKING, Any, TypeVar

from nbdspy import render
from nbdspy.data import Example, read_table, to_examples
from nbdspy.errors import DataError, UsageError, did_you_mean

if TYPE_CHECKING:
    import pandas as pd

T = TypeVar("T")
Names = str | Sequence[str]


class DataLoader:
    """Loads lists of examples.

    Wherever `fields` may be given, they are the columns to keep (all by default); `input_keys` are those that count as
    inputs. Without `input_keys` the program that is run decides.

    Example:
        >>> import pandas as pd
        >>> table = pd.DataFrame({"question": ["6 * 7", "6 * 8"], "answer": ["42", "48"], "by": ["Ann", "Bob"]})
        >>> DataLoader().from_pandas(table, fields=["question", "answer"], input_keys=["question"])[0]
        Example(question='6 * 7', answer='42')
    """

    def from_csv(
        self, file_path: str | os.PathLike[str], fields: Names | None = None, input_keys: Names = ()
    ) -> list[Example]:
        """The rows of a CSV file.

        Raises:
            DataError: When there is no such file or column, or it cannot be read.
        """
        return self._from_file(file_path, fields, input_keys)

    def from_json(
        self, file_path: str | os.PathLike[str], fields: Names | None = None, input_keys: Names = ()
    ) -> list[Example]:
        """The records of a JSON file, in a list or one a line.

        Raises:
            DataError: When there is no such file or field, or it cannot be read.
        """
        return self._from_file(file_path, fields, input_keys)

    def from_parquet(
        self, file_path: str | os.PathLike[str], fields: Names | None = None, input_keys: Names = ()
    ) -> list[Example]:
        """The rows of a Parquet file.

        Raises:
            DataError: When there is no such file or column, it cannot be read, or a package for that is missing.
        """
        return self._from_file(file_path, fields, input_keys)

    def from_pandas(
        self, df: pd.DataFrame, fields: Names | None = None, input_keys: Names = ()
    ) -> list[Example]:  # fmt: skip
        """The rows of a DataFrame; an empty cell is None.

        Raises:
            DataError: When there is no such column, or no row.
        """
        return _examples(map(vars, to_examples(df, inputs=(), called="df")), fields, input_keys, "df")

    def from_huggingface(
        self, dataset_name: str, *args: Any, input_keys: Names = (), fields: Names | None = None, **kwargs: Any
    ) -> list[Example] | dict[str, list[Example]]:
        """A data set of the Hugging Face hub, by the package `datasets`: a list for each split, or the one asked for.

        Args:
            dataset_name: As `datasets.load_dataset` takes it, a folder of files included.
            *args: More for `load_dataset`, such as the configuration.
            input_keys: The columns that count as inputs.
            fields: The columns to keep.
            **kwargs: More for `load_dataset`, such as `split`; several splits in a list come by their names.

        Raises:
            DataError: When the package is missing, the data cannot be had, or has no such column.
        """
        try:
            hub = import_module("datasets")
        except ImportError as error:
            raise DataError(
                "Data of the hub is loaded by the package datasets, which is not installed.",
                hint="Run: pip install datasets",
            ) from error
        try:
            loaded = hub.load_dataset(dataset_name, *args, **kwargs)
        except (OSError, ValueError) as error:  # what it raises for names, splits and connections
            said = " ".join(str(error).split())
            raise DataError(f"{dataset_name!r} cannot be loaded from the hub: {said}") from error
        if isinstance(loaded, list):
            loaded = dict(zip(map(str, kwargs.get("split", range(len(loaded)))), loaded, strict=True))
        return examples_of(loaded, fields=fields, input_keys=input_keys, called=repr(dataset_name))

    def sample(self, dataset: Sequence[T], n: int, *, seed: int = 0) -> list[T]:
        """Some examples, drawn at random without putting back; the same for the same seed.

        Raises:
            UsageError: When there are fewer.
        """
        _listed(dataset)
        if not 0 <= n <= len(dataset):
            raise UsageError(f"{n} examples cannot be drawn from {len(dataset)}.", hint="Ask for fewer.")
        return random.Random(seed).sample(list(dataset), n)

    def train_test_split(
        self, dataset: Sequence[T], train_size: float = 0.75, test_size: float | None = None,
        random_state: int | None = None,
    ) -> dict[str, list[T]]:  # fmt: skip
        """Two shuffled parts, `train` and `test`, that share no example.

        Args:
            dataset: The examples.
            train_size: A share below 1, or a number of examples.
            test_size: The same for the test part; by default the rest.
            random_state: Decides the order; None is 0.

        Raises:
            UsageError: When a size is none, or both are more than there is.
        """
        _listed(dataset)
        shuffled = list(dataset)
        random.Random(random_state or 0).shuffle(shuffled)
        train = _count(train_size, len(shuffled), "train_size")
        test = len(shuffled) - train if test_size is None else _count(test_size, len(shuffled), "test_size")
        if train + test > len(shuffled) or test < 0:
            raise UsageError(
                f"{train} to train and {max(test, 0)} to test are more than the {len(shuffled)} examples.",
                hint="Make a part smaller.",
            )
        return {"train": shuffled[:train], "test": shuffled[train : train + test]}

    def _from_file(self, path: str | os.PathLike[str], fields: Names | None, input_keys: Names) -> list[Example]:
        called = repr(os.fspath(path))
        return _examples(map(vars, to_examples(read_table(path), inputs=(), called=called)), fields, input_keys, called)


def examples_of(
    loaded: Any, *, fields: Names | None = None, input_keys: Names = (), called: str = "data"
) -> list[Example] | dict[str, list[Example]]:
    """Examples from rows that are mappings, or from a mapping of such splits.

    Raises:
        DataError: When a row has no such field.
    """
    if isinstance(loaded, Mapping):
        return {str(name): _examples(rows, fields, input_keys, f"{called}, {name},") for name, rows in loaded.items()}
    return _examples(loaded, fields, input_keys, called)


def _examples(
    rows: Iterable[Mapping[str, Any]], fields: Names | None, input_keys: Names, called: str
) -> list[Example]:  # fmt: skip
    """The rows as examples that know their inputs; without names they know none, so that the program decides."""
    wanted, inputs = (None if fields is None else _names(fields)), _names(input_keys)
    examples = []
    for row in rows:
        kept = list(row) if wanted is None else wanted
        for name, has in [*((name, row) for name in kept), *((name, kept) for name in inputs)]:
            if name not in has:
                raise DataError(
                    f"{called} has no column {name!r}; it has: {', '.join(has)}.", hint=did_you_mean(name, has)
                )
        example = Example({name: row[name] for name in kept})
        examples.append(Example.with_inputs(example, *inputs) if inputs else example)
    return examples


def _names(names: Names) -> list[str]:
    return [names] if isinstance(names, str) else list(names)


def _listed(dataset: Any) -> None:
    if not isinstance(dataset, Sequence) or isinstance(dataset, str):
        raise UsageError(
            f"dataset is {render.kind(dataset)}, not a list of examples.",
            hint="Load one first, for instance with from_pandas(df).",
        )


def _count(size: float, total: int, called: str) -> int:
    if isinstance(size, int) and not isinstance(size, bool) and size >= 0:
        return size
    if isinstance(size, float) and 0 < size < 1:
        return int(total * size)
    raise UsageError(f"{called} is {size!r}.", hint="Give a share between 0 and 1, or a number of examples.")
