"""What every adapter does: render once what does not change, ask, and read the reply."""

from __future__ import annotations

import copy
import weakref
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from functools import partial
from typing import Any, ClassVar, Self, TypeVar, cast

from nbdspy import events, render
from nbdspy.absent import Absent
from nbdspy.adapters.live import Reader
from nbdspy.adapters.native import TEXT_ONLY, Able, Native, able, split_off
from nbdspy.adapters.refused import missing
from nbdspy.adapters.replies import leaves_all_out
from nbdspy.adapters.values import check_readable, is_given, read_object, written
from nbdspy.adapters.wording import options_of
from nbdspy.data import Example
from nbdspy.errors import LMRefused, ParseError, warn_caller
from nbdspy.models import BaseLM, Extras, Message, Reply, Shape
from nbdspy.models.redaction import redact
from nbdspy.runtime import Ask, Steps, adrive, drive
from nbdspy.signatures import Field, SignatureType

Demo = Mapping[str, Any] | Example
"""Values of fields that are shown as an example; those that are not known are left out."""

Rows = list[dict[str, Any]]
T = TypeVar("T")
SAMPLING_TEMPERATURE = 0.7  # of several completions, when the model's own would make them all the same (as the peer)
SAME_TEMPERATURE = 0.15
CUT_OFF = "The reply was cut off at its limit of tokens"
REFUSED = ("refusal", "content_filter")  # how completions end that a model or its provider declined to give
MORE_TOKENS = "Raise max_tokens."
KEPT = 256  # rendered sets of demos per signature
_STILL = frozenset({str, int, float, bool, type(None)})  # values that cannot change under a rendered text


