"""Numbers that users give as arguments."""

import re
from typing import Any

import numpy as np
import pytest

from nbdspy.counts import checked_amount, checked_count
from nbdspy.errors import UsageError


def test_numbers_of_numpy_are_numbers() -> None:
    count = checked_count("k", np.int64(2))

    assert (count, type(count)) == (2, int)
    assert checked_amount("timeout", np.float32(0.5), above=0) == 0.5
    assert checked_amount("threshold", float("-inf")) == float("-inf")


@pytest.mark.parametrize("value", [0, -1, 1.0, True, "3", None, np.float64(2)])
def test_what_counts_nothing_is_refused(value: Any) -> None:
    with pytest.raises(UsageError, match=r"k cannot be .* Give a whole number of passages, at least 1\."):
        checked_count("k", value, unit="passages")


@pytest.mark.parametrize(
    ("value", "bounds", "hint"),
    [
        (0, {"above": 0}, "Give a number, more than 0."),
        (-1, {"least": 0}, "Give a number, at least 0."),
        (float("nan"), {}, "Give a number."),
        (True, {}, "Give a number."),
        ("3", {"least": 0}, "Give a number, at least 0."),
    ],
)
def test_what_is_no_amount_is_refused(value: Any, bounds: dict[str, float], hint: str) -> None:
    with pytest.raises(UsageError, match=re.escape(hint)):
        checked_amount("timeout", value, **bounds)
