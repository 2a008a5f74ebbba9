"""Splits drawn at random."""

from __future__ import annotations

import random

import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from nbdspy.datasets.splits import draw
from nbdspy.errors import DataError


def table(questions: list[int]) -> pd.DataFrame:
    return pd.DataFrame({"question": questions, "row": range(len(questions))})


def test_parts_are_what_shuffling_and_cutting_gives() -> None:
    order = list(range(10))
    random.Random(0).shuffle(order)

    first, second = draw(table(list(range(10))), (3, 4), by=["question"], called="Sums")

    assert [*first["question"], *second["question"]] == order[:7]


def test_another_seed_gives_another_order() -> None:
    one, other = (draw(table(list(range(50))), (50,), by=["question"], called="Sums", seed=seed)[0] for seed in (0, 1))

    assert one["question"].tolist() != other["question"].tolist()
    assert sorted(one["question"]) == sorted(other["question"])


@given(st.lists(st.integers(0, 5), min_size=1, max_size=30), st.integers(0, 99))
def test_rows_that_are_alike_stay_together(questions: list[int], seed: int) -> None:
    size = len(questions)
    try:
        parts = draw(table(questions), (size // 2, size // 2), by=["question"], called="Sums", seed=seed)
    except DataError:  # they do not fit in halves
        return
    first, second = (set(part["question"]) for part in parts)

    assert not first & second
    rows = [row for part in parts for row in part["row"]]
    assert len(rows) == len(set(rows)) == size // 2 * 2


def test_too_few_examples_are_told() -> None:
    with pytest.raises(DataError, match=r"Sums has 4 examples; 5 are needed \(3 \+ 2\)"):
        draw(table([1, 2, 3, 4]), (3, 2), by=["question"], called="Sums")
