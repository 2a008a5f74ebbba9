"""`LM`: a model by its name, with the settings that every request to it starts from."""

from __future__ import annotations

import copy
import re
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from difflib import get_close_matches
from typing import Any

from nbdspy.errors import UsageError, warn_caller
from nbdspy.models.abilities import Abilities
from nbdspy.models.base_lm import BaseLM
from nbdspy.models.catalog import Engine, open_leaf
from nbdspy.models.gate import Leaf
from nbdspy.models.messages import Request
from nbdspy.models.redaction import names_secret
from nbdspy.models.settings import ModelType

# These, and keys of every name, belong to the way to the model and stay out of requests, caches and cassettes.
_ALIASES = {"base_url": "api_base", "headers": "extra_headers", "default_headers": "extra_headers"}  # of other clients
OPEN_OPTIONS = ("api_base", "api_version", "context_length", "extra_headers", "threads", "timeout")
SAVED_OF_THE_WAY = ("timeout", "context_length")
PEER_LM = "dspy.clients.lm.LM"  # the only class that DSPy accepts in a file

# OpenAI's models that think before they answer: they take one temperature only, and their thoughts count as tokens.
_THINKING = re.compile(r"(?:o[1-9](?!\d)|gpt-5(?![\d.]))(?!.*-chat)")
ROOM_TO_THINK = 16_000

_NOT_HERE = {
    "provider": "the provider stands in the model's name, as in openai/gpt-4.1-mini",
    "async_engine": "one engine answers both kinds of calls",
    "finetuning_model": "models are not trained by an LM",
    "launch_kwargs": "an LM starts no server",
    "train_kwargs": "models are not trained by an LM",
}
_SETTINGS = (
    *Request.__slots__, "model_type", "cache", "callbacks", "num_retries", "use_developer_role", "engine",
    "prompt_cache", "supported_params", "top_p", "top_k", "top_logprobs", "frequency_penalty", "presence_penalty",
    "max_completion_tokens", "parallel_tool_calls", "reasoning_effort", "tool_choice", "logit_bias", *OPEN_OPTIONS,
    "supports_function_calling", "supports_reasoning", "supports_response_schema", *_ALIASES, "api_key",
)  # fmt: skip
_ABILITIES = ("function_calling", "reasoning", "response_schema")


