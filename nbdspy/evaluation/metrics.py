"""Metrics by name: how good a prediction is for an example, from 0 to 1."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from functools import partial
from typing import Any

from nbdspy.errors import UsageError, did_you_mean
from nbdspy.evaluation.answers import answer_exact_match, f1, hotpot_f1
from nbdspy.evaluation.judges import CompleteAndGrounded, SemanticF1
from nbdspy.evaluation.matching import exact_match
from nbdspy.evaluation.mathematics import math_metric
from nbdspy.evaluation.numbers import gsm8k_metric
from nbdspy.evaluation.passages import answer_passage_match, gold_titles_found, hover_metric
from nbdspy.modules import Module

Metric = Callable[..., Any]
"""`metric(example, prediction, trace=None)`: a bool, a number, or a Prediction with a `score`."""

METRICS: Mapping[str, Metric | type[Module]] = {
    "exact_match": exact_match,
    "answer_exact_match": answer_exact_match,
    "f1": f1,
    "hotpot_f1": hotpot_f1,
    "answer_passage_match": answer_passage_match,
    "gold_titles_found": gold_titles_found,
    "hover_metric": hover_metric,
    "gsm8k_metric": gsm8k_metric,
    "math_metric": math_metric,
    "SemanticF1": SemanticF1,  # judged by the model in force; made when it is asked for
    "CompleteAndGrounded": CompleteAndGrounded,
}
"""The metrics by the names that `--metric` takes."""


def is_ours(metric: Metric) -> bool:
    """Whether it is one of these, of which it is known what it reads and asks."""
    return any(metric is known for known in METRICS.values())


def metric_named(metric: str | Metric) -> Metric:
    """A metric by name; a function is returned as it is.

    Raises:
        UsageError: When no metric has this name; when it is the class of a judge, is async, or cannot take two values.
    """
    if isinstance(metric, type) and issubclass(metric, Module):
        name = metric.__name__
        raise UsageError(f"{name} is a class, not a metric.", hint=f"Make one: {name}(), or say {name!r}.")
    if callable(metric):
        if inspect.iscoroutinefunction(metric) or inspect.iscoroutinefunction(type(metric).__call__):
            name = metric_name(metric)
            raise UsageError(
                f"The metric {name} is async, and gives no score before it is awaited.",
                hint=f"Give nbdspy.syncify({name}), or define it with def.",
            )
        if inspect.isroutine(metric):  # of other objects `__call__` may take anything and hand it on
            _check_parameters(metric)
        return metric
    if not isinstance(metric, str) or metric not in METRICS:
        raise UsageError(
            f"No metric is called {metric!r}; there are: {', '.join(METRICS)}.",
            hint=did_you_mean(str(metric), METRICS) or "Or give a function of your own: metric(example, prediction).",
        )
    found = METRICS[metric]
    return found() if isinstance(found, type) else found


def _check_parameters(metric: Metric) -> None:
    try:
        inspect.signature(metric).bind(None, None)
    except TypeError as error:
        raise UsageError(
            f"The metric {metric_name(metric)} cannot be given an example and a prediction: {error}.",
            hint="Define it as metric(example, prediction, trace=None).",
        ) from error
    except ValueError:  # what is written in C may not say what it takes
        return


def metric_name(metric: Metric) -> str:
    """What people call a metric."""
    if isinstance(metric, partial):
        return metric_name(metric.func)
    return getattr(metric, "__name__", type(metric).__name__)
