"""What tokens cost and models can do, by the list that LiteLLM brings along; it is read, LiteLLM is not loaded."""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from difflib import get_close_matches
from functools import cache
from importlib.util import find_spec
from pathlib import Path
from typing import Any

from nbdspy.models.abilities import PARAMS, PLAIN, Abilities
from nbdspy.models.messages import Usage

_FILE = "model_prices_and_context_window_backup.json"
_STEP = re.compile(r"input_cost_per_token_above_(\d+)k_tokens")


@dataclass(frozen=True, slots=True, kw_only=True)
class Price:
    """US dollars per token, from a number of prompt tokens on."""

    input: float
    output: float
    cached: float
    above: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """What the list says of a model: its prices, the one for the longest prompts first, and what it can do."""

    provider: str
    prices: tuple[Price, ...]
    abilities: Abilities


def listed(model: str) -> Listed | None:
    """The entry of a model that is named `provider/model`, or None."""
    provider, _, name = model.partition("/")
    entry = _list().get(model)
    if entry is None:  # the providers' own stand there without their provider
        if name.startswith("ft:"):
            name = ":".join(name.split(":")[:2])
        entry = _list().get(name)
        if entry is not None and not entry.provider.removeprefix("text-completion-").startswith(provider):
            entry = None
    return entry


def near_provider(provider: str) -> str | None:
    """The listed provider that an unlisted one is probably a misspelling of; the list is read to tell."""
    known = {entry.provider for entry in _list().values()} | {name.partition("/")[0] for name in _list() if "/" in name}
    return None if provider in known else next(iter(get_close_matches(provider, known, n=1, cutoff=0.85)), None)


def abilities_of(model: str) -> Abilities:
    """What a model can do; one that is not listed is taken for a plain one.

    Example:
        >>> abilities_of("openai/gpt-4o-mini").function_calling, abilities_of("openai/one-of-my-own").function_calling
        (True, False)
    """
    entry = listed(model)
    return PLAIN if entry is None else entry.abilities


def cost(model: str, usage: Usage) -> float | None:
    """The price of a call in US dollars; None for a model that is not listed, or when no tokens were told."""
    entry = listed(model)
    if entry is None or not entry.prices or not usage.total:
        return None
    price = next((price for price in entry.prices if usage.prompt > price.above), entry.prices[-1])
    fresh = usage.prompt - usage.cached
    return fresh * price.input + usage.cached * price.cached + usage.completion * price.output


@cache
def _list() -> Mapping[str, Listed]:
    """The models; read once, 40 ms."""
    spec = find_spec("litellm")
    places = (spec.submodule_search_locations if spec else None) or ()
    path = next((path for place in places if (path := Path(place, _FILE)).is_file()), None)
    if path is None:
        return {}
    entries: dict[str, dict[str, Any]] = json.loads(path.read_text(encoding="utf-8"))
    return {
        name: Listed(
            provider=entry.get("litellm_provider", ""),
            prices=_prices(entry),
            abilities=_abilities(entry),
        )
        for name, entry in entries.items()
    }


def _abilities(entry: Mapping[str, Any]) -> Abilities:
    takes = PARAMS if entry.get("supports_sampling_params", True) else PARAMS - {"temperature", "top_p"}
    if entry.get("supports_parallel_function_calling"):
        takes |= {"parallel_tool_calls"}
    return Abilities(
        function_calling=bool(entry.get("supports_function_calling")),
        reasoning=bool(entry.get("supports_reasoning")),
        response_schema=bool(entry.get("supports_response_schema")),
        takes=takes,
        longest=most if isinstance(most := entry.get("max_output_tokens"), int) else None,
    )


def _prices(entry: Mapping[str, Any]) -> tuple[Price, ...]:
    """None for a model without a price per token."""
    if not isinstance(entry.get("input_cost_per_token"), float | int):
        return ()
    steps = sorted((int(found[1]) for name in entry if (found := _STEP.fullmatch(name))), reverse=True)
    return tuple(_price(entry, thousands) for thousands in [*steps, 0])


def _price(entry: Mapping[str, Any], thousands: int) -> Price:
    def told(name: str) -> float | None:
        return entry.get(f"{name}_above_{thousands}k_tokens" if thousands else name)

    read = told("input_cost_per_token") or 0.0
    reread = told("cache_read_input_token_cost")
    return Price(
        input=read,
        output=told("output_cost_per_token") or entry.get("output_cost_per_token") or 0.0,
        cached=read if reread is None else reread,
        above=thousands * 1000,
    )
