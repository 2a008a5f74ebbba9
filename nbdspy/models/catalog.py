"""From a model's name to the leaf that answers for it."""

from __future__ import annotations

from typing import Any, Literal, get_args

from nbdspy.errors import UsageError, did_you_mean
from nbdspy.models.access import OPENAI_COMPATIBLE
from nbdspy.models.gate import Leaf
from nbdspy.models.model_list import near_provider

Engine = Literal["auto", "http", "litellm"]
COMMON = {"anthropic", "azure", "bedrock", "gemini", "groq", "mistral", "ollama", "ollama_chat", "vertex_ai"}
LEAN = {"api_base", "api_key", "extra_headers", "num_retries", "timeout"}  # what the HTTP lane knows how to use


def open_leaf(model: str, *, engine: Engine = "auto", **options: Any) -> Leaf:
    """The leaf for a name; nothing is fetched and no package loaded before it is asked.

    Args:
        model: A model on this machine, or `provider/model`.
        engine: How to reach a provider: `"http"` speaks OpenAI's protocol to the server at `api_base`, `"litellm"`
            leaves it to LiteLLM; by default the first where the provider speaks that protocol anyway.
        **options: What the way there needs.

    Raises:
        UsageError: When no model has this name, or the engine does not exist or cannot reach it.
    """
    from nbdspy.models.weights import KNOWN, is_local

    if engine not in get_args(Engine):
        known = get_args(Engine)
        raise UsageError(
            f"There is no engine {engine!r}.", hint=did_you_mean(str(engine), known) or f"Say {', '.join(known)}."
        )
    if engine != "http" and is_local(model):
        from nbdspy.models.local import LocalLeaf

        return LocalLeaf(model, **options)
    provider, _, name = model.strip("/").partition("/")
    lean = provider in OPENAI_COMPATIBLE and bool(name)
    given = {option: value for option, value in options.items() if value is not None}
    if engine == "http" or (engine == "auto" and lean and given.keys() <= LEAN):
        from nbdspy.models.http import HttpLeaf

        if others := given.keys() - LEAN:
            raise UsageError(
                f"The engine 'http' does not know what to do with {min(others)}.",
                hint="Leave it out, or say engine='litellm'.",
            )
        return HttpLeaf(model, **given)
    if name:
        from nbdspy.models.remote import RemoteLeaf

        if engine == "auto" and provider not in COMMON and (meant := near_provider(provider)):
            raise UsageError(
                f"No provider is called {provider!r}.",
                hint=f"Did you mean {meant}/{name}? If not, say engine='litellm'.",
            )

        return RemoteLeaf(model, **options)
    raise UsageError(
        f"No model is called {model!r}.",
        hint=did_you_mean(model, KNOWN)
        or f"Local models: {', '.join(KNOWN)}. Others are named provider/model, such as openai/gpt-5-mini.",
    )
