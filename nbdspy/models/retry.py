"""Trying again after a failure that may pass, by tenacity; loaded when there was one."""

from __future__ import annotations

import time
from collections.abc import AsyncGenerator, Awaitable, Callable, Generator
from typing import TYPE_CHECKING, Any, TypeVar

from nbdspy.errors import LMUnavailable
from nbdspy.models.messages import Reply, Request
from nbdspy.runtime import check_stopped, whole_import

if TYPE_CHECKING:
    from nbdspy.models.gate import Leaf

T = TypeVar("T")

LONGEST_WAIT = 60.0  # seconds between two tries; a provider that asks for more is not asked again
POLL = 0.1  # seconds between two looks at whether the work that a call is part of was stopped


def send_with_retries(leaf: Leaf, request: Request) -> Reply:
    """Send, and send again after a transient failure, `leaf.attempts` times in all."""
    return _tried(leaf, lambda: leaf.send(request))


async def asend_with_retries(leaf: Leaf, request: Request) -> Reply:
    """The same on the running loop."""
    return await _atried(leaf, lambda: leaf.asend(request))


def stream_with_retries(leaf: Leaf, request: Request) -> Generator[str, None, Reply]:
    """Stream, and begin again after a transient failure; once a piece is out, a failure is final."""

    def begin() -> tuple[str, Generator[str, None, Reply]] | Reply:
        pieces = leaf.stream(request)
        try:
            return next(pieces), pieces
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]

    begun = _tried(leaf, begin)
    if isinstance(begun, Reply):
        return begun
    first, rest = begun
    try:
        yield first
        return (yield from rest)
    finally:
        rest.close()


async def astream_with_retries(leaf: Leaf, request: Request) -> AsyncGenerator[str | Reply, None]:
    """The same on the running loop; the whole reply comes last."""

    async def begin() -> tuple[str | Reply, AsyncGenerator[str | Reply, None]]:
        pieces = leaf.astream(request)
        return await anext(pieces), pieces

    first, rest = await _atried(leaf, begin)
    try:
        yield first
        async for piece in rest:
            yield piece
    finally:
        await rest.aclose()


def _tried(leaf: Leaf, attempt: Callable[[], T]) -> T:
    """The first try costs nothing but itself; it is the policy that sees whether and when there are others."""
    try:
        return attempt()
    except LMUnavailable as error:
        if leaf.attempts <= 1 or not _may_pass(error):
            raise
        failed: list[LMUnavailable] = [error]

    def again() -> T:
        if failed:
            raise failed.pop()
        return attempt()

    whole_import("tenacity")
    from tenacity import Retrying

    return Retrying(sleep=_sleep, **_policy(leaf))(again)


async def _atried(leaf: Leaf, attempt: Callable[[], Awaitable[T]]) -> T:
    try:
        return await attempt()
    except LMUnavailable as error:
        if leaf.attempts <= 1 or not _may_pass(error):
            raise
        failed: list[LMUnavailable] = [error]

    async def again() -> T:
        if failed:
            raise failed.pop()
        return await attempt()

    whole_import("tenacity")
    from tenacity import AsyncRetrying

    return await AsyncRetrying(**_policy(leaf))(again)


def _may_pass(error: BaseException) -> bool:
    """Whether it is worth a wait."""
    return isinstance(error, LMUnavailable) and error.transient and (error.retry_after or 0) <= LONGEST_WAIT


def _policy(leaf: Leaf) -> dict[str, Any]:
    """Waits grow from half a second with jitter; a provider that says how long to wait is obeyed."""
    from tenacity import RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

    growing = wait_exponential(multiplier=0.5, max=LONGEST_WAIT) + wait_random(0, 0.5)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, LMUnavailable) else None
        return growing(state) if asked is None else asked

    return {
        "retry": retry_if_exception(_may_pass),
        "wait": wait,
        "stop": stop_after_attempt(leaf.attempts),
        "before_sleep": lambda state: check_stopped(),
        "reraise": True,
    }


def _sleep(seconds: float) -> None:
    """Wait, unless the work that the call is part of is stopped."""
    until = time.monotonic() + seconds
    while (left := until - time.monotonic()) > 0:
        time.sleep(min(left, POLL))
        check_stopped()
