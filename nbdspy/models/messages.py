"""What crosses to a model and back: a frozen `Request` and a frozen `Reply`."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, fields
from typing import Any, Literal

Endpoint = Literal["chat", "text", "responses", "embeddings"]  # which of a provider's endpoints answers

Message = Mapping[str, Any]
"""`{"role": "user", "content": "text" or a list of content parts}`, as every provider takes it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Shape:
    """What the text of a reply must look like, for models that can be held to it.

    `grammar` is GBNF and describes the whole reply. `choices` is set besides when the reply is one of a few texts, so
    that a model may stop as soon as only one is left.
    """

    grammar: str
    choices: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Request:
    """One question to one model.

    Exactly one of `messages` (chat) and `prompt` (plain completion) is set, and says by itself which endpoint answers;
    `endpoint` is set where that is another one. Embedders ask with neither: their texts are `options["input"]`. `tools`
    are functions that the model may call and `response_format` the JSON schema that its text must keep to, both as
    OpenAI's API takes them. `rollout_id` changes nothing at the provider; it only makes an otherwise equal request a
    different one, so that caches give a fresh sample. `fingerprint` tells functions of one name apart, where a function
    of the user's answers.
    """

    model: str
    messages: Sequence[Message] | None = None
    prompt: str | None = None
    endpoint: Endpoint | None = None
    temperature: float | None = None
    max_tokens: int | None = None
    n: int = 1
    stop: tuple[str, ...] = ()
    seed: int | None = None
    rollout_id: int | None = None
    fingerprint: str | None = None
    shape: Shape | None = None
    tools: Sequence[Mapping[str, Any]] = ()
    response_format: Mapping[str, Any] | None = None
    options: Mapping[str, Any] = field(default_factory=dict)

    def as_dict(self) -> dict[str, Any]:
        """The request as JSON-ready values, without what is unset; never holds a key or an address."""
        values: dict[str, Any] = {}
        for name in _OF_REQUESTS:
            value = getattr(self, name)
            if value is None or value == () or value == [] or value == {}:
                continue
            values[name] = value.grammar if isinstance(value, Shape) else value
        return values

    def canonical(self) -> str:
        """Sorted JSON: equal requests have equal text on every machine."""
        return canonical(self.as_dict())

    def key(self) -> str:
        """The sha256 of `canonical()`; names the request in caches and cassettes."""
        return digest(self.canonical())


_OF_REQUESTS = tuple(item.name for item in fields(Request))


@dataclass(frozen=True, slots=True, kw_only=True)
class Usage:
    """Tokens of one reply; `cached` of the prompt's were read from the model's own prefix cache."""

    prompt: int = 0
    completion: int = 0
    cached: int = 0

    @property
    def total(self) -> int:
        """All tokens, in and out."""
        return self.prompt + self.completion

    def __add__(self, other: Usage) -> Usage:
        return Usage(
            prompt=self.prompt + other.prompt,
            completion=self.completion + other.completion,
            cached=self.cached + other.cached,
        )


@dataclass(frozen=True, slots=True, kw_only=True)
class Extras:
    """What a completion holds besides its text.

    `tool_calls` are `{"id": …, "name": …, "arguments": {…}}`; `reasoning` is what the model thought before it answered,
    where the provider tells; `logprobs` and `citations` are as the provider gave them, JSON-ready.
    """

    tool_calls: tuple[Mapping[str, Any], ...] = ()
    reasoning: str = ""
    logprobs: Any = None
    citations: tuple[Mapping[str, Any], ...] = ()

    def as_dict(self) -> dict[str, Any]:
        """What is there, as JSON-ready values."""
        values = {
            "tool_calls": [dict(call) for call in self.tool_calls],
            "reasoning": self.reasoning,
            "logprobs": self.logprobs,
            "citations": [dict(citation) for citation in self.citations],
        }
        return {name: value for name, value in values.items() if value}

    @classmethod
    def from_dict(cls, values: Mapping[str, Any]) -> Extras:
        """Read what `as_dict` wrote."""
        return cls(
            tool_calls=tuple(values.get("tool_calls", ())),
            reasoning=values.get("reasoning", ""),
            logprobs=values.get("logprobs"),
            citations=tuple(values.get("citations", ())),
        )


NO_EXTRAS = Extras()


@dataclass(frozen=True, slots=True, kw_only=True)
class Reply:
    """What a model answered: one text per completion asked for.

    `extras` has one entry per text, or none when no completion holds more than its text. `cost` is in US dollars, 0.0
    for a model that costs nothing, None when the price is unknown. `cached` says the reply came from our reply cache,
    `recorded` that it came from a cassette; `seconds` is the model's own time.
    """

    texts: tuple[str, ...]
    extras: tuple[Extras, ...] = ()
    usage: Usage = Usage()
    cost: float | None = None
    finish_reasons: tuple[str, ...] = ()
    seconds: float = 0.0
    cached: bool = False
    recorded: bool = False

    @property
    def text(self) -> str:
        """The first completion; empty when the model said nothing."""
        return self.texts[0] if self.texts else ""

    def extra(self, number: int) -> Extras:
        """What a completion holds besides its text."""
        return self.extras[number] if number < len(self.extras) else NO_EXTRAS

    def as_dict(self) -> dict[str, Any]:
        """The reply as JSON-ready values, as caches and cassettes keep it."""
        usage = {"prompt": self.usage.prompt, "completion": self.usage.completion, "cached": self.usage.cached}
        extras = [extra.as_dict() for extra in self.extras]
        return {
            "texts": list(self.texts),
            **({"extras": extras} if any(extras) else {}),
            "usage": usage,
            "cost": self.cost,
            "finish_reasons": list(self.finish_reasons),
        }

    @classmethod
    def from_dict(cls, values: Mapping[str, Any], *, cached: bool = False, recorded: bool = False) -> Reply:
        """Read what `as_dict` wrote."""
        return cls(
            texts=tuple(values["texts"]),
            extras=tuple(map(Extras.from_dict, values.get("extras", ()))),
            usage=Usage(**values.get("usage", {})),
            cost=values.get("cost"),
            finish_reasons=tuple(values.get("finish_reasons", ())),
            cached=cached,
            recorded=recorded,
        )


_sorted_json = json.JSONEncoder(sort_keys=True, ensure_ascii=False, separators=(",", ":"), default=str)


def canonical(values: Mapping[str, Any]) -> str:
    """Sorted JSON without spaces: equal values have equal text on every machine."""
    return _sorted_json.encode(values)


def digest(text: str) -> str:
    """The sha256 of a text, also of one that holds half a surrogate pair, as text from tables may."""
    return hashlib.sha256(text.encode("utf-8", "surrogatepass")).hexdigest()
