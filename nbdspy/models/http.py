"""The leaf for servers that speak OpenAI's protocol: a lean lane that needs no provider's package."""

from __future__ import annotations

import json
import ssl
from collections.abc import AsyncGenerator, Callable, Generator, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import replace

from nbdspy.errors import LMError, NbdspyError, NotConfigured, UsageError
from nbdspy.models.access import OPENAI_COMPATIBLE, Provider, from_dotenv, from_environment, without_key
from nbdspy.models.connections import Answer, Server, TooLarge
from nbdspy.models.documents import without_documents
from nbdspy.models.failures import failure, no_completion, refusal_in, refusal_of, silent, unavailable
from nbdspy.models.messages import Reply, Request
from nbdspy.models.model_list import cost, listed
from nbdspy.models.provided import Provided
from nbdspy.models.redaction import conceal, conceal_headers, shown_cause
from nbdspy.models.streamed import Assembly, Events
from nbdspy.models.told import read_json
from nbdspy.models.wire import PATHS, body_of, endpoint_of, reply_of

_ELSEWHERE = Provider(key_variable="OPENAI_API_KEY", address_variables=())


class HttpLeaf(Provided):
    """A model behind an OpenAI-compatible server: vLLM, SGLang, Ollama, llama.cpp, LM Studio, OpenAI itself.

    Args:
        model: `"openai/gpt-5-mini"`, or the like with another provider of `OPENAI_COMPATIBLE`; with a name of any
            other form the whole of it is what the server is asked for.
        api_base: The address that paths such as `/chat/completions` are added to; without it the provider's own, or
            what its variable in the environment says.
        api_key: Without it the provider's variable is looked up in the environment, then in `.env`.
        num_retries: How often a request is sent again after a failure that may pass.
        timeout: Seconds after which a request has failed that is not answered, or whose stream says nothing.
        extra_headers: Sent with each request.
    """

    def __init__(
        self, model: str, *, api_base: str | None = None, api_key: str | None = None, num_retries: int = 3,
        timeout: float = 120.0, extra_headers: Mapping[str, str] | None = None,
    ) -> None:  # fmt: skip
        self.model = model
        self.attempts = num_retries + 1
        self.timeout = timeout
        self._api_base = api_base
        provider, _, name = model.partition("/")
        self._provider = OPENAI_COMPATIBLE.get(provider, _ELSEWHERE) if name else _ELSEWHERE
        self._name = model if self._provider is _ELSEWHERE else name
        self._api_key = api_key
        self._headers = dict(extra_headers or {})
        conceal_headers(self._headers)
        self._server: Server | None = None
        self._max_tokens = "max_tokens"
        if api_key:
            conceal(api_key)

    @property
    def address(self) -> str | None:
        """The server, where it is not the provider's own."""
        return self._api_base or from_environment(self._provider.address_variables)

    def load(self) -> None:
        """Find the address and the key; sends nothing.

        Raises:
            NotConfigured: When the provider asks for a key and there is none; names the variable to set.
            UsageError: When nothing says where the server is.
        """
        self._opened()

    def close(self) -> None:
        """Look for address and key anew at the next request."""
        self._server = None

    def send(self, request: Request) -> Reply:
        """Answer on this thread."""
        server, path, body = self._asked(request)
        with self._translating():
            return self._reply(server.post(path, body))

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop."""
        server, path, body = self._asked(request)
        with self._translating():
            return self._reply(await server.apost(path, body))

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """Yield pieces of text as they come and return the whole reply; several completions come whole."""
        if request.n > 1:
            reply = self.send(request)
            yield reply.text
            return reply
        server, path, body = self._asked(request, stream=True)
        with self._translating(), server.stream(path, body) as incoming:
            if not _is_stream(incoming.status, incoming.headers):
                reply = self._reply(Answer(incoming.status, incoming.headers, b"".join(incoming.pieces)))
                yield reply.text
                return reply
            hearing = _Hearing(self, incoming.heard)
            for data in incoming.pieces:
                yield from hearing.feed(data)
            yield from hearing.feed(b"\n")
            return hearing.reply()

    async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Give pieces of text as they come, and then the whole reply."""
        if request.n > 1:
            reply = await self.asend(request)
            yield reply.text
            yield reply
            return
        server, path, body = self._asked(request, stream=True)
        with self._translating():
            async with server.astream(path, body) as incoming:
                if not _is_stream(incoming.status, incoming.headers):
                    whole = b"".join([data async for data in incoming.pieces])
                    reply = self._reply(Answer(incoming.status, incoming.headers, whole))
                    yield reply.text
                    yield reply
                    return
                hearing = _Hearing(self, incoming.heard)
                async for data in incoming.pieces:
                    for text in hearing.feed(data):
                        yield text
                for text in hearing.feed(b"\n"):
                    yield text
                yield hearing.reply()

    def priced(self, reply: Reply) -> Reply:
        """The reply with what it cost, where that is known."""
        price = cost(self.model, reply.usage)
        return reply if price is None else replace(reply, cost=price)

    def _opened(self) -> Server:
        if self._server is None:
            variables = (self._provider.key_variable,)
            address = self.address or self._provider.address
            if address is None:
                raise UsageError(
                    f"Nothing says where the server of {self.model} is.",
                    hint="Give its address, as api_base='http://127.0.0.1:8000/v1'.",
                )
            key = self._api_key or from_environment(variables) or from_dotenv(variables)
            if key is None and self._provider.needs_key and address == self._provider.address:
                raise without_key(self.model, variables)
            headers = {}
            if key is not None:
                conceal(key)
                headers["Authorization"] = f"Bearer {_plain(self.model, key.strip())}"
            found = listed(self.model)
            if found is not None and found.abilities.reasoning and found.provider == "openai":
                self._max_tokens = "max_completion_tokens"
            self._server = Server(address, headers={**headers, **self._headers}, timeout=self.timeout)
        return self._server

    def _asked(self, request: Request, *, stream: bool = False) -> tuple[Server, str, bytes]:
        """Where a request goes, and as what."""
        server = self._opened()
        endpoint = endpoint_of(request)
        body = {"model": self._name, **body_of(without_documents(request), max_tokens=self._max_tokens)}
        body.update(body.pop("extra_body", {}))
        if stream:
            body["stream"] = True
            if endpoint != "responses":
                body["stream_options"] = {"include_usage": True}
        try:
            return server, PATHS[endpoint], json.dumps(body).encode()
        except TypeError as error:
            raise UsageError(
                f"The request to {self.model} cannot be written as JSON: {error}.",
                hint="Messages and options are made of texts, numbers, lists and dictionaries.",
            ) from error

    def _reply(self, answer: Answer) -> Reply:
        if answer.status != 200:
            raise failure(self.model, refusal_in(answer.status, answer.body, answer.headers))
        try:
            said = read_json(answer.body)
        except ValueError as error:
            raise no_completion(self.model) from error
        if isinstance(said, Mapping) and said.get("error"):
            raise failure(self.model, refusal_of(200, said))
        reply = reply_of(said)
        if reply is None:
            raise no_completion(self.model)
        return self.priced(reply)

    @contextmanager
    def _translating(self) -> Iterator[None]:
        """What the way to the server raised as our errors; the original stays the cause, unless it shows a key."""
        try:
            yield
        except NbdspyError:
            raise
        except (OSError, ssl.SSLError) as error:
            raise self._translated(error) from shown_cause(error)

    def _translated(self, error: OSError) -> LMError:
        if isinstance(error, TimeoutError):
            return silent(self.model, self.timeout)
        return unavailable(self.model, str(error), transient=not isinstance(error, ssl.SSLError | TooLarge))


