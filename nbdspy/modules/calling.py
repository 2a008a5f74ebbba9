"""What happens around every call of a program: who listens hears of it, and what it sends is known to be its own."""

from __future__ import annotations

import weakref
from collections.abc import Mapping
from contextlib import AbstractContextManager
from types import TracebackType
from typing import Any, Self

from nbdspy import events, histories
from nbdspy.configuration import settings
from nbdspy.data import Prediction
from nbdspy.models.usage import UsageTracker, track_usage


class Calling:
    """One call of a program as a `with` block; the driver of the call opens it, never its steps."""

    __slots__ = ("_before", "_inputs", "_kind", "_name", "_program", "_span", "_tracker", "_tracking")

    def __init__(self, kind: str, name: str, program: Any, args: tuple[Any, ...], inputs: Mapping[str, Any]) -> None:
        self._kind = kind
        self._name = name
        self._program = program
        self._inputs = (args, inputs)
        self._span: events.Span | None = None
        self._tracking: AbstractContextManager[UsageTracker] | None = None

    def __enter__(self) -> Self:
        self._before = histories.programs.set((*histories.programs.get(), weakref.ref(self._program)))
        if settings.track_usage:
            self._tracking = track_usage()
            self._tracker = self._tracking.__enter__()
        if events.heard(self._kind):
            args, inputs = self._inputs
            given = {"args": args, "kwargs": dict(inputs)}  # a copy: predictors complete theirs
            self._span = events.span(self._kind, self._name, instance=self._program, inputs=given).__enter__()
        return self

    def gave(self, result: Any) -> Any:
        """The same result, said to whoever listens."""
        if self._span is not None:
            self._span.outputs = result
        if self._tracking is not None and isinstance(result, Prediction):
            result.set_lm_usage(self._tracker.get_total_tokens())
        return result

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, traceback: TracebackType | None
    ) -> None:
        if self._span is not None:
            self._span.__exit__(kind, error, traceback)
        if self._tracking is not None:
            self._tracking.__exit__(None, None, None)
        histories.programs.reset(self._before)
