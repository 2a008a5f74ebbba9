"""Scoring a candidate in growing blocks, until it is surely worse than the best so far."""

from __future__ import annotations

from collections.abc import Callable, Sequence

from nbdspy.evaluation import Difference, EvaluationResult

BLOCK = 20  # examples before the first look; few enough to save calls, enough for an interval to mean something


Score = Callable[[Sequence[int], EvaluationResult | None], EvaluationResult]
"""Adds the scores on some examples to those before; a result with fewer rows means that the run was stopped."""


def race(score: Score, indices: Sequence[int], leader: EvaluationResult | None) -> EvaluationResult:
    """Score on the examples in their order; stop early when the leader is surely better on the same ones.

    Looks are at 20 examples, then at twice as many each time: the more often one looks, the more often chance decides,
    and the longer calls that could be out wait for a verdict. "Surely" is a paired 95 % interval that leaves out zero.
    The source of the DSPy paper wishes for such an elimination; it changes which candidates are scored to the end, and
    none of the scores.

    Args:
        score: Scores the candidate on the next examples.
        indices: Which validation examples, by their places, in an order that says nothing of them.
        leader: The evaluation of the best so far on all of them; None scores to the end.
    """
    wanted = min(BLOCK if leader is not None else len(indices), len(indices))
    found = score(indices[:wanted], None)
    while found.n == wanted < len(indices) and not (leader is not None and _surely_worse(found, leader)):
        wanted = min(2 * wanted, len(indices))
        found = score(indices[found.n : wanted], found)
    return found


def _surely_worse(found: EvaluationResult, leader: EvaluationResult) -> bool:
    theirs = {row.index: row.score for row in leader.rows}
    before = [theirs[row.index] for row in found.rows]
    return Difference.of_pairs(before, [row.score for row in found.rows]).high < 0
