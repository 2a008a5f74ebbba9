"""Scoring programs: metrics, results with their intervals, and comparisons on the same examples."""

from nbdspy.data.normalizing import normalize_text
from nbdspy.evaluation.answers import EM, F1, HotPotF1, answer_exact_match, f1, hotpot_f1
from nbdspy.evaluation.comparison import Comparison, compare
from nbdspy.evaluation.confusion import Confusion, confusions
from nbdspy.evaluation.evaluate import Evaluate, ExampleScored, evaluate
from nbdspy.evaluation.intervals import Difference, Interval
from nbdspy.evaluation.judges import CompleteAndGrounded, SemanticF1
from nbdspy.evaluation.matching import exact_match
from nbdspy.evaluation.mathematics import boxed, math_equivalent, math_metric
from nbdspy.evaluation.metrics import METRICS, Metric, metric_named
from nbdspy.evaluation.numbers import gsm8k_metric, number_in
from nbdspy.evaluation.passages import answer_passage_match, gold_titles_found, hover_metric
from nbdspy.evaluation.plotting import plot_scores
from nbdspy.evaluation.results import EvaluationResult, Row
from nbdspy.evaluation.selection import Selection

__all__ = [
    "EM",
    "F1",
    "METRICS",
    "Comparison",
    "CompleteAndGrounded",
    "Confusion",
    "Difference",
    "Evaluate",
    "EvaluationResult",
    "ExampleScored",
    "HotPotF1",
    "Interval",
    "Metric",
    "Row",
    "Selection",
    "SemanticF1",
    "answer_exact_match",
    "answer_passage_match",
    "boxed",
    "compare",
    "confusions",
    "evaluate",
    "exact_match",
    "f1",
    "gold_titles_found",
    "gsm8k_metric",
    "hotpot_f1",
    "hover_metric",
    "math_equivalent",
    "math_metric",
    "metric_named",
    "normalize_text",
    "number_in",
    "plot_scores",
]
