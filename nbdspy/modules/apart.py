"""Steps whose trace is kept apart, so that whoever tries several ways shows only the one that was taken."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any

from nbdspy.configuration import context, settings
from nbdspy.data import Prediction
from nbdspy.runtime import Effect

if TYPE_CHECKING:
    from nbdspy.modules.predict import Predict

Step = tuple["Predict", Mapping[str, Any], Prediction]
"""A predictor that ran, what it was given and what it answered."""


@dataclass(frozen=True, slots=True)
class Apart:
    """Perform an effect with a trace of its own; the answer is what it gave, and that trace."""

    effect: Effect

    def perform(self) -> tuple[Any, list[Step]]:
        trace: list[Step] = []
        with context(trace=trace):
            return self.effect.perform(), trace

    async def aperform(self) -> tuple[Any, list[Step]]:
        trace: list[Step] = []
        with context(trace=trace):
            return await self.effect.aperform(), trace


def join_trace(steps: Iterable[Step]) -> None:
    """Add steps to the trace that is collected here, if one is."""
    trace = settings.trace
    if trace is not None:
        trace.extend(steps)
        del trace[: -settings.max_trace_size or None]
