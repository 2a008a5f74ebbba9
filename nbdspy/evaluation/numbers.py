"""Answers that are numbers, found in whatever text surrounds them (GSM8K)."""

from __future__ import annotations

import re
from decimal import Decimal
from typing import Any

from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError
from nbdspy.evaluation.columns import answer_name, label, output

_NUMBER = re.compile(r"((?<![\w.,)])-[$€£]?)?((?:\d{1,3}(?:,\d{3})+(?!\d)|\d+)(?:\.\d+)?)")
_MINUS = str.maketrans({"\N{MINUS SIGN}": "-", "\N{NON-BREAKING HYPHEN}": "-"})


def gsm8k_metric(gold: Example, pred: Prediction, trace: Any = None) -> bool:
    """Whether the last number of the answer is the example's; `$1,080.00` is 1080 (DSPy's metric of this name).

    Raises:
        DataError: When the example's answer holds no number, or the program gives no answer.

    Example:
        >>> gsm8k_metric(Example(answer="1080"), Prediction(answer="6 rows of 180 make $1,080.00."))
        True
    """
    name = answer_name(gold, pred)
    answer = label(gold, name)
    expected = number_in(answer)
    if expected is None:
        raise DataError(f"The example's answer holds no number: {answer!r:.80}.", hint="Use exact_match for texts.")
    return number_in(output(pred, name)) == expected


def number_in(text: Any) -> Decimal | None:
    """The number that a text ends on: the last one in it, after a `####` if there is one; None without any."""
    if text is None:
        return None
    numbers = _NUMBER.findall(str(text).translate(_MINUS).rpartition("####")[2])
    if not numbers:
        return None
    minus, digits = numbers[-1]
    number = Decimal(digits.replace(",", ""))
    return -number if minus else number
