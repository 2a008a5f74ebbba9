"""`majority`: the answer that most completions give."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from nbdspy import render
from nbdspy.data import Completions, Example, Prediction
from nbdspy.data.normalizing import normalize_text
from nbdspy.errors import UsageError, did_you_mean


def as_vote(answer: Any) -> Any:
    """What an answer counts as: a text without regard to case, punctuation and articles; None for one that is empty.

    A text of nothing but articles or punctuation counts as it stands (DSPy ignores the answers "a" and "the").

    Example:
        >>> as_vote("The Beatles!"), as_vote("A"), as_vote(" "), as_vote(42)
        ('beatles', 'a', None, 42)
    """
    if not isinstance(answer, str):
        return answer
    return normalize_text(answer) or " ".join(answer.lower().split()) or None


def majority(
    prediction_or_completions: Prediction | Completions | Sequence[Any],
    normalize: Callable[[Any], Any] | None = as_vote,
    field: str | None = None,
) -> Prediction:
    """The first completion that gives the most common answer; among equally common ones the earliest.

    Args:
        prediction_or_completions: A prediction with its completions, or a list of predictions or dictionaries.
        normalize: What an answer counts as; what counts as None is ignored, unless all do. None compares them as they
            are.
        field: Whose values are counted; by default the last one.

    Raises:
        UsageError: When there is no completion, or one lacks the field.

    Example:
        >>> majority([{"answer": "Paris"}, {"answer": "Rome"}, {"answer": "rome."}]).answer
        'Rome'
    """
    rows = [_values(row) for row in _completions(prediction_or_completions)]
    if not rows:
        raise UsageError("There is no completion to count.", hint="Give a prediction, or a list of at least one.")
    name = field or next(reversed(list(rows[0])), "")
    for row in rows:
        if name not in row:
            raise UsageError(
                f"A completion has no {name!r}; it has: {', '.join(row) or 'nothing'}.", hint=did_you_mean(name, row)
            )
    votes = [row[name] if normalize is None else normalize(row[name]) for row in rows]
    counted = [vote for vote in votes if vote is not None] or votes
    winner = max(counted, key=counted.count)  # by equality: a vote may be a list
    return Prediction.from_completions([rows[votes.index(winner)]], chosen_from=_sources(prediction_or_completions))


def _completions(given: Any) -> Any:
    if isinstance(given, Prediction):
        return given.completions
    if isinstance(given, Completions | list | tuple):
        return given
    raise UsageError(
        f"{render.short(repr(given))} is {render.kind(given)}.", hint="Give a prediction or a list of completions."
    )


def _sources(given: Any) -> list[Prediction]:
    """What programs gave of it; completions do not tell whose they are."""
    if isinstance(given, Completions):
        return []
    return [each for each in ([given] if isinstance(given, Prediction) else given) if isinstance(each, Prediction)]


def _values(row: Any) -> Mapping[str, Any]:
    if isinstance(row, Example):
        return vars(row)
    if isinstance(row, Mapping):
        return row
    raise UsageError(f"A completion is {render.short(repr(row))}.", hint="Give predictions, or dictionaries of values.")