class Adapter:
    """How a signature becomes a prompt and a reply becomes values.

    A subclass writes the messages in `format` and takes a reply apart in `split`, or reads it whole in `parse`. One
    that makes something else than messages overrides `ask`; one that asks more than once, `steps`. Nothing here reads
    a setting.

    Args:
        callbacks: Watch what this adapter writes and reads; see `nbdspy.BaseCallback`.
        use_native_function_calling: Send a signature's tools beside the text to models that can call them, and read
            the calls from beside it; None leaves it to the adapter.
        native_response_types: The types of outputs that are read from beside the text where the model has them there;
            None means all that nbdspy knows how to (`Reasoning`, `Citations`), and an empty list none.
        parallel_tool_calls: Whether a model may call several tools at once; None leaves it to the model.
    """

    name: ClassVar[str] = "adapter"
    calls_natively: ClassVar[bool] = False
    callbacks: Sequence[Any] = ()

    _skeletons: weakref.WeakKeyDictionary[SignatureType, _Skeleton]
    _natives: weakref.WeakKeyDictionary[SignatureType, dict[Able, Native | None]]
    use_native_function_calling: bool
    native_response_types: tuple[type, ...] | None = None
    parallel_tool_calls: bool | None = None

    def __new__(cls, *args: Any, **kwargs: Any) -> Self:
        made = super().__new__(cls)  # here, because subclasses forget to call `__init__`
        made._skeletons = weakref.WeakKeyDictionary()
        made._natives = weakref.WeakKeyDictionary()
        made.use_native_function_calling = cls.calls_natively
        return made

    def __init__(
        self, callbacks: Sequence[Any] | None = None, use_native_function_calling: bool | None = None,
        native_response_types: Sequence[type] | None = None, parallel_tool_calls: bool | None = None,
    ) -> None:  # fmt: skip
        if callbacks:
            self.callbacks = list(callbacks)
        if use_native_function_calling is not None:
            self.use_native_function_calling = use_native_function_calling
        if native_response_types is not None:
            self.native_response_types = tuple(native_response_types)
        self.parallel_tool_calls = parallel_tool_calls

    format_conversation_history = Absent("is left out: turns of a History are written by `format`. Override format.")
    format_finetune_data = Absent("is left out: an adapter writes no training files. Use format, and demos as rows.")

    def __call__(
        self, lm: BaseLM, lm_kwargs: Mapping[str, Any], signature: SignatureType, demos: Sequence[Demo],
        inputs: Mapping[str, Any],
    ) -> Rows:  # fmt: skip
        """Ask a model and read its completions."""
        return drive(self.steps(lm, signature, demos, inputs, lm_kwargs))

    async def acall(
        self, lm: BaseLM, lm_kwargs: Mapping[str, Any], signature: SignatureType, demos: Sequence[Demo],
        inputs: Mapping[str, Any],
    ) -> Rows:  # fmt: skip
        """The same, awaited."""
        return await adrive(self.steps(lm, signature, demos, inputs, lm_kwargs))

    def steps(
        self, lm: BaseLM, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any],
        config: Mapping[str, Any],
    ) -> Steps[Rows]:  # fmt: skip
        """Ask and read: the outputs' values, once per completion.

        Args:
            lm: The model.
            signature: What to fill.
            demos: Shown before the inputs.
            inputs: A value for each input.
            config: Settings of this request, which win over the adapter's.

        Raises:
            ParseError: When a completion does not hold the outputs.
        """
        asked = self.request(lm, signature, demos, inputs)
        if config:
            asked.update(config)
            if not asked.get("tools"):
                asked.pop("tool_choice", None)  # which providers refuse where no tool stands beside the text
        request = lm.request(**asked)
        if request.n > 1 and (request.temperature or 0) <= SAME_TEMPERATURE and "temperature" not in asked:
            request = replace(request, temperature=SAMPLING_TEMPERATURE)
        abilities = able(lm)
        reply: Reply = yield Ask(lm, request, partial(Layout, self, signature, abilities))
        return self.read(signature, reply, abilities)

    def request(
        self, lm: BaseLM | None, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:
        """The values of the request that asks this model: what it does by itself is left out of the text."""
        if not events.heard("adapter_format"):
            return self._request(lm, signature, demos, inputs)
        given = {"signature": signature, "demos": demos, "inputs": inputs}
        with events.span("adapter_format", self.name, instance=self, inputs=given) as span:
            asked = self._request(lm, signature, demos, inputs)
            span.outputs = asked.get("messages") or asked.get("prompt")
            return asked

    def _request(
        self, lm: BaseLM | None, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]
    ) -> dict[str, Any]:  # fmt: skip
        abilities = able(lm)
        native = self._native(signature, abilities)
        if native is None:
            return self.ask(signature, demos, inputs, able=abilities)
        asked = self.ask(native.signature, demos, native.without(inputs), able=abilities)
        return native.added(asked, inputs)

    def ask(
        self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any], *, able: Able = TEXT_ONLY
    ) -> dict[str, Any]:
        """The values of a request that is all text: `messages`, or `prompt` with its `stop`, and its `shape`."""
        return {"messages": self.format(signature, demos, inputs), "shape": self.skeleton(signature).shape}

    def format(self, signature: SignatureType, demos: Sequence[Demo], inputs: Mapping[str, Any]) -> list[Message]:
        """The messages of a conversation."""
        raise NotImplementedError

    def format_inputs(self, signature: SignatureType, inputs: Mapping[str, Any]) -> str:
        """The inputs that are given, as they stand in a prompt; by default a line for each."""
        return labelled(written(signature.input_fields, inputs))

    def shape(self, signature: SignatureType) -> Shape | None:
        """What the reply's text must look like, for models that can be held to it."""
        return None

    def read(self, signature: SignatureType, reply: Reply, able: Able = TEXT_ONLY) -> Rows:
        """The outputs' values of every completion; warns of one that was cut off.

        Raises:
            ParseError: When a completion does not hold them.
            LMRefused: When the model or its provider declined to answer.
        """
        check_refused(reply)
        native = self._native(signature, able)
        rows = []
        for number, text in enumerate(reply.texts or ("",)):
            cut_off = reply.finish_reasons[number : number + 1] == ("length",)
            try:
                row = self._row(signature, text, native, reply.extra(number))
            except ParseError as error:
                if cut_off:
                    error.message, error.hint = f"{error.message} ({CUT_OFF.lower()})", MORE_TOKENS
                raise
            if cut_off:
                last = list(signature.output_fields)[-1]
                warn_caller(f"{CUT_OFF}, so {last!r} may lack its end. {MORE_TOKENS}")
            rows.append(row)
        return rows

    def _row(self, signature: SignatureType, text: str, native: Native | None, extra: Extras) -> dict[str, Any]:
        """The outputs' values of one completion."""
        if events.heard("adapter_parse"):
            given = {"signature": signature, "completion": text}
            with events.span("adapter_parse", self.name, instance=self, inputs=given) as span:
                row = span.outputs = native.read(self.parse, text, extra) if native else self.parse(signature, text)
                return row
        return native.read(self.parse, text, extra) if native else self.parse(signature, text)

    def split(self, signature: SignatureType, text: str) -> Mapping[str, Any]:
        """What a reply holds for each output it mentions: its text, or its value where the reply is JSON."""
        raise NotImplementedError

    def reader(self, signature: SignatureType) -> Reader | None:
        """What finds the outputs in a reply that is still coming; None when they are only found in a whole one."""
        return None

    def parse(self, signature: SignatureType, completion: str) -> dict[str, Any]:
        """The outputs' values, typed, in the signature's order.

        Raises:
            ParseError: When an output without a default is missing, cut off, said in two ways or of another type.
        """
        values: dict[str, Any] = {}
        try:
            self._read_into(values, signature, completion)
        except ParseError as error:
            error.reply, error.adapter_name, error.signature = completion, type(self).__name__, signature
            error.parsed_result = values or None
            raise
        return values

    def _read_into(self, values: dict[str, Any], signature: SignatureType, completion: str) -> None:
        found = self.split(signature, completion)
        for name, field in signature.output_fields.items():
            if not found and not leaves_all_out(completion):  # a default is for an output that is left out
                raise missing(field, completion, found)
            if name in found:
                values[name] = read_object(found[name], field)
            elif not field.required:
                values[name] = copy.deepcopy(field.default)  # a list that the user may change
            elif type(None) in options_of(field.type):
                values[name] = None
            else:
                raise missing(field, completion, found)

    def skeleton(self, signature: SignatureType) -> _Skeleton:
        """What is rendered once for a signature; shared by all calls.

        Raises:
            SignatureError: When an output has a type that no reply can be read as.
        """
        skeleton = self._skeletons.get(signature)
        if skeleton is None:
            for field in signature.output_fields.values():
                check_readable(field)
            skeleton = self._skeletons[signature] = _Skeleton(
                self.head(signature), self.tail(signature), self.shape(signature)
            )
        return skeleton

    def head(self, signature: SignatureType) -> str:
        """The text before the demos."""
        return ""

    def tail(self, signature: SignatureType) -> str:
        """The text after the inputs."""
        return ""

    def _native(self, signature: SignatureType, abilities: Able) -> Native | None:
        """What of a signature goes beside the text to a model with these abilities; None when nothing does."""
        if abilities is TEXT_ONLY:
            return None
        known = self._natives.setdefault(signature, {})
        if abilities not in known:
            known[abilities] = split_off(
                signature, abilities, calls=self.use_native_function_calling, types=self.native_response_types,
                in_parallel=self.parallel_tool_calls,
            )  # fmt: skip
        return known[abilities]


