"""What makes a result worth less than it looks, said in one line each."""

from __future__ import annotations

from collections.abc import Sequence

from nbdspy import render
from nbdspy.data import Example
from nbdspy.errors import ended
from nbdspy.models.redaction import redact
from nbdspy.optimizers.results import Result

FEWEST = 10  # training examples: the papers and DSPy's guide ask for some tens
MAY_BE_CHANCE = "The gain on the validation examples may be chance"


def of_the_trainset(trainset: Sequence[Example], *, apart: int = 0) -> list[str]:
    """That there is too little to learn from; `apart` more were given, which choose."""
    if len(trainset) >= FEWEST:
        return []
    are = "is only 1 training example" if len(trainset) == 1 else f"are only {len(trainset)} training examples"
    if apart:
        are += f" beside the {apart} of {len(trainset) + apart} that were set apart to choose by"
    return [f"There {are}, too few to learn from and to choose among; give at least {FEWEST}, better some tens."]


def of_the_scores(result: Result) -> list[str]:
    """That examples failed, that the metric tells no program from another, and that the gain is within noise."""
    return [*_failed(result), *_constant(result), *_chance(result)]


def _failed(result: Result) -> list[str]:
    """In the program that went in, or else in the best; a candidate that fails is only a worse one."""
    named = {"the program that went in": result.base_trial, "the best program": result.best_trial}
    for program, trial in named.items():
        if trial is not None and trial.evaluation.failed:
            found = trial.evaluation
            first = next(row.error for row in found.rows if row.error is not None)
            counts = "and counts 0; it" if found.failed == 1 else "and count 0; the first"
            said = ended(render.short(redact(first), 200))
            return [f"{found.failed} of {found.n} validation examples failed in {program}, {counts} said: {said}"]
    return []


def _constant(result: Result) -> list[str]:
    rows = [row for trial in result.tried for row in trial.evaluation.rows]
    scores = {row.score for row in rows}
    if result.stopped or len(result.tried) < 2 or len(rows) < FEWEST or len(scores) != 1:
        return []
    same = f"{result.metric} gave every answer of every trial the same score, {scores.pop():g}"
    return [f"{same}, so nothing could be chosen by it; is it the right metric, and does it read the right fields?"]


def _chance(result: Result) -> list[str]:
    found = result.difference
    if result.best is result.base or found is None or found.sure:
        return []
    gain, low, high = (f"{100 * points:+.1f}" for points in (found.mean, found.low, found.high))
    return [f"{MAY_BE_CHANCE}: {gain} points, and the 95 % interval of {low} to {high} holds 0."]
