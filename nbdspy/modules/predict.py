"""`Predict`: one call of a model by a signature."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import Any, get_args

from nbdspy import events, render
from nbdspy.adapters import Adapter, Demo, adapter_named
from nbdspy.adapters.values import accepts
from nbdspy.adapters.wording import describe_type, options_of
from nbdspy.configuration import check_model, settings
from nbdspy.data import Example, Prediction
from nbdspy.errors import NotConfigured, UsageError, did_you_mean, warn_caller
from nbdspy.models import BaseLM
from nbdspy.models.lm import warn_misspelt
from nbdspy.modules.calling import Calling
from nbdspy.modules.module import Module
from nbdspy.modules.unfit_calls import missing, unnamed
from nbdspy.runtime import Steps, adrive, drive
from nbdspy.signatures import Field, SignatureType, called, ensure_signature, whole
from nbdspy.types.parts import is_custom


@dataclass(frozen=True, kw_only=True)
class Predicted(events.Event):
    """A predictor answered."""

    predictor: Predict
    inputs: Mapping[str, Any]
    prediction: Prediction


_DEMO = (Example, Mapping)
SETTINGS = ("temperature", "max_tokens", "n", "rollout_id")  # which a call may change by its `config`


class Predict(Module):
    """Ask a model to fill a signature's outputs from its inputs.

    Args:
        signature: A signature or its short form, `"question -> answer"`.
        callbacks: Watch the calls of this predictor; see `nbdspy.BaseCallback`.
        lm: A model of its own; None asks the configured one.
        **config: Sent with each request: `temperature`, `max_tokens`, `n`, `rollout_id`, and what the provider takes.

    `demos` are shown to the model before the inputs. `frozen` names the parts that `nbdspy.freeze` keeps as they are.

    Raises:
        SignatureError: When the signature cannot be read.
        SettingsError: For an `lm` that is no model; at a call, too, where one was assigned.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.testing import DummyLM
        >>> ask = Predict("question -> answer: int")
        >>> with context(lm=DummyLM([{"answer": "42"}])):
        ...     ask(question="What is six times seven?")
        Prediction(answer=42)
    """

    frozen: frozenset[str] = frozenset()

    def __init__(
        self, signature: SignatureType | str, *, callbacks: Sequence[Any] | None = None, lm: BaseLM | None = None,
        **config: Any,
    ) -> None:  # fmt: skip
        super().__init__(callbacks)
        check_model(lm)
        self.signature = whole(ensure_signature(signature))
        self.demos: list[Example] = []
        self.lm = lm
        self.config = config
        warn_misspelt(config)

    def __call__(self, *args: Any, **inputs: Any) -> Prediction:
        """Ask on this thread.

        Args:
            *args: None; inputs are named.
            **inputs: The signature's inputs; `signature`, `demos`, `config` and `lm` replace the predictor's own.

        Raises:
            UsageError: When an input is missing.
            NotConfigured: When there is no model.
            ParseError: When the reply does not hold the outputs.
        """
        if args:
            raise unnamed(self.signature.input_fields)
        with Calling("predict", self.signature.__name__, self, args, inputs) as call:
            prediction: Prediction = call.gave(drive(self._steps(inputs)) if self._is_plain else self._ran((), inputs))
            return prediction

    async def acall(self, *args: Any, **inputs: Any) -> Prediction:
        """Ask without blocking the running loop."""
        if args:
            raise unnamed(self.signature.input_fields)
        with Calling("predict", self.signature.__name__, self, args, inputs) as call:
            answer = adrive(self._steps(inputs)) if self._is_plain else self._aran((), inputs)
            prediction: Prediction = call.gave(await answer)
            return prediction

    @property
    def _is_plain(self) -> bool:
        """Whether nobody gave it another `forward`: a subclass, or who assigned one to this object."""
        own = self.__dict__
        return type(self) is Predict and "forward" not in own and "aforward" not in own

    def forward(self, **inputs: Any) -> Prediction:
        """What a call does; a subclass that writes its own asks by `super().forward(...)`."""
        return drive(self._steps(inputs))

    async def aforward(self, **inputs: Any) -> Prediction:
        """The same, awaited."""
        return await adrive(self._steps(inputs))

    def reset(self) -> None:
        """Forget the demos and the model."""
        self.demos = []
        self.lm = None

    def get_config(self) -> dict[str, Any]:
        """What is sent with each request."""
        return self.config

    def update_config(self, **config: Any) -> None:
        """Send more, or something else, with each request."""
        self.config = {**self.config, **config}

    def chosen(self, lm: BaseLM | None = None) -> BaseLM | None:
        """The model that a call asks: the given one, the predictor's own, or the configured one.

        Raises:
            SettingsError: When it is no model.
        """
        chosen = lm or self.lm
        if chosen is None:
            configured: BaseLM | None = settings.lm  # which was checked
            return configured
        if not isinstance(chosen, BaseLM):
            check_model(chosen)
        return chosen

    def layout(self, lm: BaseLM | None = None) -> Adapter:
        """The adapter that lays a call out: the configured one, or the one that the model prefers."""
        return _layout(self.chosen(lm))

    def asked(self, inputs: Mapping[str, Any], *, lm: BaseLM | None = None) -> tuple[Adapter, dict[str, Any]]:
        """The adapter and the values of the request that a call with these inputs sends."""
        given, chosen = dict(inputs), self.chosen(lm)
        adapter, demos, config = self._prepared(given, chosen, self.signature)
        return adapter, {**adapter.request(chosen, self.signature, demos, given), **config}

    def _steps(self, inputs: dict[str, Any]) -> Steps[Prediction]:
        signature = whole(ensure_signature(inputs.pop("signature", None) or self.signature))
        lm = self.chosen(inputs.pop("lm", None))
        if lm is None:
            raise NotConfigured(
                f"No model is chosen to fill {signature.signature!r}.",
                hint="Run `%lm smollm2` for one on this machine, or nbdspy.configure(lm=nbdspy.LM(...)).",
            )
        adapter, demos, config = self._prepared(inputs, lm, signature)
        rows = yield from adapter.steps(lm, signature, demos, inputs, config)
        prediction = Prediction.from_completions(rows) if len(rows) > 1 else Prediction(rows[0])
        trace = settings.trace
        if trace is not None:
            trace.append((self, inputs, prediction))
            del trace[: -settings.max_trace_size or None]
        if events.heard(Predicted):
            events.emit(Predicted(predictor=self, inputs=inputs, prediction=prediction))
        return prediction

    def _prepared(
        self, inputs: dict[str, Any], lm: BaseLM | None, signature: SignatureType
    ) -> tuple[Adapter, Sequence[Demo], Mapping[str, Any]]:  # fmt: skip
        """The adapter, the demos and the settings of a call; its inputs are checked and completed in place."""
        given = inputs.pop("demos", None)
        demos: Sequence[Demo] = self.demos if given is None else given
        if demos and not all(type(demo) is Example or isinstance(demo, _DEMO) for demo in demos):
            raise _no_demos(demos)
        config = inputs.pop("config", None)
        if inputs.keys() != signature.input_fields.keys():
            complete(signature, inputs)
        for name, field in signature.input_fields.items():
            value = inputs[name]
            if field.type is str and isinstance(value, str):
                continue
            if (tool := _tool_in(field.type)) is not None:
                value = inputs[name] = _with_tools(value, tool)
            if not accepts(value, field) or (value is None is not field.default and not field.may_be_none):
                inputs[name] = _taken(name, field, value)
        return _layout(lm), demos, {**self.config, **config} if config else self.config

    def __repr__(self) -> str:
        from nbdspy.modules.freezing import described

        demos = f", {len(self.demos)} demos" if self.demos else ""
        marks = f", {described(self)}" if self.frozen else ""
        return f"Predict({self.signature.signature}{demos}{marks})"


def _layout(lm: BaseLM | None) -> Adapter:
    adapter: Adapter = settings.adapter or adapter_named("chat" if lm is None else lm.prefers)
    return adapter


def _no_demos(demos: Sequence[Any]) -> UsageError:
    wrong = next(demo for demo in demos if not isinstance(demo, _DEMO))
    return UsageError(
        f"{render.short(repr(wrong))} among the demos is no example.",
        hint="Give Example(question=…, answer=…), or a dictionary of the fields.",
    )


def complete(signature: SignatureType, inputs: dict[str, Any]) -> None:
    """Fill in defaults, refuse missing inputs, warn of unknown ones and leave them out."""
    unknown = [name for name in inputs if name not in signature.input_fields]
    for name, field in signature.input_fields.items():
        if name not in inputs:
            if field.required:
                raise missing(name, repr(signature.signature), unknown)
            inputs[name] = field.default
    for name in unknown:
        del inputs[name]
        near_name = did_you_mean(name, signature.input_fields)
        if name in SETTINGS:
            near_name = f"it is a setting of requests: write config={{{name!r}: …}}, or Predict(…, {name}=…)."
        has = f"its inputs are: {', '.join(signature.input_fields)}."
        warn_caller(f"{called(signature)} has no input {name!r}; {near_name or has}")


@lru_cache(maxsize=1024)
def _tool_in(type_: Any) -> Any:
    """The class of tools, where a type is one, or a list of some; None of every other type."""
    options = options_of(type_)
    kinds = (*options, *(argument for option in options for argument in get_args(option)))
    return next((kind for kind in kinds if is_custom(kind) and hasattr(kind, "format_as_openai_tool")), None)


def _with_tools(value: Any, tool: Any) -> Any:
    """The value with a tool in the place of each plain function, as where agents are given some."""
    if isinstance(value, list | tuple):
        return [_with_tools(each, tool) for each in value]
    return tool.of(value) if callable(value) and not isinstance(value, type) else value


def _taken(name: str, field: Field, value: Any) -> Any:
    """A value of another type than the field's: a list of messages becomes a history, the rest is warned of."""
    kind: Any = next((each for each in options_of(field.type) if is_custom(each)), None)
    if kind is not None and isinstance(value, list) and hasattr(kind, "with_turn"):
        return kind(messages=value)
    given = "None" if value is None else render.kind(value)
    making = "" if kind is None else kind.made_of.get(_material(value), "")
    fix = f" Write {name}=nbdspy.{making.format(render.short(repr(value), 60))}." if making else ""
    warn_caller(f"The input {name!r} should be {describe_type(field.type)}, but is {given}.{fix}")
    return value


def _material(value: Any) -> str:
    """What a value of a `Type` could be made of, as `made_of` calls it."""
    if isinstance(value, str):
        return "data URI" if value.startswith("data:") else "text"
    return "bytes" if isinstance(value, bytes) else ""
