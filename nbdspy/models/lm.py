"""`LM`: a model with the settings that every request to it starts from."""

from __future__ import annotations

from collections.abc import AsyncGenerator, Generator, Sequence
from contextlib import aclosing
from typing import Any, TextIO

from nbdspy.errors import UsageError
from nbdspy.models.calls import Asking, ModelHistory, show
from nbdspy.models.catalog import open_leaf
from nbdspy.models.gate import Leaf, gate
from nbdspy.models.messages import Message, Reply, Request
from nbdspy.models.redaction import names_secret

# These, and keys of every name, belong to the way to the model and stay out of requests, caches and cassettes.
OPEN_OPTIONS = (
    "api_base", "api_version", "context_length", "engine", "extra_headers", "num_retries", "threads", "timeout",
)  # fmt: skip
_KNOWN = frozenset(Request.__slots__)


class LM:
    """A language model and how to ask it.

    Args:
        model: `"smollm2"` or another name of `nbdspy models`, a path that ends in `.gguf`,
            `"hf:owner/repo/file.gguf"`, or `"provider/model"` for everything that LiteLLM reaches.
        temperature: Of sampling; None leaves it to the model (local models: 0).
        max_tokens: Of each reply; None leaves it to the model.
        cache: Answer an equal request from the reply cache.
        leaf: What answers, for models that are none of the above; see `nbdspy.models.Leaf`.
        callbacks: Watch the calls of this model; see `nbdspy.BaseCallback`.
        **options: `api_base`, `api_key`, `num_retries` (3), `timeout` (seconds, 120), and whatever else the provider
            takes with each request; for a model on this machine `context_length` (tokens, 8192) and `threads` (2).

    Raises:
        UsageError: When the name is none of the above; says what is close.

    Example:
        >>> from nbdspy.testing import FakeLM
        >>> FakeLM(lambda request: "42")("What is six times seven?")
        ['42']
    """

    history = ModelHistory()

    def __init__(
        self, model: str, *, temperature: float | None = None, max_tokens: int | None = None, cache: bool = True,
        leaf: Leaf | None = None, callbacks: Sequence[Any] | None = None, **options: Any,
    ) -> None:  # fmt: skip
        opening = {name: options.pop(name) for name in tuple(options) if name in OPEN_OPTIONS or names_secret(name)}
        self.leaf = open_leaf(model, **opening) if leaf is None else leaf
        self.model = self.leaf.model
        self.cache = cache
        self.callbacks = list(callbacks or ())
        self.temperature = temperature
        self.max_tokens = max_tokens
        self.options = options
        settings = {"temperature": temperature, "max_tokens": max_tokens, **options}
        self._defaults = {name: value for name, value in settings.items() if name in _KNOWN and value is not None}
        if others := {name: value for name, value in settings.items() if name not in _KNOWN}:
            self._defaults["options"] = others

    @property
    def prefers(self) -> str:
        """The name of the adapter that suits this model: `"chat"` or `"completion"`."""
        return self.leaf.prefers

    @property
    def free(self) -> bool:
        """Whether calls cost nothing."""
        return self.leaf.free

    supports_function_calling = False
    supports_response_schema = False
    supports_reasoning = False

    def request(self, **values: Any) -> Request:
        """A request to this model; what is not given is taken from the model's settings.

        What no request knows by name, such as `top_p`, is an option for the provider.
        """
        if not self.leaf.constrains:
            values.pop("shape", None)
        if others := values.keys() - _KNOWN:
            given = {name: values.pop(name) for name in sorted(others)}
            values["options"] = {**self._defaults.get("options", {}), **given}
        return Request(model=self.model, **{**self._defaults, **values})

    def send(self, request: Request) -> Reply:
        """Answer a request through the gate."""
        with Asking(self, request) as asking:
            return asking.answered(gate.send(self.leaf, request, cache=self.cache))

    async def asend(self, request: Request) -> Reply:
        """Answer a request through the gate, without blocking the running loop."""
        with Asking(self, request) as asking:
            return asking.answered(await gate.asend(self.leaf, request, cache=self.cache))

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """Yield the reply's text in pieces as they come; returns the whole reply."""
        with Asking(self, request, streamed=True) as asking:
            return asking.answered((yield from gate.stream(self.leaf, request, cache=self.cache)))

    async def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Give the reply's text in pieces as they come, without blocking the running loop, and then the whole reply."""
        with Asking(self, request, streamed=True) as asking:
            async with aclosing(gate.astream(self.leaf, request, cache=self.cache)) as pieces:
                async for piece in pieces:
                    yield asking.answered(piece) if isinstance(piece, Reply) else piece

    def __call__(
        self, prompt: str | None = None, *, messages: Sequence[Message] | None = None, **changes: Any
    ) -> list[str]:
        """Ask with a plain text or with messages; returns one text per completion."""
        return list(self.send(self._asked(prompt, messages, changes)).texts)

    async def acall(
        self, prompt: str | None = None, *, messages: Sequence[Message] | None = None, **changes: Any
    ) -> list[str]:
        """The same, awaited."""
        return list((await self.asend(self._asked(prompt, messages, changes))).texts)

    def copy(self, **changes: Any) -> LM:
        """The same model with other settings; the model itself is shared."""
        settings = {
            "temperature": self.temperature, "max_tokens": self.max_tokens, "cache": self.cache,
            "callbacks": self.callbacks, **self.options, **changes,
        }  # fmt: skip
        return LM(self.model, leaf=self.leaf, **settings)

    def inspect_history(self, n: int = 1, file: TextIO | None = None) -> None:
        """Print the last calls of this model."""
        show(self.history, n, file)

    def load(self) -> LM:
        """Make the model ready to answer: fetch it, open it. Slow only the first time."""
        self.leaf.load()
        return self

    def close(self) -> None:
        """Give back what the model holds; the next request opens it again."""
        self.leaf.close()

    def __repr__(self) -> str:
        settings = "".join(f", {name}={value!r}" for name, value in self._defaults.items())
        return f"LM({self.model!r}{settings})"

    def _asked(self, prompt: str | None, messages: Sequence[Message] | None, changes: dict[str, Any]) -> Request:
        if (prompt is None) == (messages is None):
            raise UsageError("A model is asked with a text or with messages.", hint="Write lm('Hello').")
        if messages is None:
            messages = [{"role": "user", "content": prompt}]
        return self.request(messages=messages, **changes)
