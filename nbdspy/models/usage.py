"""Counting tokens by model while a block runs."""

from __future__ import annotations

import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

from nbdspy import events
from nbdspy.models.gate import Replied
from nbdspy.models.messages import Usage


class UsageTracker:
    """The tokens of the calls it hears of, by model. What our own cache answers adds nothing.

    A reply that a cassette replays counts as the call that it once was, so a replayed notebook tells what the recorded
    one told.
    """

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self._calls: dict[str, list[Usage]] = {}

    @property
    def usage_data(self) -> dict[str, list[dict[str, Any]]]:
        """Each call's tokens, by model."""
        with self._lock:
            return {model: [tokens(usage) for usage in calls] for model, calls in self._calls.items()}

    def get_total_tokens(self) -> dict[str, dict[str, Any]]:
        """All tokens by model: `{"openai/gpt-5-mini": {"prompt_tokens": 52, …}}`."""
        with self._lock:
            return {model: tokens(sum(calls, Usage())) for model, calls in self._calls.items()}

    @events.hears(Replied)
    def hear(self, event: Replied) -> None:
        """Count a reply."""
        if not event.reply.cached:
            with self._lock:
                self._calls.setdefault(event.request.model, []).append(event.reply.usage)

    def __repr__(self) -> str:
        return f"UsageTracker({self.get_total_tokens()})"


@contextmanager
def track_usage() -> Iterator[UsageTracker]:
    """Count the tokens of the block's calls, of the threads it maps over and of the tasks it starts.

    Example:
        >>> from nbdspy.models import Reply
        >>> from nbdspy.testing import FakeLM
        >>> lm = FakeLM(lambda request: Reply(texts=("42",), usage=Usage(prompt=9, completion=2)))
        >>> with track_usage() as tracker:
        ...     lm("What is six times seven?")
        ['42']
        >>> tracker.get_total_tokens()
        {'fake': {'prompt_tokens': 9, 'completion_tokens': 2, 'total_tokens': 11}}
    """
    tracker = UsageTracker()
    with events.listening_here(tracker.hear):
        yield tracker


def tokens(usage: Usage) -> dict[str, Any]:
    """Tokens under the names of OpenAI's API."""
    details: Mapping[str, Any] = {"prompt_tokens_details": {"cached_tokens": usage.cached}} if usage.cached else {}
    return {
        "prompt_tokens": usage.prompt,
        "completion_tokens": usage.completion,
        "total_tokens": usage.total,
        **details,
    }
