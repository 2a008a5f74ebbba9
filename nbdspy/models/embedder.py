"""`Embedder`: texts to vectors, by a provider's model or a function of one's own."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from typing import TYPE_CHECKING, Any

from nbdspy import events
from nbdspy.errors import UsageError
from nbdspy.models.embedding_leaf import EmbeddingLeaf, FunctionLeaf
from nbdspy.models.gate import gate
from nbdspy.models.lm import OPEN_OPTIONS, check_address
from nbdspy.models.messages import Reply, Request
from nbdspy.models.redaction import names_secret
from nbdspy.models.vectors import read
from nbdspy.models.weights import is_local
from nbdspy.models.word_vectors import NAME as WORDLLAMA
from nbdspy.models.word_vectors import WordLlamaLeaf
from nbdspy.render import short
from nbdspy.runtime import Ask, Steps, adrive, drive

if TYPE_CHECKING:
    import numpy as np
    import numpy.typing as npt


class Embedder:
    """A model that turns texts into vectors.

    Its calls pass the gate like those of language models: limits, cassettes, the reply cache, retries and events; a
    call is one batch.

    Args:
        model: `"provider/model"` as LiteLLM names it; `"wordllama"`, a small one on this machine, which needs no key
            (extra `retrieval`); or a function that takes a list of texts and returns their vectors. It may be async.
            A cassette tells functions apart by name and text, and by what was set in them; not by what they look up
            when they are called, such as a variable of the notebook: after a change of that, record anew.
        batch_size: Texts that are sent together.
        caching: Answer an equal batch from the reply cache; a function's vectors are kept in memory only.
        num_retries: How often a batch is sent again after a failure that may pass.
        **options: `api_base`, `api_key`, `timeout`, and whatever else the provider or the function takes.

    Raises:
        UsageError: When the model is neither.

    Example:
        >>> lengths = Embedder(lambda texts: [[len(text), text.count(" ")] for text in texts])
        >>> lengths(["one", "one two"]).tolist(), lengths("three").shape
        ([[3.0, 0.0], [7.0, 1.0]], (2,))
    """

    def __init__(
        self, model: str | Callable[..., Any], batch_size: int = 200, caching: bool = True, *, num_retries: int = 3,
        **options: Any,
    ) -> None:  # fmt: skip
        _check_batch(batch_size)
        way = {
            name: options.pop(name) for name in tuple(options) if name in OPEN_OPTIONS or names_secret(name)
        }  # fmt: skip
        self.leaf: EmbeddingLeaf | FunctionLeaf
        if model == WORDLLAMA:
            self.leaf = WordLlamaLeaf()
            _check_no_options(options | way)
        elif isinstance(model, str):
            if "/" not in model.strip("/") or is_local(model):
                raise UsageError(
                    f"No embedding model is called {model!r}.",
                    hint="They are named provider/model, such as openai/text-embedding-3-small; "
                    f"{WORDLLAMA!r} runs on this machine; or give a function.",
                )
            check_address(way)
            self.leaf = EmbeddingLeaf(model, num_retries=num_retries, **way)
        elif callable(model):
            self.leaf = FunctionLeaf(model)
            options.update(way)  # which a function may well take
        else:
            raise UsageError(f"An embedder cannot be made of {model!r}.", hint="Give a model's name or a function.")
        self.model = model
        self.batch_size = batch_size
        self.caching = caching
        self.options = options

    def __call__(
        self, inputs: str | Sequence[str], batch_size: int | None = None, caching: bool | None = None,
        **options: Any,
    ) -> npt.NDArray[np.float32]:  # fmt: skip
        """The vectors of some texts.

        Args:
            inputs: A text, or a list of them.
            batch_size: For this call instead of the embedder's own.
            caching: For this call instead of the embedder's own.
            **options: For this call, over the embedder's own.

        Returns:
            One vector for a text, a row for each of a list; single precision.

        Raises:
            UsageError: When the inputs are no texts.
            LMError: What the provider did; when what came back are not as many vectors of one length.
        """
        return drive(self._steps(inputs, batch_size, caching, options))

    async def acall(
        self, inputs: str | Sequence[str], batch_size: int | None = None, caching: bool | None = None,
        **options: Any,
    ) -> npt.NDArray[np.float32]:  # fmt: skip
        """The same, awaited."""
        return await adrive(self._steps(inputs, batch_size, caching, options))

    def __repr__(self) -> str:
        return f"Embedder({self.leaf.model!r})"

    def _steps(
        self, inputs: str | Sequence[str], batch_size: int | None, caching: bool | None, options: dict[str, Any]
    ) -> Steps[npt.NDArray[np.float32]]:
        texts = _texts(inputs)
        size = self.batch_size if batch_size is None else batch_size
        _check_batch(size)
        way = _Gated(self.leaf, self.caching if caching is None else caching)
        found: list[str] = []
        with events.span("embedding", self.leaf.model, instance=self, inputs={"texts": texts}, current=False):
            for start in range(0, len(texts), size):
                given = {**self.options, **options, "input": texts[start : start + size]}
                request = Request(
                    model=self.leaf.model, endpoint="embeddings", fingerprint=self.leaf.fingerprint, options=given
                )
                reply: Reply = yield Ask(way, request)
                found += reply.texts
        vectors = read(found)
        return vectors[0] if isinstance(inputs, str) else vectors


class _Gated:
    """The leaf behind the gate, as `Ask` wants it."""

    def __init__(self, leaf: EmbeddingLeaf | FunctionLeaf, cache: bool) -> None:
        self._leaf = leaf
        self._cache = cache

    def send(self, request: Request) -> Reply:
        return gate.send(self._leaf, request, cache=self._cache)

    async def asend(self, request: Request) -> Reply:
        return await gate.asend(self._leaf, request, cache=self._cache)


def _texts(inputs: str | Sequence[str]) -> list[str]:
    if isinstance(inputs, str):
        return [inputs]
    texts = list(inputs) if isinstance(inputs, Iterable) else [inputs]
    for text in texts:
        if not isinstance(text, str):
            raise UsageError(
                f"Only texts can be embedded, not {short(repr(text), 60)}.", hint="Give a text or a list of texts."
            )
    return texts


def _check_no_options(options: Mapping[str, Any]) -> None:
    if options:
        raise UsageError(f"{WORDLLAMA} takes no {next(iter(options))!r}.", hint="Leave it out.")


def _check_batch(size: int) -> None:
    if not isinstance(size, int) or size < 1:
        raise UsageError(f"batch_size cannot be {size!r}.", hint="Give a whole number, at least 1.")
