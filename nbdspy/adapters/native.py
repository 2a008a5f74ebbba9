"""What goes to a model, and comes back, beside the text: tools and their calls, reasoning, citations."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, Final, get_args

from nbdspy.adapters.tool_turns import BESIDE
from nbdspy.adapters.wording import base_type
from nbdspy.errors import ParseError
from nbdspy.models import BaseLM, Extras
from nbdspy.signatures import SignatureType
from nbdspy.signatures.signature import make, own_instructions

CITES = "anthropic/"  # the provider whose models cite the documents they are given
EFFORT = "low"  # of native reasoning, when nobody says how hard to think (as the peer)


@dataclass(frozen=True, slots=True, kw_only=True)
class Able:
    """What a model can do besides writing text: call tools, keep to a JSON schema, tell its reasoning, cite."""

    tools: bool = False
    schema: bool = False
    reasoning: bool = False
    citations: bool = False


TEXT_ONLY: Final = Able()


def able(lm: BaseLM | None) -> Able:
    """What a model can do; without a model, only write."""
    if lm is None:
        return TEXT_ONLY
    return _able(
        lm.supports_function_calling, lm.supports_response_schema, lm.supports_reasoning, lm.model.startswith(CITES)
    )


@lru_cache
def _able(tools: bool, schema: bool, reasoning: bool, citations: bool) -> Able:
    """One object for each combination, so that they can be told apart by identity, in every call."""
    made = Able(tools=tools, schema=schema, reasoning=reasoning, citations=citations)
    return TEXT_ONLY if made == TEXT_ONLY else made


@dataclass(frozen=True, slots=True, kw_only=True)
class Native:
    """A signature in two halves: what the text asks for, and the names of what goes beside it."""

    signature: SignatureType
    whole: SignatureType
    tools: str | None = None
    calls: str | None = None
    reasoning: str | None = None
    citations: str | None = None
    in_parallel: bool | None = None

    def without(self, inputs: Mapping[str, Any]) -> dict[str, Any]:
        """The inputs that stay in the text; in earlier turns, calls are set apart that were made beside it."""
        left = {name: value for name, value in inputs.items() if name != self.tools}
        if self.calls is not None:
            from nbdspy.types import History

            for name, value in left.items():
                if isinstance(value, History):
                    left[name] = History(messages=[self._set_apart(turn) for turn in value.messages])
        return left

    def _set_apart(self, turn: Mapping[str, Any]) -> dict[str, Any]:
        return {BESIDE if name == self.calls else name: value for name, value in turn.items()}

    def added(self, asked: dict[str, Any], inputs: Mapping[str, Any]) -> dict[str, Any]:
        """A request with what goes beside its text, which is no longer held to a shape or schema: no call would fit."""
        if self.tools is not None:
            from nbdspy.types import as_openai_tools

            offered = inputs[self.tools]
            asked["tools"] = as_openai_tools(offered if isinstance(offered, list | tuple) else [offered])
            asked.pop("shape", None)
            asked.pop("response_format", None)
            if self.in_parallel is not None:
                asked["parallel_tool_calls"] = self.in_parallel
        if self.reasoning is not None:
            asked.setdefault("reasoning_effort", EFFORT)
        return asked

    def read(
        self, parse: Callable[[SignatureType, str], dict[str, Any]], text: str, extras: Extras
    ) -> dict[str, Any]:  # fmt: skip
        """The outputs of one completion, from its text and from beside it.

        Raises:
            ParseError: When neither holds what the signature asks for.
        """
        values: dict[str, Any] = {}
        if self.signature.output_fields and (text.strip() or not extras.tool_calls):
            values = self._beside_calls(parse, text) if extras.tool_calls else parse(self.signature, text)
        elif not text.strip() and not extras.tool_calls and self.calls is not None:
            raise ParseError(
                f"The reply holds neither a text nor a call of a tool, so there is no value for {self.calls!r}.",
                reply=text, field=self.calls, expected="a call of a tool",
            )  # fmt: skip
        return self.completed(values, extras)

    def _beside_calls(
        self, parse: Callable[[SignatureType, str], dict[str, Any]], text: str
    ) -> dict[str, Any]:  # fmt: skip
        """The outputs of a text beside calls, where models often keep to no layout: it is the only output's, then."""
        try:
            return parse(self.signature, text)
        except ParseError:
            (name, field), *others = self.signature.output_fields.items()
            if others or not (isinstance(field.type, type) and issubclass(field.type, str)) or field.constraints:
                raise
            return {name: field.type(text.strip())}

    def completed(self, values: Mapping[str, Any], extras: Extras) -> dict[str, Any]:
        """All outputs, in the signature's order: those of the text, and those from beside it."""
        return {name: self._value(name, values, extras) for name in self.whole.output_fields}

    def _value(self, name: str, values: Mapping[str, Any], extras: Extras) -> Any:
        if name == self.calls:
            from nbdspy.types import ToolCalls

            return ToolCalls.from_extras(extras.tool_calls) if extras.tool_calls else None
        if name == self.reasoning:
            from nbdspy.types import Reasoning

            return Reasoning(content=extras.reasoning)
        if name == self.citations:
            from nbdspy.types import Citations

            return Citations.from_extras(extras.citations)
        return values.get(name)


def split_off(
    signature: SignatureType, able: Able, *, calls: bool, types: Sequence[type] | None = None,
    in_parallel: bool | None = None,
) -> Native | None:  # fmt: skip
    """The halves of a signature for a model with these abilities; None when all of it is text.

    Args:
        signature: The whole.
        able: What the model can do.
        calls: Whether the adapter wants tools called natively.
        types: Those of outputs that it wants from beside the text; None means all.
        in_parallel: Whether several tools may be called at once; None leaves it to the model.
    """
    if not any(map(_is_special, signature.fields.values())):
        return None
    from nbdspy.types import Citations, Reasoning, Tool, ToolCalls

    def first(fields: Mapping[str, Any], type_: type) -> str | None:
        return next((name for name, field in fields.items() if _is_or_lists(field.type, type_)), None)

    outputs = signature.output_fields
    tools = first(signature.input_fields, Tool) if able.tools and calls else None
    called = first(outputs, ToolCalls) if tools is not None else None
    if called is None:
        tools = None  # tools that nobody asks to be called are told in the text
    reasoning = first(outputs, Reasoning) if able.reasoning and (types is None or Reasoning in types) else None
    citations = first(outputs, Citations) if able.citations and (types is None or Citations in types) else None
    gone = {tools, called, reasoning, citations} - {None}
    if not gone:
        return None
    left = {name: field for name, field in signature.fields.items() if name not in gone}
    text_half = make(left, own_instructions(signature), name=signature.__name__, is_whole=False)
    return Native(
        signature=text_half, whole=signature, tools=tools, calls=called, reasoning=reasoning, citations=citations,
        in_parallel=in_parallel,
    )  # fmt: skip


def _is_special(field: Any) -> bool:
    """Whether a field's type may be one of ours; tells without loading them."""
    kinds = (base_type(field.type), *get_args(base_type(field.type)))
    return any(getattr(kind, "__module__", "").startswith("nbdspy.types") for kind in kinds)


def _is_or_lists(annotation: Any, type_: type) -> bool:
    annotation = base_type(annotation)
    kinds = (annotation, *map(base_type, get_args(annotation)))
    return any(isinstance(kind, type) and issubclass(kind, type_) for kind in kinds)
