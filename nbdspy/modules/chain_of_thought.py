"""`ChainOfThought`: reason first, then answer."""

from __future__ import annotations

from typing import Any

from nbdspy.data import Prediction
from nbdspy.modules.predict import Predict
from nbdspy.modules.stepwise import Stepwise
from nbdspy.runtime import Run, Steps
from nbdspy.signatures import Field, OutputField, SignatureType, ensure_signature


class ChainOfThought(Stepwise):
    """A predictor whose signature has an output `reasoning` before all others (DSPy paper, section 3.2).

    Args:
        signature: A signature or its short form.
        rationale_field: Another field than `reasoning: str`.
        rationale_field_type: Another type of that field, such as `nbdspy.Reasoning`.
        **config: As in Predict.

    Example:
        >>> ChainOfThought("question -> answer").predict.signature.signature
        'question -> reasoning, answer'
    """

    def __init__(
        self, signature: SignatureType | str, *, rationale_field: Field | None = None,
        rationale_field_type: Any = None, **config: Any,
    ) -> None:  # fmt: skip
        field = OutputField("the steps that lead to the answer") if rationale_field is None else rationale_field
        longer = ensure_signature(signature).prepend(field.name or "reasoning", field, rationale_field_type)
        self.predict = Predict(longer, **config)

    def steps(self, **inputs: Any) -> Steps[Prediction]:
        return (yield Run(self.predict, inputs))  # type: ignore[no-any-return]
