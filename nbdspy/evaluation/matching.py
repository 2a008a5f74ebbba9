"""`exact_match`: labels compared as values, whatever they are called."""

from __future__ import annotations

from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError
from nbdspy.evaluation.columns import gap, is_gap, outputs


def exact_match(example: Example, prediction: Prediction, trace: Any = None) -> bool:
    """Whether every label that the program gives is the example's; case and outer spaces of texts do not count.

    Raises:
        DataError: When the example has no label that the program gives, or a gap where the program gives a value.
    """
    labels = [name for name in Example.labels(example) if name in outputs(prediction)]
    if not labels:
        raise DataError(
            f"No label to compare: the example has {', '.join(example)}, the prediction {', '.join(prediction)}.",
            hint="Name a column after an output, or write a metric of your own.",
        )
    for name in labels:
        if is_gap(example[name]) and prediction[name] is not None:  # None for None: an output that may be None
            raise gap(example, name)
    return all(_same(example[name], prediction[name]) for name in labels)


def _same(expected: Any, given: Any) -> bool:
    """Equal, or of equal text or number when one of them is a text: a table holds 42 or 42.0, the model says "42"."""
    expected, given = (value.value if isinstance(value, Enum) else value for value in (expected, given))
    if isinstance(expected, str) is not isinstance(given, str) and expected is not None and given is not None:
        expected, given = str(expected), str(given)
        if _same_number(expected, given):
            return True
    if isinstance(expected, str) and isinstance(given, str):
        return " ".join(expected.split()).casefold() == " ".join(given.split()).casefold()
    return bool(expected == given)


def _same_number(expected: str, given: str) -> bool:
    try:
        return Decimal(expected) == Decimal(given)  # not as floats: long identifiers would lose their last digits
    except InvalidOperation:
        return False
