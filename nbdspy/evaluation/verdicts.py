"""A metric's verdict as a score, and what is said when it gives none."""

from __future__ import annotations

import math
import traceback
from pathlib import Path
from typing import Any, Final

from nbdspy import render
from nbdspy.data import Example, Prediction
from nbdspy.errors import NbdspyError, UsageError, described
from nbdspy.evaluation.metrics import Metric, metric_name

_PACKAGE: Final = str(Path(__file__).parents[1])
_ROUNDING: Final = 1e-9  # what a mean of floats may be off by


class MetricFailed(Exception):
    """The user's metric raised; counts as a failure of the example it raised for."""


def score_of(metric: Metric, example: Example, prediction: Prediction, trace: Any = None) -> float:
    """A metric's verdict as a number.

    Raises:
        UsageError: When the metric returns nothing, no number, or one that is not from 0 to 1.
        MetricFailed: When it raises.
    """
    try:
        verdict = metric(example, prediction) if trace is None else metric(example, prediction, trace=trace)
    except NbdspyError:
        raise
    except Exception as error:  # the user's own code
        raise MetricFailed(f"The metric {metric_name(metric)} raised {said_of(error)}{_line_of(error)}") from error
    try:
        score = math.nan if isinstance(verdict, str | bytes) else float(verdict)
    except (TypeError, ValueError) as error:
        raise _no_number(metric, verdict, example) from error
    if not math.isfinite(score):
        raise _no_number(metric, verdict, example)
    if not -_ROUNDING <= score <= 1 + _ROUNDING:
        raise UsageError(
            f"The metric {metric_name(metric)} returned {score:g}.", hint="Scores are 0 to 1: divide by the largest."
        )
    return min(max(score, 0.0), 1.0)


def said_of(error: Exception) -> str:
    """An error of an example, in words."""
    return str(error) if isinstance(error, MetricFailed) else described(error)


def _line_of(error: Exception) -> str:
    """Where in the metric's own source it was raised: ` (line 3: return 1 / 0)`; nothing when it has none."""
    theirs = [frame for frame in traceback.extract_tb(error.__traceback__) if not frame.filename.startswith(_PACKAGE)]
    own = [frame for frame in theirs if frame.filename == theirs[0].filename]
    if not own:
        return ""
    return f" (line {own[-1].lineno}: {own[-1].line})" if own[-1].line else f" (line {own[-1].lineno})"


def _no_number(metric: Metric, verdict: Any, example: Example) -> UsageError:
    hint = "Does it lack a `return`?" if verdict is None else "Return a bool, or a number from 0 to 1."
    said = f"The metric {metric_name(metric)} returned {render.short(repr(verdict))} for {example!r}."
    return UsageError(said, hint=hint)