class _Skeleton:
    """The parts of a prompt that do not depend on the inputs.

    A rendered set of demos is kept under the identities of its values, which are texts and numbers that cannot change;
    so a demo that is edited, in place or not, is rendered anew. Sets that hold anything else are so each time.
    """

    __slots__ = ("_known", "head", "shape", "tail")

    def __init__(self, head: str, tail: str, shape: Shape | None) -> None:
        self.head = head
        self.tail = tail
        self.shape = shape
        self._known: dict[tuple[int, ...], tuple[list[Mapping[str, Any]], Any]] = {}

    def demos(self, demos: Sequence[Demo], write: Callable[[Sequence[Mapping[str, Any]]], T]) -> T:
        """The demos rendered together, from memory where none has changed."""
        values = [demo.__dict__ if isinstance(demo, Example) else demo for demo in demos]
        key = tuple([id(value) for demo in values for value in demo.values()])
        known = self._known.get(key)
        if known is not None and known[0] == values:
            return cast(T, known[1])
        rendered = write(values)
        if all(type(value) in _STILL for demo in values for value in demo.values()):
            if len(self._known) >= KEPT:
                self._known.clear()
            self._known[key] = ([dict(demo) for demo in values], rendered)  # which keeps the values, so the identities
        return rendered


def labelled(values: Sequence[tuple[Field, str]]) -> str:
    """Values behind the titles of their fields, a line for each."""
    return "\n".join(f"{field.title}: {text}" for field, text in values)


class Layout:
    """How the reply to one request is laid out, for those who read it while it comes."""

    def __init__(self, adapter: Adapter, signature: SignatureType, abilities: Able) -> None:
        self._adapter = adapter
        self._native = adapter._native(signature, abilities)
        self._signature = signature if self._native is None else self._native.signature

    def reader(self) -> Reader | None:
        """What finds the outputs in the text, piece by piece."""
        return self._adapter.reader(self._signature)

    def values(self, reply: Reply) -> Mapping[str, Any]:
        """The outputs' values in the whole reply, its first completion; none when it cannot be read."""
        if any(end in REFUSED for end in reply.finish_reasons):
            return {}
        try:
            if self._native is None:
                return self._adapter.parse(self._signature, reply.text)
            return self._native.read(self._adapter.parse, reply.text, reply.extra(0))
        except ParseError:
            return {}


def check_refused(reply: Reply) -> None:
    """Raise what a model said instead of an answer; asking again, or elsewhere for its sense, would not help."""
    for number, end in enumerate(reply.finish_reasons):
        if end in REFUSED:
            text = reply.texts[number] if number < len(reply.texts) else ""
            who = (
                "The model refused to answer" if end == "refusal" else "The provider's content filter stopped the reply"
            )
            raise LMRefused(
                f"{who}: {render.short(redact(text), 200) or 'it gave no reason.'}",
                hint="Sending it again will not help; change the inputs or the model.",
            )


def in_order(signature: SignatureType, demos: Sequence[Mapping[str, Any]]) -> list[Mapping[str, Any]]:
    """Incomplete demos first, then complete ones; a demo without an input and an output is left out (as the peer)."""
    complete, incomplete = [], []
    for demo in demos:
        if all(demo.get(name) is not None for name in signature.fields):
            complete.append(demo)
        elif _shows(demo, signature.input_fields) and _shows(demo, signature.output_fields):
            incomplete.append(demo)
    return incomplete + complete


def _shows(demo: Mapping[str, Any], fields: Mapping[str, Field]) -> bool:
    return any(is_given(name, field, demo) for name, field in fields.items())
