"""Scoring programs: metrics, results with their intervals, and comparisons on the same examples."""

from nbdspy.evaluation.evaluate import Evaluate, ExampleScored, evaluate
from nbdspy.evaluation.intervals import Difference, Interval
from nbdspy.evaluation.metrics import METRICS, Metric, answer_exact_match, exact_match, f1, metric_named, normalize_text
from nbdspy.evaluation.results import EvaluationResult, Row, compare

__all__ = [
    "METRICS",
    "Difference",
    "Evaluate",
    "EvaluationResult",
    "ExampleScored",
    "Interval",
    "Metric",
    "Row",
    "answer_exact_match",
    "compare",
    "evaluate",
    "exact_match",
    "f1",
    "metric_named",
    "normalize_text",
]
