"""`MultiChainComparison`: weigh several lines of thought, then answer."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbdspy import render
from nbdspy.data import Example, Prediction
from nbdspy.errors import UsageError
from nbdspy.modules.predict import Predict
from nbdspy.modules.stepwise import Stepwise
from nbdspy.runtime import Run, Steps
from nbdspy.signatures import InputField, OutputField, SignatureType, ensure_signature

THOUGHTS = ("rationale", "reasoning")  # the fields that may hold an attempt's line of thought


class MultiChainComparison(Stepwise):
    """Compares several attempts at a question and answers it anew (DSPy paper, section 6; Yoran et al., 2023).

    Args:
        signature: A signature or its short form.
        M: How many attempts are compared.
        temperature: Of the comparison.
        **config: As in Predict.

    A call takes `completions`, the attempts: predictions, dictionaries, or the prediction that holds them all, such as
    `ChainOfThought(..., n=3)` gives. The whole reasoning and every output are shown (DSPy shows the first
    line of the reasoning, and the last output). The comparison's own thoughts come first, as `rationale`.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> attempts = [{"reasoning": "6 * 7", "answer": "42"}, {"reasoning": "A guess.", "answer": "48"}]
        >>> compare = MultiChainComparison("question -> answer", M=2)
        >>> with context(lm=DummyLM([{"rationale": "The first one reckons.", "answer": "42"}])):
        ...     compare(attempts, question="What is six times seven?").answer
        '42'
    """

    def __init__(
        self, signature: SignatureType | str, M: int = 3, temperature: float | None = 0.7, **config: Any
    ) -> None:  # fmt: skip
        if isinstance(M, bool) or not isinstance(M, int) or M < 1:
            raise UsageError(f"M cannot be {M!r}.", hint="It is how many attempts are compared, at least 1.")
        compared = ensure_signature(signature)
        self.M = M
        self.outputs = list(compared.output_fields)
        for number in range(1, M + 1):
            compared = compared.append(f"reasoning_attempt_{number}", InputField("an attempt, which may be wrong"), str)
        thoughts = OutputField("which attempts hold up, what is wrong with the others, and what follows")
        self.predict = Predict(compared.prepend("rationale", thoughts, str), temperature=temperature, **config)

    def steps(self, completions: Any, **inputs: Any) -> Steps[Prediction]:
        if isinstance(completions, str | Mapping) or not isinstance(completions, Iterable):
            raise UsageError(
                f"The attempts to compare cannot be {render.short(repr(completions))}.",
                hint=f"Give a list of {self.M} predictions, or a prediction with {self.M} completions.",
            )
        attempts = list(completions.completions if isinstance(completions, Prediction) else completions)
        if len(attempts) != self.M:
            raise UsageError(
                f"{len(attempts)} attempts were given to compare, and M is {self.M}.",
                hint=f"Give {self.M} completions, or make it with M={len(attempts)}.",
            )
        told = {f"reasoning_attempt_{number}": self._told(one) for number, one in enumerate(attempts, start=1)}
        return (yield Run(self.predict, {**told, **inputs}))  # type: ignore[no-any-return]

    def _told(self, attempt: Any) -> str:
        """An attempt as text: how it was reasoned, and what came out."""
        if not isinstance(attempt, Mapping | Example):
            raise UsageError(
                f"An attempt is {render.short(repr(attempt))}.", hint="Give predictions, or dictionaries of values."
            )
        values = vars(attempt) if isinstance(attempt, Example) else attempt
        if missing := [name for name in self.outputs if name not in values]:
            raise UsageError(f"An attempt has no {missing[0]!r}; it has: {', '.join(values) or 'nothing'}.")
        thoughts = next((values[name] for name in THOUGHTS if name in values), None)
        return "\n".join(_lines(thoughts, {name: values[name] for name in self.outputs}))


def _lines(thoughts: Any, outputs: Mapping[str, Any]) -> Sequence[str]:
    said = [f"{name}: {render.written(value).strip()}" for name, value in outputs.items() if name not in THOUGHTS]
    return said if thoughts is None else [render.written(thoughts).strip(), *said]
