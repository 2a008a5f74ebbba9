"""The one way to a model: cassette, cache, budget, retry and events, for every send of every kind."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Generator, Iterator
from concurrent.futures import Future
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass, replace
from functools import partial
from typing import Any, Literal, Protocol

from nbdspy import events
from nbdspy.errors import BudgetExceeded, CassetteMiss, LMRefused
from nbdspy.models.abilities import Abilities
from nbdspy.models.cache import ReplyCache, replies
from nbdspy.models.cassette import Cassette
from nbdspy.models.declined import Declined
from nbdspy.models.kept import Place, place_of
from nbdspy.models.messages import Reply, Request, digest
from nbdspy.models.retry import asend_with_retries, astream_with_retries, send_with_retries, stream_with_retries
from nbdspy.models.tallies import admit, budgets
from nbdspy.runtime import Steps, Wait, adrive, drive, in_thread


class Leaf(Protocol):
    """What answers requests: a provider, a local model, a fake.

    `attempts` is how often a transient failure may be tried in all. `prefers` names the adapter that suits the model.
    `constrains` says that the model keeps to a request's `shape`, `free` that its calls cost nothing, `durable` that an
    equal request has the same answer in the next process, so that replies may be kept on disk.
    """

    model: str
    prefers: str
    attempts: int
    constrains: bool
    free: bool
    durable: bool

    @property
    def scope(self) -> str:
        """What an answer depends on besides the request, such as a server's address; often nothing."""

    @property
    def abilities(self) -> Abilities:
        """What the model can do beyond plain text."""

    def send(self, request: Request) -> Reply:
        """Answer on this thread."""

    async def asend(self, request: Request) -> Reply:
        """Answer on the running loop."""

    def stream(self, request: Request) -> Generator[str, None, Reply]:
        """Yield pieces of text as they come and return the whole reply."""

    def astream(self, request: Request) -> AsyncGenerator[str | Reply, None]:
        """Give pieces of text as they come, on the running loop, and then the whole reply."""

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
    """A piece of text arrived: the gate says so of what is streamed, a leaf of what it hears while it is only sent."""

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


@dataclass(frozen=True, slots=True)
class _Keep:
    place: Place
    reply: Reply

    def perform(self) -> None:
        self.place.keep(self.reply)

    async def aperform(self) -> None:
        await in_thread(self.perform)  # a database may take its time, and the loop is not only ours


Lookup = Literal["looks", "claims", "awaits"]
"""How the cache is asked: to look only, to claim what it does not hold, or besides to wait for who claimed before."""


_alone: ContextVar[bool] = ContextVar("nbdspy_alone", default=False)


@contextmanager
def waiting_for_nobody() -> Iterator[None]:
    """A block whose calls are sent even where an equal one is on its way, because that one may never come back."""
    token = _alone.set(True)
    try:
        yield
    finally:
        _alone.reset(token)


