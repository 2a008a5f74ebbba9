"""The settings of a model in DSPy's layout, without any key and without an address."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, get_args

from nbdspy.errors import SavedStateError, UsageError, warn_caller
from nbdspy.models import LM, BaseLM
from nbdspy.models.catalog import Engine
from nbdspy.models.redaction import redact_settings

NOT_OURS = {"finetuning_model", "launch_kwargs", "train_kwargs", "async_engine"}
TAKEN_FROM_FILES = {
    "temperature", "max_tokens", "max_completion_tokens", "top_p", "top_k", "min_p", "n", "stop", "seed", "logit_bias",
    "presence_penalty", "frequency_penalty", "repetition_penalty", "logprobs", "top_logprobs", "reasoning_effort",
    "verbosity", "response_format", "num_retries", "cache", "model_type", "timeout", "context_length", "prompt_cache",
    "use_developer_role", "rollout_id", "engine",
}  # fmt: skip
"""How a model samples. A file must not say where calls go, who pays for them and reads them, or what else is opened."""

_LOADS_WEIGHTS = {"vllm", "petals"}  # what LiteLLM reaches by loading a model into this process


def dump_lm(lm: BaseLM, options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a model.

    Args:
        lm: The model.
        options: Its options, in the types that the file takes.
    """
    return {**lm.dump_state(), **redact_settings(options)}


def read_lm(state: Mapping[str, Any] | None, *, trusted: bool = False) -> LM | None:
    """The model that a file names, with its settings of sampling; others are left out with a warning.

    Args:
        state: What the file says.
        trusted: Whether the model may be one whose weights are fetched, or opened at a path.

    Raises:
        SavedStateError: When there is no such model here, or it may not be opened.
    """
    if state is None:
        return None
    settings = {key: value for key, value in state.items() if key not in NOT_OURS and not key.startswith("_dspy")}
    model = settings.pop("model")
    if not trusted and _opens_weights(model):
        raise SavedStateError(
            f"The file's model {model!r} was not opened: its weights would be fetched, or read from a path, because a "
            "file says so.",
            hint=f"If you want it, say so before you load: program.set_lm(nbdspy.LM({model!r})).",
        )
    if others := sorted(settings.keys() - TAKEN_FROM_FILES):
        left_out = [name for name in others if settings.pop(name) not in (None, "", {}, [])]
        if left_out:
            were = "was" if len(left_out) == 1 else "were"
            warn_caller(
                f"The file's {', '.join(left_out)} {were} not taken over: a file may say how a model samples, not "
                "where calls go or what they open. Set it on the LM."
            )
    if settings.get("engine") not in get_args(Engine):
        settings.pop("engine", None)  # one of DSPy's own
    if "claude" not in model:
        settings.pop("prompt_cache", None)  # DSPy writes it for every model; here it would do nothing
    if settings.get("model_type") == "chat":
        del settings["model_type"]
    try:
        return LM(model, **settings)
    except UsageError as error:
        raise SavedStateError(
            f"The file's model {model!r} cannot be opened here: {error.message}",
            hint="Save the program without a model of its own: program.set_lm(None).",
        ) from error


def _opens_weights(model: str) -> bool:
    from nbdspy.models.weights import KNOWN, is_local  # what fetches files is loaded where there may be one

    return model not in KNOWN and (is_local(model) or model.partition("/")[0] in _LOADS_WEIGHTS)