class LM(BaseLM):
    """A language model and how to ask it.

    Args:
        model: `"smollm2"` or another name of `nbdspy models`, a path that ends in `.gguf`,
            `"hf:owner/repo/file.gguf"`, or `"provider/model"` for everything that LiteLLM reaches.
        model_type: `"chat"`; `"text"` sends one prompt, `"responses"` asks OpenAI's endpoint of that name.
        temperature: Of sampling; None leaves it to the model (local models: 0).
        max_tokens: Of each reply; None leaves it to the model.
        cache: Answer an equal request from the reply cache.
        callbacks: Watch the calls of this model; see `nbdspy.BaseCallback`.
        num_retries: How often a request is sent again after a failure that may pass.
        use_developer_role: Send what the system says as `developer`, as models that think first expect it.
        engine: What carries requests: `"http"`, `"litellm"`, or `"auto"` for the leaner one that can.
        prompt_cache: Ask the provider to keep the beginning of prompts, where that must be asked for (Claude); as
            DSPy's files have it, `{"mode": "auto"}` or `{"mode": "off"}`.
        leaf: What answers, for models that are none of the above; see `nbdspy.models.Leaf`.
        **options: `api_base`, `api_key`, `timeout` (seconds, 120); for a model on this machine `context_length`
            (tokens, 8192) and `threads` (2); `supports_function_calling`, `supports_reasoning`,
            `supports_response_schema` and `supported_params`, where nbdspy does not know what a model of your own can
            do; `n`, `stop`, `seed`, `tools`, `response_format`, `logprobs`, `rollout_id` and whatever else the provider
            takes, for each request.

    Raises:
        UsageError: When the name is none of the above; says what is close. For a setting that the model refuses, or
            that would do nothing.

    Example:
        >>> from nbdspy.testing import FakeLM
        >>> FakeLM(lambda request: "42")("What is six times seven?")
        ['42']
    """

    def __init__(
        self, model: str, model_type: ModelType = "chat", temperature: float | None = None,
        max_tokens: int | None = None, cache: bool = True, callbacks: Sequence[Any] | None = None,
        num_retries: int = 3, *, use_developer_role: bool = False, engine: Engine = "auto",
        prompt_cache: bool | Mapping[str, Any] | None = None, leaf: Leaf | None = None, **options: Any,
    ) -> None:  # fmt: skip
        _refuse_idle(options)
        _check_name(model, model_type, engine)
        options = _by_our_names(options)
        self._opening = {name: options.pop(name) for name in tuple(options) if _is_of_the_way(name)}
        check_address(self._opening)
        if engine != "auto":
            self._opening["engine"] = engine
        self.engine = engine
        warn_misspelt(options)
        self._told = {name: options.pop(f"supports_{name}", None) for name in _ABILITIES}
        self._params: Iterable[str] | None = options.pop("supported_params", None)
        self._abilities: Abilities | None = None
        self._thinks = thinks(model)
        if self._thinks:
            limit = options.pop("max_completion_tokens", None)  # as the wire has it
            max_tokens = limit if max_tokens is None else max_tokens
            _check_thinking(model, temperature, max_tokens)
        self.prompt_cache = _wants_prompt_cache(prompt_cache)
        self._added = _prompt_cache(model) if self.prompt_cache else {}
        self.leaf = open_leaf(model, num_retries=num_retries, **self._opening) if leaf is None else leaf
        super().__init__(
            self.leaf.model, model_type, temperature=temperature, max_tokens=max_tokens, cache=cache,
            callbacks=callbacks, num_retries=num_retries, **options,
        )  # fmt: skip
        self.use_developer_role = use_developer_role
        if use_developer_role and not (model_type == "responses" or thinks(model) or self.supports_reasoning):
            raise UsageError(
                f"use_developer_role does nothing for {model}, which does not think first.",
                hint="Leave it out; for a model of your own that does, say supports_reasoning=True.",
            )

    def __init_subclass__(cls) -> None:
        if overridden := {"__call__", "acall", "aforward", "forward"} & vars(cls).keys():
            raise UsageError(
                f"{cls.__name__}.{min(overridden)} would never be called: programs ask an LM by its leaf.",
                hint="Subclass nbdspy.BaseLM, and ask an LM inside.",
            )

    @property
    def abilities(self) -> Abilities:
        """What the model can do beyond plain text: as its leaf knows it, or as it was told here."""
        if self._abilities is None:
            told: dict[str, Any] = {name: bool(value) for name, value in self._told.items() if value is not None}
            if self._params is not None:
                told["takes"] = frozenset(self._params)
            self._abilities = replace(self.leaf.abilities, **told)
        return self._abilities

    def request(self, **values: Any) -> Request:
        _refuse_keys(values)
        if self._thinks:
            _check_thinking(self.model, values.get("temperature"), values.get("max_tokens"))
            if values.get("n", 1) > 1:
                values.setdefault("temperature", 1)  # else it would be raised, but not to the only one that is taken
        if self._added:
            values = {**self._added, **values}
        if self.use_developer_role and values.get("messages"):
            values["messages"] = [
                {**message, "role": "developer"} if message.get("role") == "system" else message
                for message in values["messages"]
            ]
        return super().request(**values)

    def copy(self, **changes: Any) -> LM:
        """The same model with other settings; the model itself is shared, unless the way to it changes."""
        twin = copy.copy(self)
        changes = _by_our_names(changes)
        way = {"model", "engine", "num_retries"} & changes.keys() or any(map(_is_of_the_way, changes))
        arguments = {**self._arguments(), **changes}
        LM.__init__(twin, **arguments, leaf=None if way and self._is_ours() else self.leaf)
        return twin

    def dump_state(self) -> dict[str, Any]:
        """The model and its settings in DSPy's layout, JSON-ready; neither a key nor an address is in it."""
        return {
            **super().dump_state(),
            "_dspy_lm_class": PEER_LM,
            **{name: value for name, value in self._opening.items() if name in SAVED_OF_THE_WAY and value is not None},
            **({"engine": self.engine} if self.engine != "auto" else {}),
            **({} if self.prompt_cache is None else {"prompt_cache": {"mode": "auto" if self.prompt_cache else "off"}}),
            **({"use_developer_role": True} if self.use_developer_role else {}),
            "finetuning_model": None,
            "launch_kwargs": {},
            "train_kwargs": {},
        }

    @classmethod
    def load_state(cls, state: Mapping[str, Any], *, allow_custom_lm_class: bool = False) -> LM:
        """The model that `dump_state` described.

        Raises:
            UsageError: When it is of a class that is not this one; no file says what code to run.
        """
        kind = state.get("_dspy_lm_class", PEER_LM)
        if allow_custom_lm_class or kind not in (PEER_LM, f"{cls.__module__}.{cls.__qualname__}"):
            raise UsageError(
                f"The state is of a {kind}, and a state does not say what code to run.",
                hint="Make the model yourself, of that class.",
            )
        return cls(**{name: value for name, value in state.items() if name != "_dspy_lm_class"})

    def _answer_by(self) -> None:
        """The leaf is there already."""

    def _caches(self, wanted: bool | None = None) -> bool:
        return self.cache if wanted is None else wanted

    def _is_ours(self) -> bool:
        """Whether the leaf was opened by the model's name."""
        return type(self.leaf).__module__.startswith("nbdspy.models.")

    def _arguments(self) -> dict[str, Any]:
        told = {f"supports_{name}": value for name, value in self._told.items()}
        return {
            **super()._arguments(), **told, "supported_params": self._params, **self._opening, "engine": self.engine,
            "use_developer_role": self.use_developer_role, "prompt_cache": self.prompt_cache,
        }  # fmt: skip


