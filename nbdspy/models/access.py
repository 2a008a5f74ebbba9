"""The way to a provider: where its server is, and the key that lets us in, from the environment or from `.env`."""

from __future__ import annotations

import os
from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy.errors import NotConfigured


@dataclass(frozen=True, slots=True, kw_only=True)
class Provider:
    """A provider that speaks OpenAI's protocol as it is; without an `address` the user says where it is."""

    key_variable: str
    address_variables: tuple[str, ...]
    address: str | None = None
    needs_key: bool = False


# Only those that need nothing but an address and perhaps a key; all the others have ways of their own, which LiteLLM
# knows.
OPENAI_COMPATIBLE = {
    "openai": Provider(
        key_variable="OPENAI_API_KEY",
        address_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE"),
        address="https://api.openai.com/v1",
        needs_key=True,
    ),
    "custom_openai": Provider(key_variable="OPENAI_API_KEY", address_variables=("OPENAI_BASE_URL", "OPENAI_API_BASE")),
    "openai_like": Provider(key_variable="OPENAI_LIKE_API_KEY", address_variables=("OPENAI_LIKE_API_BASE",)),
    "hosted_vllm": Provider(key_variable="HOSTED_VLLM_API_KEY", address_variables=("HOSTED_VLLM_API_BASE",)),
    "lm_studio": Provider(
        key_variable="LM_STUDIO_API_KEY",
        address_variables=("LM_STUDIO_API_BASE",),
        address="http://127.0.0.1:1234/v1",
    ),
    "llamafile": Provider(
        key_variable="LLAMAFILE_API_KEY",
        address_variables=("LLAMAFILE_API_BASE",),
        address="http://127.0.0.1:8080/v1",
    ),
}


def from_environment(variables: Sequence[str]) -> str | None:
    """The first of these variables that is set."""
    return next((value for name in variables if (value := os.environ.get(name))), None)


def from_dotenv(variables: Sequence[str]) -> str | None:
    """A key from `.env` in the working directory; nothing else in that file counts."""
    from dotenv import dotenv_values

    values = dotenv_values(".env", interpolate=False)
    return next((value for name in variables if (value := values.get(name))), None)


def without_key(model: str, variables: Sequence[str]) -> NotConfigured:
    """The error of a provider that asks for a key, when there is none."""
    return NotConfigured(
        f"There is no key for {model}: {' or '.join(variables)} is not set.",
        hint=f"Write {variables[-1]}=... into a file .env beside the notebook, or set it before Jupyter starts.",
    )
