"""The package litellm, loaded when a provider is first called, and kept quiet."""

from __future__ import annotations

import logging
import os
import warnings
from typing import Any

from nbdspy.errors import LMUnavailable
from nbdspy.runtime import whole


@whole
def litellm_package() -> Any:
    """The package, kept from fetching prices, from reading `.env` into the environment and from talking."""
    os.environ.setdefault("LITELLM_LOCAL_MODEL_COST_MAP", "True")
    os.environ.setdefault("LITELLM_MODE", "PRODUCTION")  # else a .env beside the notebook could redirect requests
    try:
        with warnings.catch_warnings():
            # Pydantic's, about LiteLLM's own types. These are built when first used, and some modules are loaded by the
            # first call; so one is made here that goes nowhere.
            warnings.simplefilter("ignore")
            import litellm

            for reply in (litellm.ModelResponse, litellm.ModelResponseStream, litellm.TextCompletionResponse):
                reply()
            litellm.completion(model="openai/none", messages=[{"role": "user", "content": ""}], mock_response="none")
    except ImportError as error:
        raise LMUnavailable(
            "Models of providers need the package litellm, which is not installed.", hint="Run `%pip install litellm`."
        ) from error
    litellm.suppress_debug_info = True
    litellm.disable_aiohttp_transport = True  # its sessions are left open, and say so on stderr
    if "LITELLM_LOG" not in os.environ:
        for name in ("LiteLLM", "LiteLLM Router", "LiteLLM Proxy"):
            logging.getLogger(name).setLevel(logging.CRITICAL)
    return litellm
