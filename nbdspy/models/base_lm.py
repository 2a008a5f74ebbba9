"""`BaseLM`: what every model is to its users, and the class to build their own on."""

from __future__ import annotations

import copy
import json
from collections.abc import AsyncGenerator, Generator, Mapping, Sequence
from contextlib import aclosing
from inspect import getattr_static
from typing import Any, Self, TextIO, get_args

from nbdspy import render
from nbdspy.absent import Absent
from nbdspy.errors import UsageError, did_you_mean, warn_caller
from nbdspy.models.abilities import Abilities
from nbdspy.models.calls import Asking, ModelHistory, show
from nbdspy.models.forward_leaf import ForwardLeaf
from nbdspy.models.gate import Leaf, gate
from nbdspy.models.messages import Message, Reply, Request
from nbdspy.models.openai_reply import outputs_of
from nbdspy.models.redaction import redact_settings
from nbdspy.models.settings import (
    ModelType,
    Settings,
    check_numbers,
    for_endpoint,
    requested,
    with_options,
    without_stream,
)
from nbdspy.runtime import Ask

_KNOWN = frozenset(Request.__slots__)


class BaseLM:
    """A model of a class of one's own: subclass it and write `forward`, `aforward`, or both.

    They get `prompt` or `messages` and the settings of the call, and return an OpenAI-shaped object or dictionary.
    Calls pass the gate like those of every model: limits, cassettes, events, and retries of a transient
    `LMUnavailable`; but not the cache, because what the object knows besides the request, such as a counter or a seed,
    cannot be seen from outside. Keep by functools.cache what may be kept. A class with only `forward` runs on a thread
    of its own where it is awaited, one with only `aforward` on the portal where it is not.

    Args:
        model: Its name.
        model_type: `"chat"`, or `"text"` for a model that takes one prompt, or `"responses"`.
        temperature: Of sampling; None leaves it to the model.
        max_tokens: Of each reply; None leaves it to the model.
        cache: Kept for `forward` to read, and without effect: as in DSPy, only an LM's replies are cached.
        callbacks: Watch the calls of this model; see `nbdspy.BaseCallback`.
        num_retries: How often a call is made again after a failure that may pass.
        **settings: What else each call gets, such as `n`, `stop`, `seed`, `tools` or `top_p`.

    Raises:
        UsageError: For a model type that does not exist, or a class that answers nothing.

    Example:
        >>> class Shouting(BaseLM):
        ...     def forward(self, prompt=None, messages=None, **settings):
        ...         text = prompt or messages[-1]["content"]
        ...         return {"choices": [{"message": {"content": text.upper()}}]}
        >>> Shouting("shouting")("hello")
        ['HELLO']
    """

    history = ModelHistory()
    leaf: Leaf

    def __init__(
        self, model: str, model_type: ModelType = "chat", temperature: float | None = None,
        max_tokens: int | None = None, cache: bool = True, callbacks: Sequence[Any] | None = None,
        num_retries: int = 3, **settings: Any,
    ) -> None:  # fmt: skip
        if model_type not in get_args(ModelType):
            raise UsageError(
                f"model_type cannot be {model_type!r}.",
                hint=did_you_mean(str(model_type), get_args(ModelType)) or "It is chat, text or responses.",
            )
        self.model = model
        self.model_type = model_type
        self.cache = cache
        self.callbacks = list(callbacks or ())
        self.num_retries = num_retries
        self.kwargs = {"temperature": temperature, "max_tokens": max_tokens, **settings}
        self._warned = False
        self._answer_by()

    def __getattr__(self, name: str) -> Any:
        if name in _SET_UP:
            raise UsageError(
                f"{type(self).__name__} was made without a model's name.",
                hint="Call super().__init__('its-name') at the beginning of its __init__.",
            )
        if isinstance(absent := getattr_static(type(self), name, None), Absent):
            absent.__get__(self, type(self))  # says why, which Python forgets where there is a `__getattr__`
        raise AttributeError(f"{type(self).__name__!r} object has no attribute {name!r}")

    def forward(
        self, prompt: str | None = None, messages: Sequence[Message] | None = None, **settings: Any
    ) -> Any:  # fmt: skip
        """Answer on this thread; for subclasses to write."""
        raise UsageError(f"{type(self).__name__} has no forward of its own.", hint="Call the model: lm('Hello').")

    async def aforward(
        self, prompt: str | None = None, messages: Sequence[Message] | None = None, **settings: Any
    ) -> Any:  # fmt: skip
        """Answer on the running loop; for subclasses to write."""
        raise UsageError(f"{type(self).__name__} has no aforward of its own.", hint="Write await lm.acall('Hello').")

    @property
    def kwargs(self) -> Mapping[str, Any]:
        """The settings that each call starts from; assign a dictionary, or copy the model, to change them."""
        return Settings(self._settings)

    @kwargs.setter
    def kwargs(self, settings: Mapping[str, Any]) -> None:
        check_numbers(settings)
        self._settings = settings = without_stream(settings)
        given = requested({name: value for name, value in settings.items() if value is not None})
        self._defaults = {name: value for name, value in given.items() if name in _KNOWN}
        if others := {name: value for name, value in given.items() if name not in _KNOWN}:
            self._defaults["options"] = others

    @property
    def temperature(self) -> float | None:
        """Of sampling; None leaves it to the model."""
        return self._settings.get("temperature")

    @property
    def max_tokens(self) -> int | None:
        """Of each reply; None leaves it to the model."""
        return self._settings.get("max_tokens")

    @property
    def options(self) -> dict[str, Any]:
        """The settings besides temperature and length."""
        return {name: value for name, value in self._settings.items() if name not in ("temperature", "max_tokens")}

    @property
    def prefers(self) -> str:
        """The name of the adapter that suits this model: `"chat"` or `"completion"`."""
        return "completion" if self.model_type == "text" else self.leaf.prefers

    @property
    def free(self) -> bool:
        """Whether calls cost nothing."""
        return self.leaf.free

    @property
    def abilities(self) -> Abilities:
        """What the model can do beyond plain text."""
        return self.leaf.abilities

    @property
    def supports_function_calling(self) -> bool:
        """Whether it takes `tools`."""
        return self.abilities.function_calling

    @property
    def supports_reasoning(self) -> bool:
        """Whether it thinks before it answers, and can be told how much."""
        return self.abilities.reasoning

    @property
    def supports_response_schema(self) -> bool:
        """Whether it keeps to a JSON schema given as `response_format`."""
        return self.abilities.response_schema

    @property
    def supported_params(self) -> set[str]:
        """The settings of a request that it knows, as OpenAI names them."""
        return set(self.abilities.params)

    def request(self, **values: Any) -> Request:
        """A request to this model; what is not given is taken from the model's settings.

        What no request knows by name, such as `top_p`, is an option for the provider.

        Raises:
            UsageError: For `cache`, which is the model's, and `stream`, which is another call; for content that a text
                model cannot take.
        """
        if not self.leaf.constrains:
            values.pop("shape", None)
        if others := values.keys() - _KNOWN:
            values = with_options(values, others, self._defaults.get("options", {}))
        if self.model_type != "chat":
            values = for_endpoint(self.model_type, values)
        check_numbers(values)
        if "stop" in values or "response_format" in values:
            values = requested(values)
        request = Request(model=self.model, **{**self._defaults, **values})
        if request.rollout_id is not None and request.temperature == 0 and not self._warned:
            self._warned = True
            warn_caller(
                f"rollout_id has no effect at temperature 0: {self.model} is asked again and says the same. "
                "Set temperature=1.0 for fresh samples."
            )
        return request

    def send(self, request: Request, *, cache: bool | None = None) -> Reply:
        """Answer a request through the gate; an LM's `cache` counts for this one instead of its own."""
        with Asking(self, request) as asking:
            return asking.answered(gate.send(self.leaf, request, cache=self._caches(cache)))

    async def asend(self, request: Request, *, cache: bool | None = None) -> Reply:
        """Answer a request through the gate, without blocking the running loop."""
        with Asking(self, request) as asking:
            reply = await gate.asend(self.leaf, request, cache=self._caches(cache))
            return asking.answered(reply)

    def stream(
        self, prompt: str | Request | None = None, messages: Sequence[Message] | None = None, **changes: Any
    ) -> Generator[str, None, Reply]:
        """Yield the reply's text in pieces as they come; returns the whole reply.

        Args:
            prompt: A text, or a whole request.
            messages: Or the messages.
            **changes: Settings for this call.
        """
        request = self._asked(prompt, messages, changes)
        with Asking(self, request, streamed=True) as asking:
            return asking.answered((yield from gate.stream(self.leaf, request, cache=self._caches())))

    async def astream(
        self, prompt: str | Request | None = None, messages: Sequence[Message] | None = None, **changes: Any
    ) -> AsyncGenerator[str | Reply, None]:
        """Give the reply's text in pieces as they come, without blocking the running loop, and then the whole reply."""
        request = self._asked(prompt, messages, changes)
        with Asking(self, request, streamed=True) as asking:
            async with aclosing(gate.astream(self.leaf, request, cache=self._caches())) as pieces:
                async for piece in pieces:
                    yield asking.answered(piece) if isinstance(piece, Reply) else piece

    def __call__(
        self, prompt: str | None = None, messages: Sequence[Message] | None = None, *, cache: bool | None = None,
        **changes: Any,
    ) -> list[Any]:  # fmt: skip
        """Ask with a plain text or with messages.

        Args:
            prompt: The text.
            messages: Or the messages, as OpenAI's API takes them.
            cache: For this call instead of an LM's own.
            **changes: Settings for this call, such as `n`, `temperature`, `stop`, `tools` or `logprobs`.

        Returns:
            A text per completion; dictionaries with `text` and what there is of `reasoning_content`, `tool_calls`,
            `logprobs` and `citations` when a completion holds more than its text.
        """
        request = self._asked(prompt, messages, changes)
        return outputs_of(Ask(self, request).perform() if cache is None else self.send(request, cache=cache))

    async def acall(
        self, prompt: str | None = None, messages: Sequence[Message] | None = None, *, cache: bool | None = None,
        **changes: Any,
    ) -> list[Any]:  # fmt: skip
        """The same, awaited."""
        request = self._asked(prompt, messages, changes)
        asked = Ask(self, request).aperform() if cache is None else self.asend(request, cache=cache)
        return outputs_of(await asked)

    def copy(self, **changes: Any) -> Self:
        """The same model with other settings, or with other values of what a subclass keeps; None unsets a setting.

        Example:
            >>> from nbdspy.testing import FakeLM
            >>> FakeLM("42").copy(temperature=0.7, rollout_id=1).kwargs["temperature"]
            0.7
        """
        twin = copy.copy(self)
        own = {name for name in changes if name in vars(self) and name not in _ARGUMENTS}
        for name in own:
            setattr(twin, name, changes.pop(name))
        BaseLM.__init__(twin, **{**self._arguments(), **changes})
        return twin

    def inspect_history(self, n: int = 1, file: TextIO | None = None) -> None:
        """Print the last calls of this model."""
        show(self.history, n, file)

    def dump_state(self) -> dict[str, Any]:
        """The model and its settings in DSPy's layout, JSON-ready, without any key."""
        return {
            "_dspy_lm_class": f"{type(self).__module__}.{type(self).__qualname__}",
            "model": self.model,
            "model_type": self.model_type,
            "cache": self.cache,
            "num_retries": self.num_retries,
            "temperature": self.temperature,
            "max_tokens": self.max_tokens,
            **json.loads(json.dumps(redact_settings(self.options), default=render.plain)),
        }

    def load(self) -> Self:
        """Make the model ready to answer: fetch it, open it. Slow only the first time."""
        self.leaf.load()
        return self

    def close(self) -> None:
        """Give back what the model holds; the next request opens it again."""
        self.leaf.close()

    async def aclose(self) -> None:
        """The same, awaited."""
        self.close()

    launch = Absent("is left out: an LM starts no server. Start it yourself, and give LM(..., api_base=...).")
    kill = Absent("is left out: an LM starts no server, so there is none to stop. Use close().")
    finetune = Absent("is left out: an LM trains no model. Train it where it is served, and name the new one.")
    reinforce = Absent("is left out: an LM trains no model. Train it where it is served, and name the new one.")

    def __copy__(self) -> Self:
        twin = object.__new__(type(self))
        vars(twin).update(vars(self))
        return twin

    def __deepcopy__(self, memo: dict[int, Any]) -> Self:
        twin = memo[id(self)] = object.__new__(type(self))
        vars(twin).update({name: copy.deepcopy(value, memo) for name, value in vars(self).items()})
        return twin

    def __reduce_ex__(self, protocol: Any) -> Any:
        raise UsageError(
            f"{type(self).__name__} objects are not pickled: their keys would stand in the pickle.",
            hint="Make the model anew where the pickle is read, or write lm.dump_state(), which holds no key.",
        )

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in redact_settings(self._defaults).items())
        return f"{type(self).__name__}({self.model!r}{settings})"

    def _answer_by(self) -> None:
        """Put the leaf in place."""
        own = {name for name in ("forward", "aforward") if getattr(type(self), name) is not getattr(BaseLM, name)}
        self.leaf = ForwardLeaf(self, frozenset(own))

    def _caches(self, wanted: bool | None = None) -> bool:
        """Whether a reply may be one that is kept, or shared with equal requests on their way."""
        return False

    def _arguments(self) -> dict[str, Any]:
        """What the constructor was given."""
        return {**{name: getattr(self, name) for name in _ARGUMENTS}, **self._settings}

    def _asked(
        self, prompt: str | Request | None, messages: Sequence[Message] | None, changes: dict[str, Any]
    ) -> Request:
        if (prompt is None) == (messages is None):
            raise UsageError("A model is asked with a text or with messages.", hint="Write lm('Hello').")
        if isinstance(prompt, Request) and not changes:
            return prompt
        if prompt is not None and not isinstance(prompt, str):
            raise UsageError(
                f"A model is asked with a text, not {render.short(repr(prompt))}.", hint="Write lm('Hello')."
            )
        if messages is not None and not _are_messages(messages):
            raise UsageError(
                f"messages cannot be {render.short(repr(messages))}.",
                hint="Write messages=[{'role': 'user', 'content': 'Hello'}], or lm('Hello').",
            )
        if messages is None:
            messages = [{"role": "user", "content": prompt}]
        return self.request(messages=messages, **changes)


def _are_messages(given: Any) -> bool:
    return isinstance(given, Sequence) and all(isinstance(message, Mapping) for message in given)


_ARGUMENTS = ("model", "model_type", "cache", "callbacks", "num_retries")
_SET_UP = {*_ARGUMENTS, "leaf", "_defaults", "_settings"}
