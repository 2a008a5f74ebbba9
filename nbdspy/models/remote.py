"""The leaf for every provider: LiteLLM, loaded at the first call."""

from __future__ import annotations

import os
import re
import warnings
from collections.abc import AsyncGenerator, Generator, Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import replace
from typing import Any

from nbdspy.errors import LMError, NbdspyError, UsageError, did_you_mean
from nbdspy.models.access import OPENAI_COMPATIBLE, from_dotenv, without_key
from nbdspy.models.documents import without_documents
from nbdspy.models.failures import Refusal, failure, no_completion, refusal_of, seconds_to_wait, silent, too_long
from nbdspy.models.litellm_loaded import litellm_package
from nbdspy.models.messages import Endpoint, Reply, Request, Usage
from nbdspy.models.provided import Provided
from nbdspy.models.redaction import conceal, conceal_headers, redact, shown_cause
from nbdspy.models.streamed import Assembly
from nbdspy.models.told import price, read_json
from nbdspy.models.wire import body_of, endpoint_of, reply_of
from nbdspy.render import short

_KEY_VARIABLE = re.compile(r"_API_KEY$|_TOKEN$")
_WRAPPING = re.compile(r"^(?:(?:[\w.-]+(?:Error|Exception|Timeout)(?::| -)|Error code: \d+ -) )+")
_NO_KEY = "none"  # what servers that ask for no key are sent; the client insists on one
_FUNCTIONS: Mapping[Endpoint, str] = {"chat": "completion", "text": "text_completion", "responses": "responses"}


