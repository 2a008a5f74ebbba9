"""What a search found: does it hold the answer, are the right pages among it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from nbdspy import render
from nbdspy.data import Example, Prediction
from nbdspy.data.normalizing import normalize_text
from nbdspy.errors import DataError
from nbdspy.evaluation.answers import accepted_answers
from nbdspy.evaluation.columns import output

_PLACES = ("context", "retrieved_docs", "passages")  # what programs call what they found, the commonest first


def answer_passage_match(example: Example, pred: Prediction, trace: Any = None) -> bool:
    """Whether one of the passages in the prediction's `context` holds an answer of the example, as whole words.

    Raises:
        DataError: When the example has no answer, or the program returns no passages.

    Example:
        >>> found = Prediction(context=["Paris | Paris is the capital of France."])
        >>> answer_passage_match(Example(answer="the capital of France"), found)
        True
    """
    answers = [answer for answer in map(normalize_text, accepted_answers(example)) if answer]
    passages = [f" {normalize_text(passage)} " for passage in passages_of(pred)]
    return any(f" {answer} " in passage for answer in answers for passage in passages)


def gold_titles_found(example: Example, prediction: Prediction, trace: Any = None) -> bool:
    """Whether the pages named in the example's `gold_titles` are all among the passages that the program found.

    A passage's title is what stands before its first " | ", or its value `title`.

    Raises:
        DataError: When the example names no titles, or the program returns no passages.

    Example:
        >>> found = Prediction(context=["Ed Wood | A film director.", "Plan 9 | A film."])
        >>> gold_titles_found(Example(gold_titles=["Ed Wood", "Plan 9"]), found)
        True
    """
    return _wanted(example) <= _titles(passages_of(prediction))


def hover_metric(example: Example, prediction: Prediction, trace: Any = None) -> bool:
    """`gold_titles_found` among the first 21 passages: HoVer's measure, which finds 7 in each of 3 hops."""
    return _wanted(example) <= _titles(passages_of(prediction)[:21])


def passages_of(prediction: Prediction) -> list[str]:
    """The passages that a program returned, as texts that begin with the title if they have one.

    Raises:
        DataError: When it returned none, or something else.
    """
    found = output(prediction, *_PLACES)
    if found is None:
        return []
    if not isinstance(found, Iterable):
        raise DataError(f"The passages are {render.kind(found)}: {found!r:.60}.", hint="Return a list of texts.")
    return [_text(passage) for passage in ([found] if isinstance(found, str | Mapping) else found)]


def _text(passage: Any) -> str:
    if isinstance(passage, Mapping | Example):
        title, text = passage.get("title"), passage.get("text") or passage.get("long_text") or ""
        return str(text) if title is None else f"{title} | {text}"
    return str(passage)


def _wanted(example: Example) -> set[str]:
    return {normalize_text(title) for title in accepted_answers(example, "gold_titles")}


def _titles(passages: Iterable[str]) -> set[str]:
    return {normalize_text(passage.split(" | ")[0]) for passage in passages}
