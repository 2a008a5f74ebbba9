"""The completion layout: one plain text that a base or small model continues."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.adapters.base import Adapter, Demo, in_order, written
from nbdspy.adapters.grammar import LINE, grammar, quoted, value_rule
from nbdspy.adapters.values import literal_choices
from nbdspy.models import Shape
from nbdspy.signatures import Field, SignatureType

PARAGRAPH = '[^\\n]+ ("\\n" [^\\n]+)*'  # a text goes on until a blank line


class CompletionAdapter(Adapter):
    """For models that continue a text: base models and small ones, which chat markup hurts.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> demo = {"question": "Is ice cold?", "answer": "yes"}
        >>> print(CompletionAdapter().ask(Signature("question -> answer"), [demo], {"question": "Is fire?"})["prompt"])
        Given the fields `question`, produce the fields `answer`.
        <BLANKLINE>
        Question: Is ice cold?
        Answer: yes
        <BLANKLINE>
        Question: Is fire?
        Answer:
    """

    name = "completion"

    def ask(self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]) -> dict[str, Any]:
        skeleton = self.skeleton(signature)
        blocks = [skeleton.head]
        if demos:
            blocks += skeleton.demos(in_order(signature, demos), lambda values: _block(signature.fields, values))
        first = next(iter(signature.output_fields.values()))
        blocks.append(f"{_block(signature.input_fields, inputs)}\n{first.title}:")
        return {"prompt": "\n\n".join(blocks), "stop": ("\n\n",), "shape": skeleton.shape}

    def shape(self, signature: SignatureType) -> Shape:
        *before, last = signature.output_fields.values()
        outputs = [value_rule(field, text=LINE) for field in before] + [value_rule(last, text=PARAGRAPH)]
        labels = [" ", *(f"\n{field.title}: " for field in [*before[1:], last][: len(before)])]
        parts = [f"{quoted(label)} {rule}" for label, rule in zip(labels, outputs, strict=True)]
        choices = () if before else tuple(f" {choice}" for choice in literal_choices(last.type))
        return Shape(grammar=grammar(" ".join(parts)), choices=choices)

    def split(self, signature: SignatureType, text: str) -> Mapping[str, str]:
        fields = list(signature.output_fields.values())
        found: dict[str, str] = {}
        rest = text.strip().removeprefix(f"{fields[0].title}:")
        for field, following in zip(fields, [*fields[1:], None], strict=True):
            value, label, rest = rest.partition(f"\n{following.title}:") if following else (rest, "", "")
            if value.strip():
                found[field.name] = value.strip()
            if following and not label:
                break
        return found

    def head(self, signature: SignatureType) -> str:
        return signature.instructions


def _block(fields: Mapping[str, Field], values: Mapping[str, Any]) -> str:
    return "\n".join(f"{field.title}: {text}" for field, text in written(fields, values))
