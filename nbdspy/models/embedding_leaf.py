"""The leaves behind embedders: a provider's embedding model through LiteLLM, or a function of the user's."""

from __future__ import annotations

import functools
import inspect
import itertools
from collections.abc import Callable
from typing import Any

from nbdspy.models.abilities import PLAIN
from nbdspy.models.fingerprint import fingerprint
from nbdspy.models.litellm_loaded import litellm_package
from nbdspy.models.messages import Reply, Request, Usage
from nbdspy.models.remote import RemoteLeaf
from nbdspy.models.vectors import written
from nbdspy.models.whole import AnswersWhole
from nbdspy.runtime import in_thread, portal

_numbers = itertools.count(1)


class EmbeddingLeaf(RemoteLeaf):
    """An embedding model behind a provider's API; takes what `RemoteLeaf` takes."""

    fingerprint = None

    def send(self, request: Request) -> Reply:
        """Embed on this thread."""
        arguments = self._arguments(request)
        with self._translating():
            response = litellm_package().embedding(**arguments)
        return self._vectors(response, request)

    async def asend(self, request: Request) -> Reply:
        """Embed on the running loop."""
        arguments = self._arguments(request)
        with self._translating():
            response = await litellm_package().aembedding(**arguments)
        return self._vectors(response, request)

    def _arguments(self, request: Request) -> dict[str, Any]:
        self.load()
        added: dict[str, Any] = {"num_retries": 0, "max_retries": 0}  # the gate retries
        if "dimensions" in request.options:
            added["allowed_openai_params"] = ["dimensions"]  # models of one's own know it, too
        return {"model": self.model, "timeout": self.timeout, **added, **self._access, **request.options}

    def _vectors(self, response: Any, request: Request) -> Reply:
        rows = sorted(response.data or (), key=lambda row: row["index"])
        count = len(request.options["input"])
        usage = Usage(prompt=getattr(response.usage, "prompt_tokens", 0) or 0)
        texts = written([row["embedding"] for row in rows], count=count, said_by=self.model)
        return Reply(texts=texts, usage=usage, cost=self._cost(response, usage))


class FunctionLeaf(AnswersWhole):
    """A function from a list of texts to their vectors; it may be async.

    Cassettes and runs know its vectors by its name and its `fingerprint`, so that those of a function that was changed
    are not taken for its own.
    """

    attempts = 1
    prefers = "chat"
    constrains = False
    free = True
    durable = False  # it may be another function in the next process
    abilities = PLAIN

    def __init__(self, function: Callable[..., Any]) -> None:
        self.function = function
        self.model = _name(function)
        self.fingerprint: str | None = fingerprint(function)
        self.scope = f"function {next(_numbers)}"
        self._is_async = inspect.iscoroutinefunction(function)

    def send(self, request: Request) -> Reply:
        """Embed on this thread; an async function runs on the portal."""
        return self._reply(portal.run(self._call(request)) if self._is_async else self._call(request), request)

    async def asend(self, request: Request) -> Reply:
        """Embed on the running loop; what blocks runs on a thread of its own."""
        vectors = await (self._call(request) if self._is_async else in_thread(lambda: self._call(request)))
        return self._reply(vectors, request)

    def _call(self, request: Request) -> Any:
        options = dict(request.options)
        return self.function(options.pop("input"), **options)

    def _reply(self, vectors: Any, request: Request) -> Reply:
        count = len(request.options["input"])
        return Reply(texts=written(vectors, count=count, said_by=self.model), cost=0.0)


def _name(function: Any) -> str:
    inner = function.func if isinstance(function, functools.partial) else function
    return getattr(inner, "__name__", type(inner).__name__)
