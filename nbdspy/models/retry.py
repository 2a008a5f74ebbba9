"""Trying again after a failure that may pass, by tenacity; loaded only for leaves that can fail so."""

from __future__ import annotations

from collections.abc import Generator
from typing import TYPE_CHECKING, Any

from nbdspy.errors import LMUnavailable, RateLimited
from nbdspy.models.messages import Reply, Request
from nbdspy.runtime import check_stopped

if TYPE_CHECKING:
    from nbdspy.models.gate import Leaf

LONGEST_WAIT = 60.0  # seconds between two tries, whatever the provider asks for


def send_with_retries(leaf: Leaf, request: Request) -> Reply:
    """Send, and send again after a transient failure, `leaf.attempts` times in all."""
    if leaf.attempts <= 1:
        return leaf.send(request)
    from tenacity import Retrying

    return Retrying(**_policy(leaf))(leaf.send, request)


async def asend_with_retries(leaf: Leaf, request: Request) -> Reply:
    """The same on the running loop."""
    if leaf.attempts <= 1:
        return await leaf.asend(request)
    from tenacity import AsyncRetrying

    return await AsyncRetrying(**_policy(leaf))(leaf.asend, request)


def stream_with_retries(leaf: Leaf, request: Request) -> Generator[str, None, Reply]:
    """Stream, and begin again after a transient failure; once a piece is out, a failure is final."""
    if leaf.attempts <= 1:
        return (yield from leaf.stream(request))
    from tenacity import Retrying

    def begin() -> tuple[str, Generator[str, None, Reply]] | Reply:
        pieces = leaf.stream(request)
        try:
            return next(pieces), pieces
        except StopIteration as stop:
            return stop.value  # type: ignore[no-any-return]

    begun = Retrying(**_policy(leaf))(begin)
    if isinstance(begun, Reply):
        return begun
    first, rest = begun
    yield first
    return (yield from rest)


def _policy(leaf: Leaf) -> dict[str, Any]:
    """Waits grow from half a second with jitter; a provider that says how long to wait is obeyed."""
    from tenacity import RetryCallState, retry_if_exception, stop_after_attempt, wait_exponential, wait_random

    growing = wait_exponential(multiplier=0.5, max=LONGEST_WAIT) + wait_random(0, 0.5)

    def wait(state: RetryCallState) -> float:
        error = state.outcome.exception() if state.outcome else None
        asked = error.retry_after if isinstance(error, RateLimited) else None
        return growing(state) if asked is None else min(asked, LONGEST_WAIT)

    return {
        "retry": retry_if_exception(lambda error: isinstance(error, LMUnavailable) and error.transient),
        "wait": wait,
        "stop": stop_after_attempt(leaf.attempts),
        "before_sleep": lambda state: check_stopped(),
        "reraise": True,
    }
