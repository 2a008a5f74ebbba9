"""What the layouts for chat models share: the order of the messages, demos and history as turns, content parts."""

from __future__ import annotations

import sys
import weakref
from collections.abc import Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbdspy import render
from nbdspy.adapters.base import Adapter, Demo, in_order
from nbdspy.adapters.kinds import kind_of
from nbdspy.adapters.native import TEXT_ONLY, Able
from nbdspy.adapters.parts import Parts, may_hold_parts
from nbdspy.adapters.tool_turns import BESIDE, RESULTS, TOLD, beside, calls_of, marked, with_pictures_after
from nbdspy.data import Example
from nbdspy.errors import UsageError
from nbdspy.models import Message
from nbdspy.signatures import SignatureType
from nbdspy.signatures.signature import make, own_instructions

if TYPE_CHECKING:
    from nbdspy.types import ToolCalls

INCOMPLETE = "This is an example of the task, though some fields are not supplied."
NOT_SUPPLIED = "Not supplied for this example."

_shortened: weakref.WeakKeyDictionary[SignatureType, dict[str, SignatureType]] = weakref.WeakKeyDictionary()


class ConversationAdapter(Adapter):
    """A system message with the task, demos and earlier turns as a conversation, and the inputs last.

    A subclass says how fields are laid out: in the system message (`format_field_description`,
    `format_field_structure`, `format_task_description`), in a user's turn (`format_user_message_content`) and in the
    model's (`format_assistant_message_content`); the names are the peer's.
    """

    def format(self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]) -> list[Message]:
        """The messages: what to do, the demos as turns, earlier turns, the current inputs."""
        history = _history_field(signature)
        if history is None and not may_hold_parts(signature, inputs):
            return self._messages(signature, demos, (), inputs)
        earlier = _turns_of(inputs.get(history)) if history else ()
        left = signature if history is None else _without(signature, history)
        parts = Parts()
        shown = [parts.taken_from(vars(demo) if isinstance(demo, Example) else demo) for demo in demos]
        for turn in earlier:
            _check_turn(left, turn)
        turns = [marked(turn, parts) for turn in earlier]
        asked = parts.taken_from({name: inputs[name] for name in left.input_fields if name in inputs})
        messages = map(parts.put_back, self._messages(left, shown, turns, asked))
        return with_pictures_after(messages) if turns else list(messages)

    def _messages(
        self, signature: SignatureType, demos: Sequence[Demo], earlier: Sequence[Mapping[str, Any]],
        inputs: Mapping[str, Any],
    ) -> list[Message]:  # fmt: skip
        skeleton = self.skeleton(signature)
        messages: list[Message] = [{"role": "system", "content": skeleton.head}]
        if demos:
            turns = skeleton.demos(demos, lambda values: self.format_demos(signature, values))
            messages += map(dict, turns)  # copies: what a caller does to them stays out of what is kept
        for turn in earlier:
            calls = calls_of(signature, turn)
            messages += (
                self._turn(signature, turn, missing=None) if calls is None else self._acted(signature, turn, calls)
            )
        content = self.format_user_message_content(signature, inputs, main_request=True)
        if content or not earlier:
            messages.append({"role": "user", "content": content})
        return messages

    def _acted(self, signature: SignatureType, turn: Mapping[str, Any], calls: ToolCalls) -> list[Message]:
        """A turn in which tools were called: the sides of it that there are, and what came of the calls."""
        messages: list[Message] = []
        if any(turn.get(name) is not None for name in signature.input_fields):
            messages.append({"role": "user", "content": self.format_user_message_content(signature, turn)})
        says = any(turn.get(name) is not None for name in signature.output_fields)
        said = self.format_assistant_message_content(signature, turn) if says else None
        if BESIDE in turn:
            return [*messages, *beside(said, calls)]
        results = self.format_inputs(RESULTS, {TOLD: render.written(calls.tool_call_results)})
        return [*messages, {"role": "assistant", "content": said}, {"role": "user", "content": results}]

    def ask(
        self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any], *, able: Able = TEXT_ONLY
    ) -> dict[str, Any]:
        history = _history_field(signature)
        shaped = signature if history is None else _without(signature, history)
        return {"messages": self.format(signature, demos, inputs), "shape": self.skeleton(shaped).shape}

    def head(self, signature: SignatureType) -> str:
        return self.format_system_message(signature)

    def format_system_message(self, signature: SignatureType) -> str:
        """The first message."""
        parts = (self.format_field_description, self.format_field_structure, self.format_task_description)
        return "\n\n".join(filter(None, [part(signature) for part in parts]))

    def format_field_description(self, signature: SignatureType) -> str:
        """The fields: names, types, descriptions."""
        raise NotImplementedError

    def format_field_structure(self, signature: SignatureType) -> str:
        """How fields stand in a message."""
        raise NotImplementedError

    def format_task_description(self, signature: SignatureType) -> str:
        """What to do."""
        return f"Your task:\n{signature.instructions}"

    def format_user_message_content(
        self, signature: SignatureType, inputs: Mapping[str, Any], prefix: str = "", suffix: str = "",
        main_request: bool = False,
    ) -> str:  # fmt: skip
        """A user's turn; the `main_request` is the one to answer, and ends with a reminder of the outputs."""
        query = f"{prefix}{self.format_inputs(signature, inputs)}{suffix}"
        reminder = self.skeleton(signature).tail if main_request else ""
        return "\n\n".join(filter(None, (query, reminder)))

    def format_inputs(self, signature: SignatureType, inputs: Mapping[str, Any]) -> str:
        """The inputs that are given, as they stand in a user's turn."""
        raise NotImplementedError

    def format_assistant_message_content(
        self, signature: SignatureType, outputs: Mapping[str, Any], missing_field_message: str | None = None
    ) -> str:
        """The model's turn; an output that is missing is left out, or said to be."""
        raise NotImplementedError

    def format_demos(self, signature: SignatureType, demos: Sequence[Mapping[str, Any]]) -> list[Message]:
        """Demos as turns; incomplete ones come first and say that they are."""
        turns = [self._turn(signature, demo, missing=NOT_SUPPLIED) for demo in in_order(signature, demos)]
        return [message for turn in turns for message in turn]

    def _turn(
        self, signature: SignatureType, values: Mapping[str, Any], *, missing: str | None
    ) -> list[Message]:  # fmt: skip
        incomplete = missing is not None and any(values.get(name) is None for name in signature.fields)
        prefix = f"{INCOMPLETE}\n\n" if incomplete else ""
        return [
            {"role": "user", "content": self.format_user_message_content(signature, values, prefix)},
            {"role": "assistant", "content": self.format_assistant_message_content(signature, values, missing)},
        ]