def thinks(model: str) -> bool:
    """Whether the name is one of OpenAI's models that think before they answer.

    Example:
        >>> [thinks(f"openai/{name}") for name in ("o4-mini", "gpt-5-mini", "gpt-5-chat-latest", "gpt-4o")]
        [True, True, False, False]
    """
    return _THINKING.match(model.rsplit("/", 1)[-1]) is not None and not _is_local(model)


def _is_local(model: str) -> bool:
    from nbdspy.models.weights import is_local  # what fetches files is loaded where there may be one

    return is_local(model)


def _is_of_the_way(name: str) -> bool:
    return name in OPEN_OPTIONS or names_secret(name)


def _by_our_names(options: Mapping[str, Any]) -> dict[str, Any]:
    """The options under the names that we have for them; headers under several names are sent together."""
    ours = {name: value for name, value in options.items() if name not in _ALIASES}
    for alias, name in _ALIASES.items():
        given, other = options.get(alias), ours.get(name)
        if given is not None:
            ours[name] = {**other, **given} if isinstance(given, Mapping) and isinstance(other, Mapping) else given
    return ours


def _refuse_keys(values: Mapping[str, Any]) -> None:
    """Refuse a key among the values of one request, where it would be written into bodies, caches and cassettes.

    Raises:
        UsageError: Names it, and says where it belongs.
    """
    for name, value in {**(values.get("options") or {}), **values}.items():
        if value is not None and (name.endswith("headers") or names_secret(name)):
            raise UsageError(
                f"{name} belongs to the way to the model, not to one request.",
                hint=f"Write lm.copy({name}=...), and ask that.",
            )


def _refuse_idle(options: dict[str, Any]) -> None:
    for name, reason in _NOT_HERE.items():
        if options.pop(name, None):
            raise UsageError(f"{name} does nothing here: {reason}.", hint="Leave it out.")


def check_address(way: Mapping[str, Any]) -> None:
    """Refuse an empty address, which would else stand for the provider's own."""
    address = way.get("api_base")
    if address is not None and not (isinstance(address, str) and address.strip()):
        raise UsageError(
            f"api_base cannot be {address!r}.",
            hint="Check the variable that it comes from, or leave it out for the provider's own server.",
        )


def warn_misspelt(options: Iterable[str]) -> None:
    """Providers take all kinds of settings; one that is almost a known one is told, though it is sent."""
    for name in options:
        close = get_close_matches(name, _SETTINGS, n=1, cutoff=0.85)
        if close and name not in _SETTINGS:
            warn_caller(f"{name} is sent to the model as it is. Did you mean {close[0]}?")


def _check_name(model: str, model_type: str, engine: str) -> None:
    if model.endswith("/"):
        raise UsageError(f"{model!r} names a provider and no model.", hint=f"Write {model}gpt-4.1-mini, for example.")
    if engine != "http" and (model_type == "responses" or engine == "litellm") and _is_local(model):
        given = f"engine={engine!r}" if engine == "litellm" else f"model_type={model_type!r}"
        raise UsageError(f"{model} runs on this machine, where {given} means nothing.", hint="Leave it out.")


def _check_thinking(model: str, temperature: float | None, limit: int | None) -> None:
    if temperature not in (None, 1):
        raise UsageError(
            f"{model} thinks before it answers and takes no temperature but 1; it was given {temperature!r}.",
            hint="Set temperature=1 or leave it out.",
        )
    if limit is not None and limit < ROOM_TO_THINK:
        raise UsageError(
            f"{model} thinks before it answers, and its thoughts count: max_tokens={limit} may leave no answer.",
            hint=f"Set max_tokens to {ROOM_TO_THINK} or more, or leave it out.",
        )


def _wants_prompt_cache(given: Any) -> bool | None:
    """Whether it is asked for, in our words or in DSPy's."""
    mode = given.get("mode", "auto") if isinstance(given, Mapping) else getattr(given, "mode", given)
    if mode is None or isinstance(mode, bool):
        return mode
    if mode not in ("auto", "off"):
        raise UsageError(f"prompt_cache cannot be {given!r}.", hint="Give True or False.")
    return bool(mode == "auto")


def _prompt_cache(model: str) -> dict[str, Any]:
    """The option by which LiteLLM asks for it: the beginning up to the end of what the system says is kept."""
    if "claude" not in model:
        raise UsageError(
            f"prompt_cache does nothing for {model}: where a provider keeps beginnings of prompts, it does so unasked.",
            hint="Leave it out.",
        )
    return {"cache_control_injection_points": [{"location": "message", "role": "system"}]}
