"""`Dataset`: parts by seed and size."""

from __future__ import annotations

from typing import Any

import pytest

from nbdspy.data import Example
from nbdspy.datasets import Dataset
from nbdspy.errors import UsageError


class Sums(Dataset):
    def __init__(self, **settings: Any) -> None:
        super().__init__(**settings)
        self._train = [{"question": f"{number} + 1", "answer": str(number + 1)} for number in range(20)]
        self._dev = [Example(row) for row in self._train]


def test_fewer_examples_of_a_seed_are_among_the_more() -> None:
    assert Sums(train_seed=3, train_size=5).train == Sums(train_seed=3, train_size=12).train[:5]


def test_seeds_decide_the_order_and_the_same_comes_every_time() -> None:
    data = Sums(train_seed=1, eval_seed=2)

    assert data.train == data.train
    assert data.train != data.dev
    assert sorted(example.answer for example in data.train) == sorted(example.answer for example in data.dev)


def test_seeds_and_sizes_may_be_set_anew() -> None:
    data = Sums(train_seed=1, train_size=5)
    data.reset_seeds(train_seed=2)

    assert data.train == Sums(train_seed=2, train_size=5).train


def test_inputs_may_be_named() -> None:
    assert list(Sums(input_keys=["question"]).dev[0].inputs()) == ["question"]
    with pytest.raises(UsageError, match="does not know which of its values are inputs"):
        Sums().train[0].inputs()


def test_a_part_that_is_not_there_is_told() -> None:
    with pytest.raises(UsageError, match=r"Sums has no test examples. Set self._test in __init__"):
        Sums().test