def _history_field(signature: SignatureType) -> str | None:
    """The input that holds earlier turns."""
    if "nbdspy.types.history" not in sys.modules:  # then no field can be of that type
        return None
    from nbdspy.types import History

    types = {name: kind_of(field.type).type for name, field in signature.input_fields.items()}
    return next((name for name, type_ in types.items() if isinstance(type_, type) and issubclass(type_, History)), None)


def _turns_of(history: Any) -> Sequence[Mapping[str, Any]]:
    if history is None:
        return ()
    if not hasattr(history, "messages"):
        raise UsageError(
            f"{render.short(repr(history))} is no History.", hint="Write nbdspy.History(messages=[{'question': …}])."
        )
    return tuple(history.messages)


def _check_turn(signature: SignatureType, turn: Mapping[str, Any]) -> None:
    if turn.keys().isdisjoint({*signature.fields, BESIDE}):
        (asked, *_), (answer, *_) = signature.input_fields or ("question",), signature.output_fields or ("answer",)
        raise UsageError(
            f"A message of the history has no field of {signature.signature!r}: {render.short(repr(turn))}.",
            hint=f"A message holds the values of a turn by field: {{{asked!r}: …, {answer!r}: …}}.",
        )


def _without(signature: SignatureType, name: str) -> SignatureType:
    """The signature without an input, the same one each time, so that its skeleton is kept."""
    known = _shortened.setdefault(signature, {})
    if name not in known:
        fields = {key: field for key, field in signature.fields.items() if key != name}
        known[name] = make(fields, own_instructions(signature), name=signature.__name__, is_whole=False)
    return known[name]