class _Hearing:
    """One stream as it comes: bytes to pieces of text, and to the reply in the end."""

    def __init__(self, leaf: HttpLeaf, heard: Callable[[], None]) -> None:
        self._leaf = leaf
        self._heard = heard
        self._events = Events()
        self._assembly = Assembly()

    def feed(self, data: bytes) -> Iterator[str]:
        try:
            for event in self._events.feed(data):
                self._heard()
                if text := self._assembly.hear(event):
                    yield text
                if self._assembly.error is not None:
                    raise failure(self._leaf.model, refusal_of(200, self._assembly.error))
        except (ValueError, LookupError, TypeError, AttributeError) as error:  # a piece that is none
            raise no_completion(self._leaf.model) from error

    def reply(self) -> Reply:
        reply = self._assembly.reply()
        if reply is None:
            raise no_completion(self._leaf.model)
        if not (self._events.ended or self._assembly.ended):
            raise unavailable(self._leaf.model, "its stream broke off before the end.")
        return self._leaf.priced(reply)


def _plain(model: str, key: str) -> str:
    """The key, when a header can hold it."""
    if key.isascii() and key.isprintable():
        return key
    raise NotConfigured(f"The key for {model} holds letters that no key has.", hint="Copy it once more.")


def _is_stream(status: int, headers: Mapping[str, str]) -> bool:
    """Whether a response is one: not when it is an error, and not when the server knows no streams."""
    kind = headers.get("Content-Type", "")
    return status == 200 and "json" not in kind and "html" not in kind
