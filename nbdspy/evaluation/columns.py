"""What metrics read from an example and a prediction, and what they say when it is not there."""

from __future__ import annotations

import math
from collections.abc import Mapping
from typing import Any

from nbdspy import render
from nbdspy.data import Example, Prediction
from nbdspy.errors import DataError, did_you_mean


def label(example: Example, name: str) -> Any:
    """A value of the example.

    Raises:
        DataError: When the example has no such value, or a gap in its place.
    """
    if name not in example:
        raise DataError(
            f"The example has no {name!r} to compare with; it has: {', '.join(example) or 'nothing'}.",
            hint=did_you_mean(name, example) or "Rename the column, or write a metric of your own.",
        )
    if is_gap(example[name]):
        raise gap(example, name)
    return example[name]


def output(prediction: Prediction, *names: str) -> Any:
    """The first of these values that the prediction has; an output that the model left out is None.

    Raises:
        DataError: When the program gives none of them, or returned something else than a prediction.
    """
    for name in names:
        if name in outputs(prediction):
            return prediction[name]
    raise DataError(
        f"The program gives no {' or '.join(map(repr, names))}; it gives: {', '.join(prediction) or 'nothing'}.",
        hint=did_you_mean(names[0], prediction) or "Name the output so, or write a metric of your own.",
    )


def answer_name(example: Example, prediction: Prediction) -> str:
    """What a metric of one answer compares: `answer`, or, where neither side has one, the only label that is given."""
    if "answer" in example or "answer" in outputs(prediction):
        return "answer"
    given = [name for name in Example.labels(example) if name in prediction]
    return given[0] if len(given) == 1 else "answer"


def outputs(prediction: Prediction) -> Prediction:
    """The prediction, if it is one.

    Raises:
        DataError: When the program returned something else.
    """
    if not isinstance(prediction, Example | Mapping):
        raise DataError(
            f"The program returned {render.kind(prediction)}, not a Prediction: {render.short(prediction)}",
            hint="Let its forward return what a predictor returned, or write a metric of your own.",
        )
    return prediction


def is_gap(value: Any) -> bool:
    """Whether a cell of a table is empty."""
    return value is None or (isinstance(value, float) and math.isnan(value))


def gap(example: Example, name: str) -> DataError:
    """The error for an example that lacks the value of a label."""
    return DataError(
        f"The example has no value for the label {name!r}: {render.short(repr(example))}.",
        hint=f"Drop such rows (df.dropna(subset=[{name!r}])), or write a metric that knows what None means.",
    )
