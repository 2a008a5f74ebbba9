"""The chat layout: fields under `[[ ## name ## ]]` markers, demos as turns of a conversation."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.adapters.base import Adapter, Demo, in_order, written
from nbdspy.adapters.grammar import grammar, quoted, value_rule
from nbdspy.adapters.wording import describe_parts, describe_type
from nbdspy.models import Message, Shape
from nbdspy.signatures import Field, SignatureType

MARKER = re.compile(r"^[^\S\n]*\[\[ ## (\w+) ## \]\]", re.MULTILINE)
UNFINISHED = re.compile(r"^[^\S\n]*\[\[ ##[ #\w]*\]?\s*\Z", re.MULTILINE)  # a marker that the end of the reply cuts off
COMPLETED = "[[ ## completed ## ]]"
NOT_SUPPLIED = "Not supplied for this example."


class ChatAdapter(Adapter):
    """For models that were trained to chat; the layout of the peer, so that its compiled programs behave the same.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> messages = ChatAdapter().format(Signature("question -> answer"), [], {"question": "Why?"})
        >>> print(messages[-1]["content"])
        [[ ## question ## ]]
        Why?
        <BLANKLINE>
        Answer with the fields `answer`, each under its marker, then `[[ ## completed ## ]]`.
    """

    name = "chat"

    def format(self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]) -> list[Message]:
        """The messages: what to do, the demos as turns, the current inputs."""
        skeleton = self.skeleton(signature)
        messages: list[Message] = [{"role": "system", "content": skeleton.head}]
        if demos:
            turns = skeleton.demos(demos, lambda values: _turns(signature, values))
            messages += map(dict, turns)  # copies: what a caller does to them stays out of what is kept
        query = _marked(written(signature.input_fields, inputs))
        messages.append({"role": "user", "content": f"{query}\n\n{skeleton.tail}"})
        return messages

    def ask(self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]) -> dict[str, Any]:
        return {"messages": self.format(signature, demos, inputs), "shape": self.skeleton(signature).shape}

    def shape(self, signature: SignatureType) -> Shape:
        many_lines = '([^\\n[] | "[" [^\\n[]) ([^[] | "[" [^[])*'  # a text may go on, but not into the next marker
        fields = [
            f"{quoted(f'[[ ## {name} ## ]]' + chr(10))} {value_rule(field, text=many_lines)} {quoted(chr(10))}"
            for name, field in signature.output_fields.items()
        ]
        return Shape(grammar=grammar(" ".join([*fields, quoted(COMPLETED)])))

    def split(self, signature: SignatureType, text: str) -> Mapping[str, str]:
        found: dict[str, str] = {}
        if "]]" not in text[text.rfind("[[") :]:
            text = UNFINISHED.sub("", text)
        markers = list(MARKER.finditer(text))
        for marker, following in zip(markers, [*markers[1:], None], strict=False):  # without a marker, no pairs
            name = marker.group(1)
            end = following.start() if following else len(text)
            if name in signature.output_fields and name not in found:
                found[name] = text[marker.end() : end].strip()
        return found

    def head(self, signature: SignatureType) -> str:
        structure = [f"[[ ## {name} ## ]]\n{{{name}}}" for name in signature.fields]
        return "\n\n".join(
            [
                "You are given these input fields:\n" + _listed(signature.input_fields),
                "You write these output fields:\n" + _listed(signature.output_fields),
                "Every message has this structure, with the values in the places of the braces:",
                *structure,
                COMPLETED,
                "Your task:\n" + signature.instructions,
            ]
        )

    def tail(self, signature: SignatureType) -> str:
        names = ", then ".join(
            f"`{name}`" + ("" if field.type is str else f" ({describe_type(field.type)})")
            for name, field in signature.output_fields.items()
        )
        return f"Answer with the fields {names}, each under its marker, then `{COMPLETED}`."


def _turns(signature: SignatureType, demos: Sequence[Mapping[str, Any]]) -> list[Message]:
    return [turn for demo in in_order(signature, demos) for turn in _turn(signature, demo)]


def _turn(signature: SignatureType, values: Mapping[str, Any]) -> list[Message]:
    outputs = {name: values.get(name) for name in signature.output_fields}
    incomplete = any(values.get(name) is None for name in signature.fields)
    note = "This is an example of the task, though some fields are not supplied.\n\n" if incomplete else ""
    answers = {name: NOT_SUPPLIED if value is None else value for name, value in outputs.items()}
    return [
        {"role": "user", "content": note + _marked(written(signature.input_fields, values))},
        {"role": "assistant", "content": _marked(written(signature.output_fields, answers)) + f"\n\n{COMPLETED}\n"},
    ]


def _marked(values: Sequence[tuple[Field, str]]) -> str:
    return "\n\n".join(f"[[ ## {field.name} ## ]]\n{text}" for field, text in values)


def _listed(fields: Mapping[str, Field]) -> str:
    lines = []
    for number, field in enumerate(fields.values(), 1):
        constraints = "".join(f"; {name.replace('_', ' ')} {value}" for name, value in field.constraints.items())
        described = f": {field.description}" if field.description else ""
        parts = describe_parts(field)
        schema = f" (JSON of this schema: {parts})" if parts else ""
        lines.append(f"{number}. `{field.name}` ({describe_type(field.type)}{constraints}){described}{schema}")
    return "\n".join(lines)
