"""The one way to a model: cassette, cache, budget, retry and events, for every send of every kind."""

from __future__ import annotations

import time
from collections.abc import Generator
from concurrent.futures import CancelledError, Future
from dataclasses import dataclass, replace
from typing import Any, Protocol

from nbdspy import events
from nbdspy.models.budget import budgets
from nbdspy.models.cache import ReplyCache
from nbdspy.models.cassette import Cassette
from nbdspy.models.messages import Reply, Request
from nbdspy.models.retry import asend_with_retries, send_with_retries
from nbdspy.runtime import Steps, Wait, adrive, drive


class Leaf(Protocol):
    """What answers requests: a provider, a local model, a fake.

    `attempts` is how often a transient failure may be tried in all. `prefers` names the adapter that suits the model.
    """

    model: str
    prefers: str
    attempts: int

    def send(self, request: Request) -> Reply:
        """Answer on this thread."""

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop."""

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """Yield pieces of text as they come and return the whole reply."""

    def load(self) -> None:
        """Make ready to answer; slow only the first time."""

    def close(self) -> None:
        """Give back what the model holds."""


@dataclass(frozen=True, kw_only=True)
class Requested(events.Event):
    """A request is about to be answered, by whomever."""

    request: Request


@dataclass(frozen=True, kw_only=True)
class Replied(events.Event):
    """A request was answered; `reply.cached` and `reply.recorded` tell without whom."""

    request: Request
    reply: Reply


@dataclass(frozen=True, kw_only=True)
class Token(events.Event):
    """A piece of text arrived from a model that streams."""

    request: Request
    text: str


@dataclass(frozen=True, slots=True)
class _Send:
    leaf: Leaf
    request: Request

    def perform(self) -> Reply:
        return send_with_retries(self.leaf, self.request)

    async def aperform(self) -> Reply:
        return await asend_with_retries(self.leaf, self.request)


class Gate:
    """Answers requests from a cassette, the cache or a leaf, and counts what that cost.

    The order is fixed: what a cassette replays is not looked up, what the cache holds is not paid for, what is paid
    for is retried, cached, recorded and told.
    """

    def __init__(self, *, cache: ReplyCache | None = None, cassette: Cassette | None = None) -> None:
        self.cache = ReplyCache() if cache is None else cache
        self.cassette = cassette

    def send(self, leaf: Leaf, request: Request, *, cache: bool) -> Reply:
        """Answer on this thread."""
        return drive(self._steps(leaf, request, cache))

    async def asend(self, leaf: Leaf, request: Request, *, cache: bool) -> Reply:
        """Answer on the running loop."""
        return await adrive(self._steps(leaf, request, cache))

    def stream(self, leaf: Leaf, request: Request, *, cache: bool) -> Generator[str, None, Reply]:
        """Yield pieces of text as they come and return the whole reply; a stored reply comes as one piece."""
        steps = self._steps(leaf, request, cache)
        answer: Any = None
        failure: BaseException | None = None
        streamed = False
        while True:
            try:
                effect = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as stop:
                if not streamed:
                    yield stop.value.text
                return stop.value  # type: ignore[no-any-return]
            try:
                streamed = isinstance(effect, _Send)
                answer = (yield from leaf.stream(request)) if streamed else effect.perform()
                failure = None
            except Exception as error:  # handed to the steps, which decide
                answer, failure = None, error

    def _steps(self, leaf: Leaf, request: Request, cache: bool) -> Steps[Reply]:
        if events.heard():
            events.emit(Requested(request=request))
        cassette = self.cassette
        reply = None if cassette is None else cassette.find(request)
        if reply is None:
            reply = yield from (self._cached(leaf, request) if cache else self._paid(leaf, request))
            if cassette is not None:
                cassette.add(request, reply)
        for budget in budgets():
            budget.count(reply)
        if events.heard():
            events.emit(Replied(request=request, reply=reply))
        return reply

    def _cached(self, leaf: Leaf, request: Request) -> Steps[Reply]:
        key = request.key()
        while True:
            claimed = self.cache.claim(key)
            if isinstance(claimed, Reply):
                return replace(claimed, cached=True, seconds=0.0)
            if isinstance(claimed, Future):
                try:
                    shared: Reply = yield Wait(claimed)
                except CancelledError:  # the call we waited for failed; ours may not
                    continue
                return replace(shared, cached=True, seconds=0.0)
            try:
                reply = yield from self._paid(leaf, request)
            except BaseException:
                self.cache.give_up(key)
                raise
            self.cache.settle(key, reply)
            return reply

    def _paid(self, leaf: Leaf, request: Request) -> Steps[Reply]:
        for budget in budgets():
            budget.admit()
        started = time.perf_counter()
        reply: Reply = yield _Send(leaf, request)
        return reply if reply.seconds else replace(reply, seconds=time.perf_counter() - started)


gate = Gate()
"""The process's own gate; every LM sends through it."""
