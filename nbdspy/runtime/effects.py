"""Steps and their effects: work that calls out, written once as a generator, performed with or without a loop."""

from __future__ import annotations

import asyncio
import inspect
from collections.abc import Awaitable, Callable, Generator, Iterator, Mapping
from concurrent.futures import Future
from contextlib import aclosing, contextmanager
from contextvars import ContextVar
from dataclasses import dataclass
from functools import partial
from typing import Any, Protocol, TypeVar

from nbdspy.runtime.loop import portal
from nbdspy.runtime.stopping import check_stopped
from nbdspy.runtime.threads import in_thread

T = TypeVar("T")


class Effect(Protocol):
    """Something to do outside of the steps that ask for it, with or without a loop."""

    def perform(self) -> Any:
        """Do it on this thread."""

    async def aperform(self) -> Any:
        """Do it on the running loop."""


Steps = Generator[Effect, Any, T]
"""Work that yields effects, is told what came of each, and returns a value."""


def drive(steps: Steps[T]) -> T:
    """Perform the effects of `steps` on this thread and return what it returns."""
    answer: Any = None
    failure: BaseException | None = None
    while True:
        try:
            effect = steps.send(answer) if failure is None else steps.throw(failure)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        try:
            answer, failure = effect.perform(), None
        except BaseException as error:
            answer, failure = None, error


async def adrive(steps: Steps[T]) -> T:
    """Await the effects of `steps` and return what it returns."""
    answer: Any = None
    failure: BaseException | None = None
    while True:
        try:
            effect = steps.send(answer) if failure is None else steps.throw(failure)
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]
        try:
            answer, failure = await effect.aperform(), None
        except BaseException as error:
            answer, failure = None, error


class Reading(Protocol):
    """Reads one reply while it comes."""

    def hear(self, text: str) -> None:
        """Take in a piece of the text."""

    def end(self, reply: Any) -> None:
        """Take in the whole reply."""


@dataclass(frozen=True, slots=True)
class Ask:
    """Send a request to a model; the answer is its reply.

    It is streamed where somebody wants to read it while it comes; `layout` makes what can tell them what of it is what.
    """

    lm: Any
    request: Any
    layout: Callable[[], Any] | None = None

    def perform(self) -> Any:
        reading = _begin_reading.get()(self)
        if reading is None:
            return self.lm.send(self.request)
        pieces = self.lm.stream(self.request)
        try:
            while True:
                reading.hear(next(pieces))
                check_stopped()
        except StopIteration as stop:
            reading.end(stop.value)
            return stop.value
        finally:
            pieces.close()

    async def aperform(self) -> Any:
        reading = _begin_reading.get()(self)
        if reading is None:
            return await self.lm.asend(self.request)
        answer: Any = None
        async with aclosing(self.lm.astream(self.request)) as pieces:
            async for answer in pieces:  # the whole reply comes last
                if isinstance(answer, str):
                    reading.hear(answer)
        reading.end(answer)
        return answer


Begin = Callable[[Ask], Reading | None]

_begin_reading: ContextVar[Begin] = ContextVar("nbdspy_begin_reading", default=lambda ask: None)


@contextmanager
def read_by(begin: Begin) -> Iterator[None]:
    """Let somebody read the replies of this block, and of what it starts, while they come.

    Args:
        begin: Called with each `Ask`, where it is performed; None leaves a reply unread, which then comes whole.
    """
    token = _begin_reading.set(begin)
    try:
        yield
    finally:
        _begin_reading.reset(token)


@dataclass(frozen=True, slots=True)
class Run:
    """Call a program; the answer is its prediction."""

    module: Any
    inputs: Mapping[str, Any]

    def perform(self) -> Any:
        return self.module(**self.inputs)

    async def aperform(self) -> Any:
        return await self.module.acall(**self.inputs)


@dataclass(frozen=True, slots=True)
class Use:
    """Call a tool with what a model gave it; the answer is what it returned."""

    tool: Any
    arguments: Mapping[str, Any]

    def perform(self) -> Any:
        return self.tool(**self.arguments)

    async def aperform(self) -> Any:
        return await self.tool.acall(**self.arguments)


@dataclass(frozen=True, slots=True)
class Do:
    """Call a function that may block or be async; the answer is what it returned.

    Awaited, a plain function runs on a thread of its own; asked for without a loop, an async one runs on the portal's.
    `instead` is what to write where that loop would wait for itself.
    """

    function: Callable[[], Any]
    instead: str = "await program.acall(...)"

    def perform(self) -> Any:
        result = self.function()
        if not inspect.isawaitable(result):
            return result
        return portal.run(result if inspect.iscoroutine(result) else _awaited(result), instead=self.instead)

    async def aperform(self) -> Any:
        result = self.function() if _is_async(self.function) else await in_thread(self.function)
        return await result if inspect.isawaitable(result) else result


async def _awaited(result: Awaitable[T]) -> T:
    return await result


def _is_async(function: Any) -> bool:
    """Whether a function, a partial of one or an object that can be called is `async def`."""
    while isinstance(function, partial):
        function = function.func
    return inspect.iscoroutinefunction(function if inspect.isroutine(function) else type(function).__call__)


@dataclass(frozen=True, slots=True)
class Within:
    """Perform an effect that may take so many seconds, and give it up by a TimeoutError that says `late`.

    What is awaited is cancelled then; a plain function goes on, on a thread that nobody waits for.
    """

    effect: Effect
    seconds: float
    late: str
    instead: str = "await program.acall(...)"

    def perform(self) -> Any:
        return portal.run(self.aperform(), instead=self.instead)

    async def aperform(self) -> Any:
        limit = asyncio.timeout(self.seconds)
        try:
            async with limit:
                return await self.effect.aperform()
        except TimeoutError as error:
            if limit.expired():
                raise TimeoutError(self.late) from error
            raise


@dataclass(frozen=True, slots=True)
class Wait:
    """Wait for what another thread or task is already doing."""

    future: Future[Any]

    def perform(self) -> Any:
        return self.future.result()

    async def aperform(self) -> Any:
        return await asyncio.wrap_future(self.future)
