"""The settings of a model in DSPy's layout, without any key and without an address."""

from __future__ import annotations

import re
import warnings
from collections.abc import Mapping
from typing import Any

from nbdspy.errors import SavedStateError, UsageError
from nbdspy.models import LM, BaseLM
from nbdspy.models.redaction import names_secret, redact_settings

NOT_OURS = ("finetuning_model", "launch_kwargs", "train_kwargs", "engine", "async_engine", "prompt_cache")
# A file must not say where calls go, or who pays for them and reads them.
NOT_TAKEN_FROM_FILES = re.compile(r"base|url|endpoint|host|proxy|headers|fallbacks|model_list|provider|client|organi")


def dump_lm(lm: BaseLM, options: Mapping[str, Any]) -> dict[str, Any]:
    """The settings of a model.

    Args:
        lm: The model.
        options: Its options, in the types that the file takes.
    """
    return {**lm.dump_state(), **redact_settings(options)}


def read_lm(state: Mapping[str, Any] | None) -> LM | None:
    """The model that a file names, with its settings; addresses are left out with a warning.

    Raises:
        SavedStateError: When there is no such model here.
    """
    if state is None:
        return None
    settings = {key: value for key, value in state.items() if key not in NOT_OURS and not key.startswith("_dspy")}
    for name in [name for name in settings if NOT_TAKEN_FROM_FILES.search(name) or names_secret(name)]:
        if settings.pop(name):
            warnings.warn(
                f"The file's {name} was not taken over: a file must not say where calls go. Set it on the LM.",
                UserWarning,
                stacklevel=6,
            )
    if settings.get("model_type") == "chat":
        del settings["model_type"]
    model = settings.pop("model")
    try:
        return LM(model, **settings)
    except UsageError as error:
        raise SavedStateError(
            f"The file's model {model!r} cannot be opened here: {error.message}",
            hint="Save the program without a model of its own: program.set_lm(None).",
        ) from error
