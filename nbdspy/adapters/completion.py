"""The completion layout: one plain text that a base or small model continues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

from nbdspy.adapters.base import Adapter, Demo, in_order, labelled
from nbdspy.adapters.grammar import LINE, grammar, quoted, value_rule
from nbdspy.adapters.labels import continued
from nbdspy.adapters.live import Reader
from nbdspy.adapters.live_labels import LabelReader
from nbdspy.adapters.native import TEXT_ONLY, Able
from nbdspy.adapters.parts import may_hold_parts
from nbdspy.adapters.replies import in_whole_layout, reply_alone
from nbdspy.adapters.values import written
from nbdspy.adapters.wording import describe_form, literal_choices
from nbdspy.errors import UsageError
from nbdspy.models import Message, Shape
from nbdspy.signatures import Field, SignatureType
from nbdspy.types import swap

RULE = "\n\n---\n\n"
MOST_STOPS = 4  # that OpenAI's servers, and those like them, take
PARAGRAPH = '[^\\n]+ ("\\n" [^\\n]+)*'  # a text goes on until a blank line


class CompletionAdapter(Adapter):
    """For models that continue a text: base models and small ones, which chat markup hurts.

    The blocks are the DSPy paper's (appendix F): instruction, format, demos, inputs. Of the layouts that were measured
    with a small model on several data sets none was better without demos, and listing the values of a Literal, as chat
    models like it, was much worse. The demos come first, though, and not after the format: a small model tends to
    repeat the answer of the demo it has just read, and does so less with the instruction in between.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> demo = {"question": "Is ice cold?", "answer": "yes"}
        >>> print(CompletionAdapter().ask(Signature("question -> answer"), [demo], {"question": "Is fire?"})["prompt"])
        Question: Is ice cold?
        Answer: yes
        <BLANKLINE>
        ---
        <BLANKLINE>
        Given the fields `question`, produce the fields `answer`.
        <BLANKLINE>
        ---
        <BLANKLINE>
        Follow the following format.
        <BLANKLINE>
        Question: ${question}
        Answer: ${answer}
        <BLANKLINE>
        ---
        <BLANKLINE>
        Question: Is fire?
        Answer:
    """

    name = "completion"

    def format(self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]) -> list[Message]:
        raise UsageError(
            "The completion layout has no messages: it is one plain text.", hint="Use ask(…)['prompt'] instead."
        )

    def ask(
        self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any], *, able: Able = TEXT_ONLY
    ) -> dict[str, Any]:
        if may_hold_parts(signature, inputs):
            for name, value in inputs.items():
                swap(value, partial(_refuse, name))
        skeleton = self.skeleton(signature)
        shown = skeleton.demos(demos, lambda values: _blocks(signature, values)) if demos else ""
        query = self.format_inputs(signature, inputs)
        prompt = f"{shown}{skeleton.head}{RULE}{query}\n{skeleton.tail}"
        return {"prompt": prompt, "stop": _stops(signature), "shape": skeleton.shape}

    def shape(self, signature: SignatureType) -> Shape:
        *before, last = signature.output_fields.values()
        values = [value_rule(field, text=LINE) for field in before] + [value_rule(last, text=PARAGRAPH)]
        labels = [" ", *(f"\n{field.title}: " for field in list(signature.output_fields.values())[1:])]
        parts = [f"{quoted(label)} {value}" for label, value in zip(labels, values, strict=True)]
        choices = () if before else tuple(f" {choice}" for choice in literal_choices(last.type))
        end = "" if choices else ' "\\n"'  # without an end in sight a number may go on for ever
        return Shape(grammar=grammar(" ".join(parts) + end), choices=choices)

    def split(self, signature: SignatureType, text: str) -> Mapping[str, Any]:
        answer = reply_alone(signature, text)
        for end in (f"\n{RULE.strip()}", *_next_case(signature)):  # what a model that was not stopped makes up after it
            answer, _, _ = answer.partition(end)
        return in_whole_layout(signature, answer) or continued(signature, answer)

    def reader(self, signature: SignatureType) -> Reader:
        return LabelReader(signature, rule=RULE.strip())

    def head(self, signature: SignatureType) -> str:
        fields = [(field, _placeholder(field)) for field in signature.fields.values()]
        return f"{signature.instructions}{RULE}Follow the following format.\n\n{labelled(fields)}"

    def tail(self, signature: SignatureType) -> str:
        return next(iter(signature.output_fields.values())).title + ":"


def _refuse(name: str, parts: Sequence[Mapping[str, Any]]) -> str:
    kinds = " and ".join(sorted({str(part.get("type")) for part in parts}))
    raise UsageError(
        f"{name!r} holds {kinds}, which the completion layout cannot show: it is one plain text.",
        hint="Choose a model that reads more than text, or set nbdspy.configure(adapter=nbdspy.ChatAdapter()).",
    )


def _next_case(signature: SignatureType) -> tuple[str, ...]:
    """How a small model would go on: with an input of the next case, most often with the first one."""
    return tuple(f"\n{field.title}:" for field in signature.input_fields.values())


def _stops(signature: SignatureType) -> tuple[str, ...]:
    """Where a model is to stop: at the end of the case, or at one of the next, unless it chooses from a list."""
    *before, last = signature.output_fields.values()
    ends = ("\n---", "\n\n")
    return ends if not before and literal_choices(last.type) else (*ends, *_next_case(signature))[:MOST_STOPS]


def _placeholder(field: Field) -> str:
    form = describe_form(field)
    return (field.description or f"${{{field.name}}}") + (f" ({form})" if form else "")


def _blocks(signature: SignatureType, demos: Sequence[Mapping[str, Any]]) -> str:
    return "".join(labelled(written(signature.fields, demo)) + RULE for demo in in_order(signature, demos))
