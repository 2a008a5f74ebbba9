"""Watchers of the one event stream: callbacks, traces, and what was called and what ran lately."""

from nbdspy.observe.callbacks import ACTIVE_CALL_ID, BaseCallback
from nbdspy.observe.lately import history, inspect_history
from nbdspy.observe.listed import Listed
from nbdspy.observe.recent import forget_runs, remember_runs, trace
from nbdspy.observe.steps import Step
from nbdspy.observe.telemetry import instrument, uninstrument
from nbdspy.observe.traces import Trace, tracing

__all__ = [
    "ACTIVE_CALL_ID",
    "BaseCallback",
    "Listed",
    "Step",
    "Trace",
    "forget_runs",
    "history",
    "inspect_history",
    "instrument",
    "remember_runs",
    "trace",
    "tracing",
    "uninstrument",
]
