"""Data sets as objects with `train`, `dev` and `test`, as DSPy's users know them."""

from __future__ import annotations

import os
import random
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbdspy.data import Example, to_examples
from nbdspy.datasets.gsm8k import gsm8k
from nbdspy.datasets.hotpotqa import DEV, TRAIN, questions
from nbdspy.datasets.math import math
from nbdspy.errors import UsageError
from nbdspy.evaluation import math_metric

if TYPE_CHECKING:
    import pandas as pd


class Dataset:
    """A data set whose parts are shuffled by a seed and cut to a size.

    A subclass sets `_train`, `_dev` and `_test`. Fewer examples of the same seed are always among the more.

    Args:
        train_seed: Decides the order of `train`.
        train_size: How many examples `train` has; None takes all.
        eval_seed: Decides the order of `dev` and `test`.
        dev_size: How many examples `dev` has.
        test_size: How many examples `test` has.
        input_keys: The names of the inputs; without them the program that is run decides.

    Example:
        >>> class Sums(Dataset):
        ...     def __init__(self, **settings):
        ...         super().__init__(**settings)
        ...         self._train = [{"question": f"{number} + 1", "answer": str(number + 1)} for number in range(9)]
        >>> [example.answer for example in Sums(train_size=2, train_seed=1).train]
        ['6', '7']
    """

    _train: Sequence[Mapping[str, Any] | Example] | None = None
    _dev: Sequence[Mapping[str, Any] | Example] | None = None
    _test: Sequence[Mapping[str, Any] | Example] | None = None

    def __init__(
        self, train_seed: int = 0, train_size: int | None = None, eval_seed: int = 0, dev_size: int | None = None,
        test_size: int | None = None, input_keys: Sequence[str] | None = None,
    ) -> None:  # fmt: skip
        self.train_seed = train_seed
        self.train_size = train_size
        self.eval_seed = eval_seed
        self.dev_size = dev_size
        self.test_size = test_size
        self.input_keys = input_keys

    @property
    def train(self) -> list[Example]:
        """The examples to learn from."""
        return self._cut("train", self._train, self.train_size, self.train_seed)

    @property
    def dev(self) -> list[Example]:
        """The examples to choose a program by."""
        return self._cut("dev", self._dev, self.dev_size, self.eval_seed)

    @property
    def test(self) -> list[Example]:
        """The examples to measure the chosen program by."""
        return self._cut("test", self._test, self.test_size, self.eval_seed)

    def reset_seeds(
        self, train_seed: int | None = None, train_size: int | None = None, eval_seed: int | None = None,
        dev_size: int | None = None, test_size: int | None = None,
    ) -> None:  # fmt: skip
        """Other seeds or sizes from now on; what is None stays."""
        given = {
            "train_seed": train_seed, "train_size": train_size, "eval_seed": eval_seed, "dev_size": dev_size,
            "test_size": test_size,
        }  # fmt: skip
        vars(self).update({name: value for name, value in given.items() if value is not None})

    def _cut(
        self, name: str, rows: Sequence[Mapping[str, Any] | Example] | None, size: int | None, seed: int
    ) -> list[Example]:
        if rows is None:
            raise UsageError(f"{type(self).__name__} has no {name} examples.", hint=f"Set self._{name} in __init__.")
        shuffled = list(rows)
        random.Random(seed).shuffle(shuffled)
        examples = [row if isinstance(row, Example) else Example(row) for row in shuffled[:size]]
        return [Example.with_inputs(example, *self.input_keys) for example in examples] if self.input_keys else examples


class HotPotQA(Dataset):
    """The whole of HotPotQA: three quarters of the hard training questions to train, one to choose, dev to test.

    `nbdspy.datasets.hotpotqa` gives the MIPRO paper's splits as tables, `hotpotqa_small` a small copy.

    Args:
        only_hard_examples: Only True is possible: the official dev questions are all hard.
        keep_details: "dev_titles" keeps `gold_titles` out of `train`; True keeps whatever there is; False keeps
            question and answer.
        unofficial_dev: Whether there are `dev` examples.
        folder: As in `nbdspy.datasets.hotpotqa`.
        **settings: Seeds and sizes, as in Dataset.

    Raises:
        DataError: When the files cannot be had.
        UsageError: When easy questions are asked for.
    """

    def __init__(
        self, *, only_hard_examples: bool = True, keep_details: bool | str = "dev_titles", unofficial_dev: bool = True,
        folder: str | os.PathLike[str] | None = None, **settings: Any,
    ) -> None:  # fmt: skip
        super().__init__(**{"input_keys": ["question"], **settings})
        if not only_hard_examples:
            raise UsageError("HotPotQA gives hard questions only.", hint="Leave only_hard_examples out.")
        if keep_details not in (True, False, "dev_titles"):
            raise UsageError(f"keep_details is {keep_details!r}.", hint='Say True, False or "dev_titles".')
        official = questions(TRAIN.path(folder))
        hard = official[official["level"] == "hard"]
        self._train, dev, self._test = hotpotqa_parts(hard, questions(DEV.path(folder)), keep_details=keep_details)
        self._dev = dev if unofficial_dev else None


class GSM8K:
    """GSM8K with 200 problems to train, 300 to choose and 1319 to test, in lists of examples.

    Raises:
        DataError: When the files cannot be had.
    """

    def __init__(self, *, folder: str | os.PathLike[str] | None = None) -> None:
        self.train, self.dev, self.test = (
            to_examples(split, inputs=["question"], called="GSM8K") for split in gsm8k(folder=folder)
        )


class MATH:
    """One subject of MATH in lists of examples; `metric` compares formulas.

    Raises:
        DataError: When there is no such subject, or the file cannot be had.
    """

    metric = staticmethod(math_metric)

    def __init__(self, subset: str, *, folder: str | os.PathLike[str] | None = None) -> None:
        self.train, self.dev, self.test = (
            to_examples(split, inputs=["question"], called="MATH") for split in math(subset, folder=folder)
        )


def hotpotqa_parts(
    hard: pd.DataFrame, dev: pd.DataFrame, *, keep_details: bool | str
) -> tuple[list[dict[str, Any]], ...]:
    """Rows to train, to choose and to test, out of the hard training questions and the official dev questions."""
    rows = [{str(name): value for name, value in row.items()} for row in hard.to_dict(orient="records")]
    random.Random(0).shuffle(rows)
    cut = len(rows) * 75 // 100
    answered = ["question", "answer"]
    everything = ["id", *answered, "type", "gold_titles"]
    details = {True: everything, False: answered, "dev_titles": [*answered, "gold_titles"]}[keep_details]
    shown = everything if keep_details is True else answered
    tests = [{name: row[name] for name in everything} for row in dev.to_dict(orient="records")]
    return (
        [{name: row[name] for name in shown} for row in rows[:cut]],
        [{name: row[name] for name in details} for row in rows[cut:]],
        tests,
    )
