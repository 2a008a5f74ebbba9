"""Watchers of the one event stream: callbacks, traces, and what was called lately."""

from nbdspy.observe.callbacks import ACTIVE_CALL_ID, BaseCallback
from nbdspy.observe.lately import history, inspect_history
from nbdspy.observe.telemetry import instrument, uninstrument
from nbdspy.observe.traces import Step, Trace, tracing

__all__ = [
    "ACTIVE_CALL_ID",
    "BaseCallback",
    "Step",
    "Trace",
    "history",
    "inspect_history",
    "instrument",
    "tracing",
    "uninstrument",
]
