"""The chat layout: fields under `[[ ## name ## ]]` markers, demos as turns of a conversation."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy import events
from nbdspy.adapters.base import Demo, Rows
from nbdspy.adapters.conversation import ConversationAdapter
from nbdspy.adapters.grammar import grammar, quoted, value_rule
from nbdspy.adapters.live import Reader
from nbdspy.adapters.live_markers import MarkerReader
from nbdspy.adapters.markers import COMPLETED, in_markers, marked
from nbdspy.adapters.replies import in_other_layouts, reply_alone
from nbdspy.adapters.values import written
from nbdspy.adapters.wording import describe_form, describe_type
from nbdspy.errors import ParseError
from nbdspy.models import BaseLM, Shape
from nbdspy.runtime import Steps
from nbdspy.signatures import Field, SignatureType

_BREAK = '"\\n" "\\n"?'  # demonstrations have an empty line before a marker, and models that write none are right too


@dataclass(frozen=True, kw_only=True)
class AskedAgain(events.Remark):
    """A reply could not be read, and the model is asked once more in another layout."""

    signature: SignatureType
    error: ParseError
    adapter: str

    @property
    def text(self) -> str:
        """Which layout, and what could not be read."""
        return f"asked again for {self.adapter}: {self.error.message}"


class ChatAdapter(ConversationAdapter):
    """For models that were trained to chat; the layout of the peer, so that its compiled programs behave the same.

    A line of a value that looks like a marker is written with a backslash before it, and read without. White space
    around a value is not kept.

    Args:
        callbacks: Like the next two and the last as `Adapter` has them.
        use_native_function_calling: See `Adapter`.
        native_response_types: See `Adapter`.
        use_json_adapter_fallback: Ask once more in the JSON layout when a reply cannot be read; one call becomes two.
        parallel_tool_calls: See `Adapter`.

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
    use_json_adapter_fallback = True

    def __init__(
        self, callbacks: Sequence[Any] | None = None, use_native_function_calling: bool | None = None,
        native_response_types: Sequence[type] | None = None, use_json_adapter_fallback: bool = True,
        parallel_tool_calls: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(callbacks, use_native_function_calling, native_response_types, parallel_tool_calls)
        self.use_json_adapter_fallback = use_json_adapter_fallback

    def steps(
        self, lm: BaseLM, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any],
        config: Mapping[str, Any],
    ) -> Steps[Rows]:  # fmt: skip
        try:
            return (yield from super().steps(lm, signature, demos, inputs, config))
        except ParseError as error:
            if not self.use_json_adapter_fallback:
                raise
            unread = error
        from nbdspy.adapters.json_object import JSONAdapter  # which is a ChatAdapter

        if events.heard(AskedAgain):
            events.emit(AskedAgain(signature=signature, error=unread, adapter=JSONAdapter.name))
        again = JSONAdapter(None, self.use_native_function_calling, self.parallel_tool_calls)
        again.native_response_types = self.native_response_types
        try:
            return (yield from again.steps(lm, signature, demos, inputs, config))
        except ParseError as error:
            unread.message = f"{unread.message} (asked again for JSON, the model did no better)"
            raise unread from error

    def shape(self, signature: SignatureType) -> Shape | None:
        many_lines = '([^\\n[] | "[" [^\\n[]) ([^[] | "[" [^[])*'  # a text may go on, but not into the next marker
        fields = [
            f"{quoted(f'[[ ## {name} ## ]]' + chr(10))} {value_rule(field, text=many_lines)} {_BREAK}"
            for name, field in signature.output_fields.items()
        ]
        return Shape(grammar=grammar(" ".join([*fields, quoted(COMPLETED)])))

    def split(self, signature: SignatureType, text: str) -> Mapping[str, Any]:
        text = reply_alone(signature, text)
        return in_markers(signature, text) or in_other_layouts(signature, text)

    def reader(self, signature: SignatureType) -> Reader:
        return MarkerReader(signature)

    def format_field_description(self, signature: SignatureType) -> str:
        sides = {"given": signature.input_fields, "write": signature.output_fields}
        told = {"given": "You are given these input fields:", "write": "You write these output fields:"}
        return "\n\n".join(f"{told[side]}\n{listed(fields)}" for side, fields in sides.items() if fields)

    def format_field_structure(self, signature: SignatureType) -> str:
        structure = [f"[[ ## {name} ## ]]\n{{{name}}}" for name in signature.fields]
        intro = "Every message has this structure, with the values in the places of the braces:"
        return "\n\n".join([intro, *structure, COMPLETED])

    def format_inputs(self, signature: SignatureType, inputs: Mapping[str, Any]) -> str:
        return marked(written(signature.input_fields, inputs))

    def format_assistant_message_content(
        self, signature: SignatureType, outputs: Mapping[str, Any], missing_field_message: str | None = None
    ) -> str:
        return marked(written(signature.output_fields, outputs, missing_field_message)) + f"\n\n{COMPLETED}\n"

    def tail(self, signature: SignatureType) -> str:
        if not signature.output_fields:
            return ""
        names = ", then ".join(map(reminded, signature.output_fields.values()))
        return f"Answer with the fields {names}, each under its marker, then `{COMPLETED}`."


def reminded(field: Field) -> str:
    """An output as the last line of a prompt names it: with its type, where that is not plain text."""
    return f"`{field.name}`" + ("" if field.type is str else f" ({describe_type(field.type)})")


def listed(fields: Mapping[str, Field]) -> str:
    """Fields as a numbered list: name, type and constraints, description, schema."""
    lines = []
    for number, field in enumerate(fields.values(), 1):
        constraints = "".join(f"; {name.replace('_', ' ')} {value}" for name, value in field.constraints.items())
        described = f": {field.description}" if field.description else ""
        form = f" ({form})" if (form := describe_form(field)) else ""
        lines.append(f"{number}. `{field.name}` ({describe_type(field.type)}{constraints}){described}{form}")
    return "\n".join(lines)
