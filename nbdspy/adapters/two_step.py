"""Two steps: one model answers in free prose, another one reads the outputs out of it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.adapters.base import Demo, Rows, check_refused
from nbdspy.adapters.chat import ChatAdapter, listed
from nbdspy.adapters.conversation import ConversationAdapter
from nbdspy.adapters.native import able
from nbdspy.adapters.values import written
from nbdspy.errors import UsageError
from nbdspy.models import BaseLM, Reply, Shape
from nbdspy.runtime import Ask, Steps
from nbdspy.signatures import Field, SignatureType
from nbdspy.signatures.signature import make

ANSWER = "answer_in_prose"
EXTRACT = "Read the output fields out of an answer that was written in prose. Take over what it says; add nothing."


class TwoStepAdapter(ConversationAdapter):
    """For reasoning models, whose answers suffer when they must keep to a format. Each call is two.

    Args:
        extraction_model: Reads the outputs out of the prose; a small one will do.
        adapter: How it is asked; by default the chat layout.
        **options: `callbacks` and what else `Adapter` takes, for the first step.

    Raises:
        UsageError: When the extraction model is no LM.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> from nbdspy.testing import DummyLM, FakeLM
        >>> adapter = TwoStepAdapter(DummyLM([{"answer": "42"}]))
        >>> thinker = FakeLM(lambda request: "Six sevens are 42, so that is it.")
        >>> adapter(thinker, {}, Signature("question -> answer: int"), [], {"question": "Six times seven?"})
        [{'answer': 42}]
    """

    name = "two_step"

    def __init__(self, extraction_model: BaseLM, *, adapter: ChatAdapter | None = None, **options: Any) -> None:
        super().__init__(**options)
        if not isinstance(extraction_model, BaseLM):
            raise UsageError(
                f"The extraction model is {extraction_model!r}, which is no LM.", hint="Give nbdspy.LM(...)."
            )
        self.extraction_model = extraction_model
        self.extractor = ChatAdapter() if adapter is None else adapter

    def steps(
        self, lm: BaseLM, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any],
        config: Mapping[str, Any],
    ) -> Steps[Rows]:  # fmt: skip
        asked = self.request(lm, signature, demos, inputs)
        reply: Reply = yield Ask(lm, lm.request(**{**asked, **config}))
        check_refused(reply)
        native = self._native(signature, able(lm))
        wanted = _extraction(signature if native is None else native.signature)
        rows = []
        for number, text in enumerate(reply.texts or ("",)):
            values: dict[str, Any] = {}
            if wanted is not None and (text.strip() or not reply.extra(number).tool_calls):
                (values,) = yield from self.extractor.steps(self.extraction_model, wanted, [], {ANSWER: text}, {})
            rows.append(values if native is None else native.completed(values, reply.extra(number)))
        return rows

    def shape(self, signature: SignatureType) -> Shape | None:
        return None

    def split(self, signature: SignatureType, text: str) -> Mapping[str, Any]:
        raise UsageError(
            "An answer in prose has to be read by the extraction model.", hint="Call the adapter, or a program with it."
        )

    def format_field_description(self, signature: SignatureType) -> str:
        given = f"You are given:\n{listed(signature.input_fields)}"
        wanted = f"Find out:\n{listed(signature.output_fields)}"
        return f"{given}\n\n{wanted}" if signature.output_fields else given

    def format_field_structure(self, signature: SignatureType) -> str:
        return "Answer in your own words, in plain text; no format is asked for. Say clearly what each result is."

    def format_inputs(self, signature: SignatureType, inputs: Mapping[str, Any]) -> str:
        return _lines(written(signature.input_fields, inputs))

    def format_assistant_message_content(
        self, signature: SignatureType, outputs: Mapping[str, Any], missing_field_message: str | None = None
    ) -> str:
        return _lines(written(signature.output_fields, outputs, missing_field_message))


def _extraction(signature: SignatureType) -> SignatureType | None:
    """The second step's task; None when nothing is left to read."""
    if not signature.output_fields:
        return None
    answer = Field(role="input", name=ANSWER, description="the answer to read")
    return make({ANSWER: answer, **signature.output_fields}, f"{EXTRACT}\n\nWhat was asked:\n{signature.instructions}")


def _lines(values: Sequence[tuple[Field, str]]) -> str:
    return "\n\n".join(f"{field.title}: {text}" for field, text in values)