class RemoteLeaf(Provided):
    """A model behind a provider's API.

    Args:
        model: As LiteLLM names it, such as `"openai/gpt-5-mini"` or `"anthropic/claude-sonnet-4-5"`.
        api_base: Address of an OpenAI-compatible server, for `openai/...` and the like.
        api_key: Without it the provider's variable is looked up in the environment, then in `.env`.
        num_retries: How often a request is sent again after a failure that may pass.
        timeout: Seconds without a sign of life after which a request has failed.
        **access: What else the provider needs to let us in, such as `api_version`.
    """

    def __init__(
        self, model: str, *, api_base: str | None = None, api_key: str | None = None, num_retries: int = 3,
        timeout: float = 120.0, **access: Any,
    ) -> None:  # fmt: skip
        self.model = model
        self.attempts = num_retries + 1
        self.timeout = timeout
        self._access = {**access, **({"api_base": api_base} if api_base else {})}
        conceal_headers(access.get("extra_headers") or {})
        if api_key:
            self._admit_with(api_key)
        self._is_ready = False
        self._takes_seed = False

    @property
    def address(self) -> str | None:
        """The server, where it is not the provider's own."""
        return self._access.get("api_base")

    def load(self) -> None:
        """Import LiteLLM and see that there is a key.

        Raises:
            NotConfigured: When there is none; names the variable to set.
            UsageError: When no provider has this name.
        """
        if self._is_ready:
            return
        litellm = litellm_package()
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
            api_key = from_dotenv(variables) or (_NO_KEY if "api_base" in self._access else None)
            if api_key is None:
                raise without_key(self.model, variables)
            self._admit_with(api_key)
        # providers promise little for a seed; one that knows none still answers
        self._takes_seed = "seed" in (litellm.get_supported_openai_params(self.model) or ())
        self._is_ready = True

    def close(self) -> None:
        """There is nothing to give back."""

    def send(self, request: Request) -> Reply:
        """Answer on this thread."""
        call, arguments = self._call(request)
        with self._translating():
            return self._reply(call(**arguments))

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop."""
        call, arguments = self._call(request, "a")
        with self._translating():
            return self._reply(await call(**arguments))

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """Yield pieces of text as they come and return the whole reply; several completions come whole."""
        if request.n > 1:
            reply = self.send(request)
            yield reply.text
            return reply
        call, arguments = self._call(request, streams=True)
        assembly = Assembly()
        last: Any = None
        with self._translating():
            for last in call(**arguments):
                if text := self._heard(assembly, last):
                    yield text
            return self._streamed(assembly, last)

    async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Give pieces of text as they come, and then the whole reply."""
        if request.n > 1:
            reply = await self.asend(request)
            yield reply.text
            yield reply
            return
        call, arguments = self._call(request, "a", streams=True)
        assembly = Assembly()
        last: Any = None
        with self._translating():
            async for last in await call(**arguments):
                if text := self._heard(assembly, last):
                    yield text
            yield self._streamed(assembly, last)

    def _admit_with(self, api_key: str) -> None:
        conceal(api_key)
        self._access["api_key"] = api_key

    def _unset_variables(self) -> list[str]:
        """The variables that would hold the key, when none of them does.

        Providers with other ways in (cloud credentials, a server of one's own) speak for themselves when asked.
        """
        missing = litellm_package().validate_environment(self.model)["missing_keys"]
        return [name for name in missing if _KEY_VARIABLE.search(name) and not os.environ.get(name)]

    def _call(self, request: Request, kind: str = "", *, streams: bool = False) -> tuple[Any, dict[str, Any]]:
        """The function of LiteLLM that answers this request, of the awaited kind for "a", and its arguments."""
        self.load()
        endpoint = endpoint_of(request)
        if self.model.partition("/")[0] in OPENAI_COMPATIBLE:
            request = without_documents(request)
        arguments = {
            "model": self.model,
            "timeout": self.timeout,
            "num_retries": 0,  # the gate retries
            "max_retries": 0,
            **self._access,
            **body_of(request if self._takes_seed else replace(request, seed=None)),
        }
        if streams:
            arguments["stream"] = True
            if endpoint != "responses":
                arguments["stream_options"] = {"include_usage": True}
        return getattr(litellm_package(), kind + _FUNCTIONS[endpoint]), arguments

    def _reply(self, response: Any) -> Reply:
        reply = reply_of(_plain(response))
        # A web page with status 200 arrives as a reply without a text, an end or a token used.
        if reply is None or not (any(reply.texts) or any(reply.finish_reasons) or reply.usage.total):
            raise no_completion(self.model)
        return replace(reply, cost=self._cost(response, reply.usage))

    def _heard(self, assembly: Assembly, piece: Any) -> str:
        text = assembly.hear(_plain(piece))
        if assembly.error is not None:
            raise failure(self.model, refusal_of(200, assembly.error))
        return text

    def _streamed(self, assembly: Assembly, last: Any) -> Reply:
        reply = assembly.reply()
        # LiteLLM says of a stream that is none that it ended well
        if reply is None or not (any(reply.texts) or reply.extras or reply.usage.total):
            raise no_completion(self.model)
        return replace(reply, cost=self._cost(getattr(last, "response", last), reply.usage))

    def _cost(self, response: Any, usage: Usage) -> float | None:
        """By LiteLLM's own price list; None for a model that is not on it, or when no tokens were told."""
        if not usage.total:
            return None
        try:
            return price(litellm_package().completion_cost(completion_response=response, model=self.model))
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
            raise self._translated(error) from shown_cause(error)

    def _translated(self, error: Exception) -> LMError:
        exceptions = litellm_package().exceptions
        said = _said(error)
        status = getattr(error, "status_code", None)
        if isinstance(error, exceptions.ContextWindowExceededError):
            return too_long(self.model, said)
        if isinstance(error, RecursionError) or isinstance(error.__cause__ or error.__context__, RecursionError):
            return no_completion(self.model)
        if status == 200:  # it could not be read
            return no_completion(self.model)
        if isinstance(error, exceptions.Timeout):
            return silent(self.model, self.timeout)
        if isinstance(status, int) and status >= 400:
            headers = getattr(error, "litellm_response_headers", None) or getattr(
                getattr(error, "response", None), "headers", {}
            )
            code = "quota" if "quota" in str(error) else ""
            guessed = status == 500  # LiteLLM's word for connections that failed, too
            wait = seconds_to_wait(headers)
            return failure(
                self.model, Refusal(status=status, said=said, code=code, retry_after=wait, guessed=guessed)
            )  # fmt: skip
        return LMError(f"{self.model} failed with {type(error).__name__}: {said}")


def _plain(answer: Any) -> Any:
    """What LiteLLM answers, as the JSON that it was."""
    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # pydantic's, about values that LiteLLM's own types did not foresee
        return answer.model_dump(mode="json")


def _said(error: Exception) -> str:
    """The provider's own words, out of LiteLLM's wrapping and without keys."""
    body = getattr(error, "body", None)
    text = str(body.get("message") or "") if isinstance(body, dict) else ""
    if not text:
        quoted = re.search(r"'message': (['\"])(.*?)\1", str(error))
        text = quoted[2] if quoted else _WRAPPING.sub("", str(error))
        with suppress(ValueError):  # of the responses endpoint it shows the whole answer
            text = refusal_of(200, read_json(text)).said
    return short(redact(text.split(" Original exception:")[0]), 200) or "it gave no reason."
