"""Metrics: how good a prediction is for an example, from 0 to 1."""

from __future__ import annotations

import math
import re
import string
import unicodedata
from collections import Counter
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from enum import Enum
from typing import Any

from nbdspy import render
from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError, UsageError, did_you_mean

Metric = Callable[..., Any]
"""`metric(example, prediction, trace=None)`: a bool, a number, or a Prediction with a `score`."""


def exact_match(example: Example, prediction: Prediction, trace: Any = None) -> bool:
    """Whether every label that the program gives is the example's; case and outer spaces of texts do not count.

    Raises:
        DataError: When the example has no label that the program gives, or a gap where the program gives a value.
    """
    if not isinstance(prediction, Example | Mapping):
        raise DataError(
            f"The program returned a {type(prediction).__name__}, not a Prediction: {render.short(prediction)}",
            hint="Let its forward return what a predictor returned, or write a metric of your own.",
        )
    labels = [name for name in Example.labels(example) if name in prediction]
    if not labels:
        raise DataError(
            f"No label to compare: the example has {', '.join(example)}, the prediction {', '.join(prediction)}.",
            hint="Name a column after an output, or write a metric of your own.",
        )
    for name in labels:
        if _is_gap(example[name]) and prediction[name] is not None:  # None for None: an output that may be None
            raise DataError(
                f"The example has no value for the label {name!r}: {render.short(repr(example))}.",
                hint=f"Drop such rows (df.dropna(subset=[{name!r}])), or write a metric that knows what None means.",
            )
    return all(_same(example[name], prediction[name]) for name in labels)


def answer_exact_match(example: Example, prediction: Prediction, trace: Any = None) -> bool:
    """Whether the answer is one of the example's, by SQuAD's reading of texts (DSPy's metric of this name)."""
    accepted = example.answer if isinstance(example.answer, list) else [example.answer]
    return any(normalize_text(str(answer)) == normalize_text(str(prediction.answer)) for answer in accepted)


def f1(example: Example, prediction: Prediction, trace: Any = None) -> float:
    """The overlap of the answer's words with the example's: the harmonic mean of precision and recall."""
    expected, given = normalize_text(str(example.answer)).split(), normalize_text(str(prediction.answer)).split()
    if not expected or not given:
        return float(expected == given)
    common = sum((Counter(expected) & Counter(given)).values())
    return 2 * common / (len(expected) + len(given))


def normalize_text(text: str) -> str:
    """Lower case, without punctuation, articles and extra spaces (SQuAD)."""
    text = unicodedata.normalize("NFD", text).lower()
    text = "".join(letter for letter in text if letter not in string.punctuation)
    return " ".join(re.sub(r"\b(a|an|the)\b", " ", text).split())


METRICS: Mapping[str, Metric] = {"exact_match": exact_match, "answer_exact_match": answer_exact_match, "f1": f1}


def metric_named(metric: str | Metric) -> Metric:
    """A metric by name; a function is returned as it is.

    Raises:
        UsageError: When no metric has this name.
    """
    if callable(metric):
        return metric
    if not isinstance(metric, str) or metric not in METRICS:
        raise UsageError(
            f"No metric is called {metric!r}; there are: {', '.join(METRICS)}.",
            hint=did_you_mean(str(metric), METRICS) or "Or give a function of your own: metric(example, prediction).",
        )
    return METRICS[metric]


def metric_name(metric: Metric) -> str:
    """What people call a metric."""
    return getattr(metric, "__name__", type(metric).__name__)


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


def _is_gap(label: Any) -> bool:
    return label is None or (isinstance(label, float) and math.isnan(label))
