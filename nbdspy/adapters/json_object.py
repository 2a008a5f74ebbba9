"""The JSON layout: inputs under the chat layout's markers, all outputs as one JSON object."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any, get_origin

from nbdspy import render
from nbdspy.adapters.base import Demo
from nbdspy.adapters.chat import ChatAdapter, reminded
from nbdspy.adapters.grammar import grammar, json_rule, quoted
from nbdspy.adapters.live import Reader
from nbdspy.adapters.live_objects import ObjectReader
from nbdspy.adapters.native import TEXT_ONLY, Able
from nbdspy.adapters.objects import in_object
from nbdspy.adapters.replies import reply_alone
from nbdspy.adapters.schemas import reply_schema
from nbdspy.adapters.values import is_given, jsonable
from nbdspy.adapters.wording import base_type, options_of
from nbdspy.models import Shape
from nbdspy.signatures import SignatureType


class JSONAdapter(ChatAdapter):
    """For models that write JSON well. One that can be held to a schema is; the others are told the structure.

    Example:
        >>> from nbdspy.signatures import Signature
        >>> adapter, signature = JSONAdapter(), Signature("question -> answer: int")
        >>> print(adapter.format(signature, [], {"question": "Six times seven?"})[-1]["content"])
        [[ ## question ## ]]
        Six times seven?
        <BLANKLINE>
        Answer with one JSON object that has the fields `answer` (int), in this order.
        >>> adapter.parse(signature, 'Sure! {"answer": 42,}')
        {'answer': 42}
    """

    name = "json"
    calls_natively = True
    use_json_adapter_fallback = False

    def __init__(
        self, callbacks: Sequence[Any] | None = None, use_native_function_calling: bool | None = None,
        parallel_tool_calls: bool | None = None,
    ) -> None:  # fmt: skip
        super().__init__(
            callbacks, use_native_function_calling, use_json_adapter_fallback=False,
            parallel_tool_calls=parallel_tool_calls,
        )  # fmt: skip

    def ask(
        self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any], *, able: Able = TEXT_ONLY
    ) -> dict[str, Any]:
        asked = super().ask(signature, demos, inputs, able=able)
        if able.schema and signature.output_fields:
            any_object = _has_open_object(signature)
            asked["response_format"] = {"type": "json_object"} if any_object else reply_schema(signature)
        return asked

    def shape(self, signature: SignatureType) -> Shape | None:
        pairs = [
            f"{quoted(f'{json.dumps(name, ensure_ascii=False)}: ')} {json_rule(field)}"
            for name, field in signature.output_fields.items()
        ]
        inside = f" {quoted(', ')} ".join(pairs)
        return Shape(grammar=grammar(f"{quoted('{')} {inside} {quoted('}')}"))

    def split(self, signature: SignatureType, text: str) -> Mapping[str, Any]:
        return in_object(signature, reply_alone(signature, text)) or super().split(signature, text)

    def reader(self, signature: SignatureType) -> Reader:
        return ObjectReader(signature)

    def format_field_structure(self, signature: SignatureType) -> str:
        inputs = [f"[[ ## {name} ## ]]\n{{{name}}}" for name in signature.input_fields]
        outputs = json.dumps({name: f"{{{name}}}" for name in signature.output_fields}, indent=2, ensure_ascii=False)
        given = ["Inputs have this structure, with the values in the places of the braces:", *inputs]
        wanted = ["Outputs are one JSON object of this structure:", outputs] if signature.output_fields else []
        return "\n\n".join([*given, *wanted])

    def format_assistant_message_content(
        self, signature: SignatureType, outputs: Mapping[str, Any], missing_field_message: str | None = None
    ) -> str:
        values = {
            name: jsonable(outputs[name]) if is_given(name, field, outputs) else missing_field_message
            for name, field in signature.output_fields.items()
            if is_given(name, field, outputs) or missing_field_message is not None
        }
        return json.dumps(values, indent=2, ensure_ascii=False, default=render.written)

    def tail(self, signature: SignatureType) -> str:
        if not signature.output_fields:
            return ""
        names = ", then ".join(map(reminded, signature.output_fields.values()))
        return f"Answer with one JSON object that has the fields {names}, in this order."


def _has_open_object(signature: SignatureType) -> bool:
    """Whether an output is a dictionary of any keys, which strict schemas cannot say."""
    return any(
        (get_origin(base_type(option)) or base_type(option)) in (dict, Any, object)
        for field in signature.output_fields.values()
        for option in options_of(field.type)
    )