class Gate:
    """Answers requests from a cassette, the cache or a leaf, and counts what that cost.

    The order is fixed: what a cassette replays or a run has kept is not looked up, what the cache holds is not paid
    for, what is paid for is retried, cached, recorded, kept and told.
    """

    def __init__(self, *, cache: ReplyCache | None = None, cassette: Cassette | None = None) -> None:
        self.cache = ReplyCache() if cache is None else cache
        self.cassette = cassette

    def send(self, leaf: Leaf, request: Request, *, cache: bool) -> Reply:
        """Answer on this thread."""
        return drive(self._steps(leaf, request, self._lookup("claims") if cache else None))

    async def asend(self, leaf: Leaf, request: Request, *, cache: bool) -> Reply:
        """Answer on the running loop."""
        return await adrive(self._steps(leaf, request, self._lookup("awaits") if cache else None))

    def stream(self, leaf: Leaf, request: Request, *, cache: bool) -> Generator[str, None, Reply]:
        """Yield pieces of text as they come and return the whole reply; a stored reply comes as one piece."""
        # A stream goes as fast as it is read, or stops; so nobody is made to wait for it, and it only looks up.
        steps = self._steps(leaf, request, self._lookup("looks") if cache else None)
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
                sends = isinstance(effect, _Send)
                streamed |= sends
                answer = (yield from _told(leaf, request)) if sends else effect.perform()
                failure = None
            except BaseException as error:  # handed to the steps, which decide; also when the reader stops reading
                answer, failure = None, error

    async def astream(self, leaf: Leaf, request: Request, *, cache: bool) -> AsyncGenerator[str | Reply, None]:
        """The same on the running loop; the whole reply comes last."""
        steps = self._steps(leaf, request, self._lookup("looks") if cache else None)
        answer: Any = None
        failure: BaseException | None = None
        streamed = False
        while True:
            try:
                effect = steps.send(answer) if failure is None else steps.throw(failure)
            except StopIteration as stop:
                if not streamed:
                    yield stop.value.text
                yield stop.value
                return
            try:
                sends = isinstance(effect, _Send)
                streamed |= sends
                if sends:
                    async with aclosing(_atold(leaf, request)) as pieces:
                        async for answer in pieces:
                            if not isinstance(answer, Reply):
                                yield answer
                else:
                    answer = await effect.aperform()
                failure = None
            except BaseException as error:
                answer, failure = None, error

    def _lookup(self, lookup: Lookup) -> Lookup | None:
        if not self.cache.is_on:
            return None
        return "looks" if _alone.get() else lookup

    def _steps(self, leaf: Leaf, request: Request, lookup: Lookup | None) -> Steps[Reply]:
        if events.heard(Requested):
            events.emit(Requested(request=request))
        place = place_of(lambda: _key(leaf, request) if leaf.durable else request.key())  # as the next process asks it
        try:
            reply = yield from self._answered(leaf, request, lookup, place)
        except BaseException:
            if place is not None:
                place.give_back()
            raise
        if events.heard(Replied):
            events.emit(Replied(request=request, reply=reply))
        return reply

    def _answered(self, leaf: Leaf, request: Request, lookup: Lookup | None, place: Place | None) -> Steps[Reply]:
        """The reply of the first that has it: counted, also where it cannot be kept, and kept."""
        cassette = self.cassette
        reply = None if cassette is None else _replayed(cassette, request)
        found = None
        if reply is None:
            found = None if place is None else self._again(leaf, request, lookup, place)
            try:
                reply = found or (
                    yield from (self._paid(leaf, request) if lookup is None else self._cached(leaf, request, lookup))
                )
            except Exception as error:  # a model may be foreign code
                if cassette is not None:
                    _note(cassette, request, error)
                raise
            if cassette is not None:
                cassette.add(request, reply)
        for budget in budgets():
            budget.count(reply, is_written=request.endpoint != "embeddings")
        if place is not None and found is None:
            yield _Keep(place, reply)
        return reply

    def _again(self, leaf: Leaf, request: Request, lookup: Lookup | None, place: Place) -> Reply | None:
        """What the run was answered before; the cache is told, where the same question of others found it then, too."""
        found = place.found()
        if found is not None and lookup is not None:
            self.cache.settle(_key(leaf, request), replace(found, recorded=False))
        return found

    def _cached(self, leaf: Leaf, request: Request, lookup: Lookup) -> Steps[Reply]:
        key, caller = _key(leaf, request), object()
        records = self.cassette is not None and self.cassette.records
        durable = leaf.durable and not records  # what is recorded is asked anew
        stored = self._found(key, lookup, caller, durable=durable)
        while isinstance(stored, Future):
            # without a reply the call we waited for failed; ours may not
            stored = (yield Wait(stored)) or self._found(key, lookup, caller, durable=durable)
        if stored is not None:
            return stored if stored.cached else replace(stored, cached=True, seconds=0.0)
        try:
            reply = yield from self._paid(leaf, request)
        except BaseException:
            self.cache.give_up(key, by=caller)
            raise
        self.cache.settle(key, reply, by=caller, durable=durable)
        return reply

    def _found(
        self, key: str, lookup: Lookup, caller: object, *, durable: bool
    ) -> Reply | Future[Reply | None] | None:  # fmt: skip
        if lookup == "looks":
            return self.cache.get(key, durable=durable)
        return self.cache.claim(key, by=caller, awaits=lookup == "awaits", durable=durable)

    def _paid(self, leaf: Leaf, request: Request) -> Steps[Reply]:
        admit(is_free=leaf.free)
        started = time.perf_counter()
        reply: Reply = yield _Send(leaf, request)
        return reply if reply.seconds else replace(reply, seconds=time.perf_counter() - started)


def _key(leaf: Leaf, request: Request) -> str:
    """What an answer is kept under: the request, and what else the answer depends on."""
    scope = leaf.scope
    return digest(f"{scope}\n{request.canonical()}") if scope else request.key()


def _replayed(cassette: Cassette, request: Request) -> Reply | None:
    """The recorded reply; None when it is still to be recorded.

    Limits are asked as if the call were made, so that they stop a replay where they stopped the recording.

    Raises:
        LMRefused: When that is what was recorded.
    """
    answer = cassette.find(request, partial(admit, is_replay=True))
    if answer is None and not cassette.records:
        admit()
        raise cassette.miss(request)
    if isinstance(answer, Declined):
        raise answer.error()
    return answer


def _note(cassette: Cassette, request: Request, error: Exception) -> None:
    """Record that a request was declined, or that it failed in a way that a replay cannot repeat."""
    declined = Declined.of(error) if isinstance(error, LMRefused) else None
    if declined is not None:
        cassette.add(request, declined)
    elif not isinstance(error, BudgetExceeded | CassetteMiss):  # then it was not sent
        cassette.fail(request, error)


def _told(leaf: Leaf, request: Request) -> Generator[str, None, Reply]:
    """What the leaf streams, said to listeners piece by piece."""
    pieces = stream_with_retries(leaf, request)
    try:
        while True:
            piece = next(pieces)
            if events.heard(Token):
                events.emit(Token(request=request, text=piece))
            yield piece
    except StopIteration as stop:
        return stop.value  # type: ignore[no-any-return]
    finally:
        pieces.close()


async def _atold(leaf: Leaf, request: Request) -> AsyncGenerator[str | Reply, None]:
    """The same on the running loop; the whole reply comes last."""
    async with aclosing(astream_with_retries(leaf, request)) as pieces:
        async for piece in pieces:
            if isinstance(piece, str) and events.heard(Token):
                events.emit(Token(request=request, text=piece))
            yield piece


gate = Gate(cache=replies)
"""The process's own gate; every LM sends through it."""
