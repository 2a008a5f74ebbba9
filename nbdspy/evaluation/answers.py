"""Answers in a few words, compared as SQuAD and HotPotQA compare them: by exact match, by common words."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Sequence
from typing import Any

from nbdspy.data import Example, Prediction
from nbdspy.data.normalizing import normalize_text
from nbdspy.errors import DataError, UsageError
from nbdspy.evaluation.columns import answer_name, label, output

_NO_OVERLAP = {"yes", "no", "noanswer"}  # one word off is wrong, not half right


def answer_exact_match(example: Example, pred: Prediction, trace: Any = None, frac: float = 1.0) -> bool:
    """Whether the answer is one of the example's, by SQuAD's reading of texts (DSPy's metric of this name).

    Args:
        example: Its `answer` is a text, or a list of texts that all count as right.
        pred: Its `answer`. Where neither has one, the only label that the program gives is compared.
        trace: Not looked at.
        frac: Below 1, the least share of common words (F1) with one of the example's answers.

    Raises:
        DataError: When the example has no answer, or the program gives none.
        UsageError: When `frac` is no share.

    Example:
        >>> answer_exact_match(Example(answer=["The Beatles", "Beatles"]), Prediction(answer="the beatles!"))
        True
    """
    if not 0 <= frac <= 1:
        raise UsageError(f"frac is {frac!r}.", hint="It is a share from 0 to 1.")
    given, accepted = _compared(example, pred)
    return EM(given, accepted) if frac == 1 else F1(given, accepted) >= frac


def f1(example: Example, prediction: Prediction, trace: Any = None) -> float:
    """The overlap of the answer's words with the example's: the harmonic mean of precision and recall."""
    return F1(*_compared(example, prediction))


def hotpot_f1(example: Example, prediction: Prediction, trace: Any = None) -> float:
    """As `f1`, but yes, no and noanswer are right or wrong as a whole."""
    return HotPotF1(*_compared(example, prediction))


def EM(prediction: str | None, answers_list: str | Sequence[str]) -> bool:
    """Whether a text is one of the accepted ones, once both are normalized."""
    return bool(_best(lambda given, accepted: float(given == accepted), prediction, answers_list))


def F1(prediction: str | None, answers_list: str | Sequence[str]) -> float:
    """The best overlap of a text's words with those of an accepted one, from 0 to 1.

    Example:
        >>> F1("Paris, France", ["in Paris", "Paris"])
        0.6666666666666666
    """
    return _best(_overlap, prediction, answers_list)


def HotPotF1(prediction: str | None, answers_list: str | Sequence[str]) -> float:
    """As `F1`, but yes, no and noanswer are right or wrong as a whole.

    Example:
        >>> HotPotF1("no, never", "no"), F1("no, never", "no")
        (0.0, 0.6666666666666666)
    """

    def overlap(given: str, accepted: str) -> float:
        return float(given == accepted) if {given, accepted} & _NO_OVERLAP else _overlap(given, accepted)

    return _best(overlap, prediction, answers_list)


def accepted_answers(example: Example, name: str = "answer") -> list[str]:
    """The texts that all count as right: the example's answer, or each of a list.

    Raises:
        DataError: When the example has none.
    """
    expected = label(example, name)
    if hasattr(expected, "tolist"):  # an array, as Parquet files hold lists
        expected = expected.tolist()
    several = isinstance(expected, list | tuple | set | frozenset)
    accepted = [str(answer) for answer in (expected if several else [expected])]
    if not accepted:
        raise DataError(f"The example accepts no {name} at all: its list is empty.", hint="Drop such rows.")
    return accepted


def _compared(example: Example, prediction: Prediction) -> tuple[Any, list[str]]:
    name = answer_name(example, prediction)
    accepted = accepted_answers(example, name)
    return output(prediction, name), accepted


def _best(
    compare: Callable[[str, str], float], prediction: Any, answers_list: str | Iterable[str]
) -> float:  # fmt: skip
    accepted = [answers_list] if isinstance(answers_list, str) else list(answers_list)
    if not accepted:
        raise UsageError("There is no answer to compare with: the list is empty.", hint="Give at least one text.")
    given = normalize_text("" if prediction is None else str(prediction))
    return max(compare(given, normalize_text(str(answer))) for answer in accepted)


def _overlap(given: str, accepted: str) -> float:
    """F1 of two normalized texts' words; two empty texts are the same."""
    given_words, accepted_words = given.split(), accepted.split()
    if not given_words or not accepted_words:
        return float(given_words == accepted_words)
    common = sum((Counter(given_words) & Counter(accepted_words)).values())
    return 2 * common / (len(given_words) + len(accepted_words))
