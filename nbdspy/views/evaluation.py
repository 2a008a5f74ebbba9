"""The card of an evaluation: the score with its interval, then where it went wrong."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence

from nbdspy import render
from nbdspy.evaluation import EvaluationResult, Row
from nbdspy.views import cut, examples, figures, tally
from nbdspy.views.drawing import Card, fragments

MOST_FAILED = 3  # among the rows shown, so that failures do not hide the wrong ones
MOST_CATEGORIES = 30
FRAME = "frame"


def card(result: EvaluationResult, *, volatile: bool) -> Card:
    """The answer first; the rows that are not right behind a click."""
    confused = most_confused(result)
    drawn = fragments(
        "evaluation.html",
        result=result,
        facts=[figures.count(result.n, "example"), *tally.facts(result.spent, result.seconds, volatile=volatile)],
        note=f"{figures.between(result.interval)}, 95 % interval, n = {result.n:,}",
        confused=confused and f"{confused[0]} ↔ {confused[1]} ({confused[2]})",
        missed=_missed(result),
        unscored=result.planned - result.n,
        frame=FRAME,
        ran_with=[part for part in (result.lm, result.adapter) if part],
    )
    facts = " · ".join(tally.facts(result.spent, result.seconds, volatile=volatile))
    return Card(fragments=drawn, text="\n".join(filter(None, [result.summary, _counts(result), facts])))


def most_confused(result: EvaluationResult) -> tuple[str, str, int] | None:
    """The two categories that were most often taken for each other, and how often; None unless labels are few."""
    labels = examples.label_names((row.example for row in result.rows), (row.prediction for row in result.rows))
    if len(labels) != 1:
        return None
    pairs = [
        (render.plain(row.example.get(labels[0])), render.plain(row.prediction.get(labels[0])))
        for row in result.rows
        if row.prediction is not None
    ]
    categories = {expected for expected, _ in pairs}
    if len(categories) > min(MOST_CATEGORIES, len(pairs) / 2):
        return None
    mistakes = Counter(tuple(sorted(pair)) for pair in pairs if pair[0] != pair[1] and pair[1] in categories)
    if not mistakes:
        return None
    (one, other), times = min(mistakes.items(), key=lambda item: (-item[1], item[0]))
    return (cut.cell(one), cut.cell(other), times) if times > 1 else None


def _missed(result: EvaluationResult) -> dict[str, object]:
    """The first rows that are not right, the failed ones among them."""
    failed = [row for row in result.rows if row.error is not None]
    wrong = [row for row in result.rows if row.error is None and row.score < 1]
    few = failed[: max(MOST_FAILED, examples.MOST_ROWS - len(wrong))]
    shown = sorted([*few, *wrong][: examples.MOST_ROWS], key=lambda row: row.index)
    every = [row.example for row in result.rows]
    names = examples.input_names(every)
    labels = examples.label_names(every, [row.prediction for row in result.rows])
    partial = any(0 < row.score < 1 for row in result.rows)
    total = len(failed) + len(wrong)
    return {
        "total": total,
        "note": f"{len(shown)} of {total} shown" if len(shown) < total else f"{total}",
        "columns": ["", *names, "expected", "got", *(["score"] if partial else [])],
        "lines": [_line(row, names, labels) for row in shown],
        "partial": partial,
    }


def _line(row: Row, names: Sequence[str], labels: Sequence[str]) -> dict[str, object]:
    return {
        "failed": row.error is not None,
        "values": examples.values(row.example, names),
        "expected": examples.expected(row.example, labels),
        "got": examples.got(row.prediction, labels) if row.error is None else cut.cell(row.error),
        "score": figures.whole(row.score),
    }


def _counts(result: EvaluationResult) -> str:
    confused = most_confused(result)
    reasons = Counter(row.error for row in result.rows if row.error is not None).most_common(1)
    said = [f"{result.right:,} right", f"{result.wrong:,} wrong", f"{result.failed:,} failed"]
    said += [f"mostly with {render.short(reasons[0][0], 90).rstrip('.')}"] if reasons else []
    return ", ".join(said) + (f"; most confused: {confused[0]} and {confused[1]} ({confused[2]})" if confused else "")
