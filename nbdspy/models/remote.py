"""The leaf for every provider: LiteLLM, loaded at the first call."""

from __future__ import annotations

import logging
import os
import re
import warnings
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from functools import cache
from typing import Any

from nbdspy.errors import (
    ContextTooLong,
    LMError,
    LMRefused,
    LMUnavailable,
    NbdspyError,
    NotConfigured,
    RateLimited,
    UsageError,
    did_you_mean,
)
from nbdspy.models.messages import Reply, Request, Usage
from nbdspy.models.redaction import conceal, redact
from nbdspy.render import short

_KEY_VARIABLE = re.compile(r"_API_KEY$|_TOKEN$")
_WRAPPING = re.compile(r"^(?:(?:[\w.-]+(?:Error|Exception|Timeout)(?::| -)|Error code: \d+ -) )+")
_NO_KEY = "none"  # what servers that ask for no key are sent; the client insists on one


class RemoteLeaf:
    """A model behind a provider's API.

    Args:
        model: As LiteLLM names it, such as `"openai/gpt-5-mini"` or `"anthropic/claude-sonnet-4-5"`.
        api_base: Address of an OpenAI-compatible server, for `openai/...` and the like.
        api_key: Without it the provider's variable is looked up in the environment, then in `.env`.
        num_retries: How often a request is sent again after a failure that may pass.
        timeout: Seconds without a sign of life after which a request has failed.
        **access: What else the provider needs to let us in, such as `api_version`.
    """

    prefers = "chat"
    constrains = False
    free = False

    def __init__(
        self, model: str, *, api_base: str | None = None, api_key: str | None = None, num_retries: int = 3,
        timeout: float = 120.0, **access: Any,
    ) -> None:  # fmt: skip
        self.model = model
        self.attempts = num_retries + 1
        self.timeout = timeout
        self._access = {**access, **({"api_base": api_base} if api_base else {})}
        if api_key:
            self._admit_with(api_key)
        self._is_ready = False

    @property
    def address(self) -> str | None:
        """The server, where it is not the provider's own."""
        return self._access.get("api_base")

    def __repr__(self) -> str:
        return f"RemoteLeaf({self.model!r})"

    def load(self) -> None:
        """Import LiteLLM and see that there is a key.

        Raises:
            NotConfigured: When there is none; names the variable to set.
            UsageError: When no provider has this name.
        """
        if self._is_ready:
            return
        litellm = _litellm()
        provider = self.model.split("/")[0]
        try:
            litellm.get_llm_provider(self.model)
        except litellm.exceptions.BadRequestError as error:
            raise UsageError(
                f"No provider is called {provider!r}.",
                hint=did_you_mean(provider, (known.value for known in litellm.LlmProviders))
                or "Models are named provider/model, such as openai/gpt-5-mini.",
            ) from error
        variables = self._unset_variables()
        if variables and "api_key" not in self._access:
            api_key = _from_dotenv(variables) or (_NO_KEY if "api_base" in self._access else None)
            if api_key is None:
                raise NotConfigured(
                    f"There is no key for {self.model}: {' or '.join(variables)} is not set.",
                    hint=f"Write {variables[-1]}=... into a file .env beside the notebook, "
                    "or set it before Jupyter starts.",
                )
            self._admit_with(api_key)
        self._is_ready = True

    def close(self) -> None:
        """There is nothing to give back."""

    def send(self, request: Request) -> Reply:
        """Answer on this thread."""
        call, arguments = self._call(request, "text_completion", "completion")
        with self._translating():
            return self._reply(call(**arguments))

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop."""
        call, arguments = self._call(request, "atext_completion", "acompletion")
        with self._translating():
            return self._reply(await call(**arguments))

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """Yield pieces of text as they come and return the whole reply; several completions come whole."""
        if request.n > 1:
            reply = self.send(request)
            yield reply.text
            return reply
        call, arguments = self._call(request, "text_completion", "completion")
        said: list[str] = []
        end = ""
        last: Any = None
        with self._translating():
            for last in call(**arguments, stream=True, stream_options={"include_usage": True}):
                for choice in last.choices:
                    end = choice.finish_reason or end
                    if piece := _text(choice):
                        said.append(piece)
                        yield piece
            return self._checked(
                Reply(texts=("".join(said),), usage=_usage(last), cost=self._cost(last), finish_reasons=(end,)),
                answered=False,  # a stream that is none ends with "stop" too
            )

    def _admit_with(self, api_key: str) -> None:
        conceal(api_key)
        self._access["api_key"] = api_key

    def _unset_variables(self) -> list[str]:
        """The variables that would hold the key, when none of them does.

        Providers with other ways in (cloud credentials, a server of one's own) speak for themselves when asked.
        """
        missing = _litellm().validate_environment(self.model)["missing_keys"]
        return [name for name in missing if _KEY_VARIABLE.search(name) and not os.environ.get(name)]

    def _call(self, request: Request, for_prompt: str, for_messages: str) -> tuple[Any, dict[str, Any]]:
        """The function of LiteLLM that answers this request, and its arguments."""
        self.load()
        litellm = _litellm()
        given = {
            "temperature": request.temperature,
            "max_tokens": request.max_tokens,
            "n": request.n if request.n > 1 else None,
            "stop": list(request.stop) or None,
            "seed": request.seed,
        }
        if "seed" not in (litellm.get_supported_openai_params(self.model) or ()):
            given["seed"] = None  # providers promise little for a seed; one that knows none still answers
        arguments = {
            "model": self.model,
            "timeout": self.timeout,
            "num_retries": 0,  # the gate retries
            "max_retries": 0,
            **self._access,
            **{name: value for name, value in given.items() if value is not None},
            **request.options,
        }
        if request.prompt is not None:
            return getattr(litellm, for_prompt), {**arguments, "prompt": request.prompt}
        return getattr(litellm, for_messages), {**arguments, "messages": [dict(one) for one in request.messages or ()]}

    def _reply(self, response: Any) -> Reply:
        reply = Reply(
            texts=tuple(_text(choice) for choice in response.choices),
            usage=_usage(response),
            cost=self._cost(response),
            finish_reasons=tuple(choice.finish_reason or "" for choice in response.choices),
        )
        return self._checked(reply, answered=any(reply.finish_reasons))

    def _checked(self, reply: Reply, *, answered: bool) -> Reply:
        """A web page with status 200 arrives as a reply without a text, an end or a token used."""
        if answered or any(reply.texts) or reply.usage.total:
            return reply
        raise LMUnavailable(
            f"{self.model} sent something that is not a completion.",
            hint="Check `api_base`, if you set one.",
            transient=True,
        )

    def _cost(self, response: Any) -> float | None:
        """By LiteLLM's own price list; None for a model that is not on it, or when no tokens were told."""
        if not _usage(response).total:
            return None
        litellm = _litellm()
        try:
            return float(litellm.completion_cost(completion_response=response, model=self.model))
        except Exception:  # every way not to know a price has its own class there
            return None

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """LiteLLM's errors as ours; the original stays the cause, unless it shows a key."""
        try:
            yield
        except NbdspyError:
            raise
        except Exception as error:  # foreign code: what is not known below is an LMError
            raise self._translated(error) from (error if redact(str(error)) == str(error) else None)

    def _translated(self, error: Exception) -> LMError:
        exceptions = _litellm().exceptions
        said = _said(error)
        status = getattr(error, "status_code", None)
        if isinstance(error, exceptions.ContextWindowExceededError):
            return ContextTooLong(
                f"The prompt is too long for {self.model}: {said}", hint="Use fewer or shorter demos."
            )
        if isinstance(error, exceptions.Timeout):
            return LMUnavailable(
                f"{self.model} did not answer within {self.timeout:g} s.",
                hint="Try again, or set a longer `timeout`.",
                transient=True,
            )
        if status == 401:
            return NotConfigured(f"{self.model} does not accept the key: {said}", hint="Check the key and its account.")
        if status == 429 and "quota" in str(error):
            return LMRefused(f"The account has nothing left for {self.model}: {said}", hint="Check its billing page.")
        if status == 429:
            return RateLimited(
                f"{self.model} asks to wait: {said}",
                hint="Use fewer threads, or try again later.",
                retry_after=_retry_after(error),
            )
        if isinstance(status, int) and status >= 500:
            return LMUnavailable(
                f"{self.model} is not available: {said}",
                hint="Try again; check `api_base`, if you set one.",
                transient=True,
            )
        if isinstance(status, int) and status >= 400:
            return LMRefused(
                f"{self.model} refused the request: {said}",
                hint="Check the model's name." if status == 404 else "Sending it again will not help; change it.",
            )
        return LMError(f"{self.model} failed with {type(error).__name__}: {said}")


@cache
def _litellm() -> Any:
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


def _from_dotenv(variables: list[str]) -> str | None:
    """A key from `.env` in the working directory; nothing else in that file counts."""
    from dotenv import dotenv_values

    values = dotenv_values(".env", interpolate=False)
    return next((value for name in variables if (value := values.get(name))), None)


def _text(choice: Any) -> str:
    """What one choice says, in whichever of the four forms it comes: chat or plain, whole or a piece."""
    part = getattr(choice, "message", None) or getattr(choice, "delta", None)
    return (choice.text if part is None else part.content) or ""


def _usage(response: Any) -> Usage:
    usage = getattr(response, "usage", None)
    if usage is None:
        return Usage()
    details = getattr(usage, "prompt_tokens_details", None)
    return Usage(
        prompt=usage.prompt_tokens or 0,
        completion=usage.completion_tokens or 0,
        cached=getattr(details, "cached_tokens", None) or 0,
    )


def _said(error: Exception) -> str:
    """The provider's own words, out of LiteLLM's wrapping and without keys."""
    body = getattr(error, "body", None)
    text = str(body.get("message") or "") if isinstance(body, dict) else ""
    if not text:
        quoted = re.search(r"'message': (['\"])(.*?)\1", str(error))
        text = quoted[2] if quoted else _WRAPPING.sub("", str(error))
    return short(redact(text.split(" Original exception:")[0]), 200) or "it gave no reason."


def _retry_after(error: Exception) -> float | None:
    """The seconds that the provider asked to wait for."""
    headers = getattr(error, "litellm_response_headers", None) or getattr(
        getattr(error, "response", None), "headers", {}
    )
    try:
        return float(headers.get("retry-after", ""))
    except ValueError:  # no such header, or a date in it
        return None
