"""The last runs of this process as traces, kept from when somebody asks for it, so that one can look back."""

from __future__ import annotations

import threading
from dataclasses import replace
from typing import Any, Final

from nbdspy import events, render
from nbdspy.errors import UsageError
from nbdspy.observe.recorder import Recorder
from nbdspy.observe.steps import Step
from nbdspy.observe.traces import Trace

LIMIT: Final = 20_000
"""Pieces of work; some twenty megabytes where the history keeps the calls anyway."""

recorder: Final = Recorder(LIMIT)
_lock = threading.Lock()
_listens = False


def remember_runs() -> None:
    """Keep the last runs from now on, for `trace`; `%load_ext nbdspy` does it, a script may.

    Kept are the last 20,000 pieces of work. Of a longer run the earliest examples are left out, with their calls still
    counted. Nothing is kept where the setting `disable_history` says so.
    """
    global _listens
    with _lock:
        if not _listens:
            _listens = True
            events.subscribe(recorder.hear)


def forget_runs() -> None:
    """Keep runs no longer, nor those that were kept."""
    global _listens
    with _lock:
        _listens = False
        events.unsubscribe(recorder.hear)
        recorder.clear()


def trace(which: Any = 1) -> Trace:
    """The last run of this process as a tree of modules, calls, tools and retrievals; as it is now, if it goes on.

    Args:
        which: How many of the last runs, in the order in which they began; or what a run gave, such as a prediction or
            a result; or a row of an evaluation; or a comparison, for both of its runs; or a program, for its last run.

    Raises:
        UsageError: When that run is not kept.

    Example:
        >>> from nbdspy.testing import FakeLM
        >>> remember_runs()
        >>> _ = FakeLM(lambda request: "42")("What is six times seven?")
        >>> [step.kind for step in trace().steps]
        ['lm']
        >>> forget_runs()
    """
    if isinstance(which, Trace):
        return which
    if isinstance(which, bool) or not isinstance(which, int):
        return _kept(_found(which), which)
    if which < 1:
        raise UsageError(f"{which} is too few runs.", hint="Give how many of the last ones: a number from 1.")
    found = recorder.last(which)
    return Trace(lambda: found)


def _found(thing: Any) -> Step | None:
    """The run behind a thing; of a row that of its prediction, of a comparison those of both evaluations."""
    if (found := recorder.find(thing)) is not None:
        return found
    both = [getattr(thing, name, None) for name in ("before", "after")]
    if all(hasattr(each, "rows") for each in both):
        runs = [run for run in map(recorder.find, both) if run is not None]
        return replace(runs[0], steps=tuple(step for run in runs for step in run.steps)) if runs else None
    return recorder.find(thing.prediction) if _is_row(thing) and thing.prediction is not None else None


def _is_row(thing: Any) -> bool:
    """Whether it is of an evaluation."""
    return all(hasattr(thing, name) for name in ("index", "example", "prediction", "error"))


def _kept(found: Step | None, thing: Any) -> Trace:
    if found is not None:
        return Trace(lambda: found)
    if isinstance(thing, type):
        raise UsageError(
            f"{thing.__name__} is a class such as a signature, which has no run of its own.",
            hint="Give a program that was made of it, or what a run gave, such as a prediction; or the number of the "
            "last runs: 1.",
        )
    if _is_row(thing) and thing.prediction is None:
        raise UsageError(
            f"Row {thing.index} has no answer to find its run by: {render.short(thing.error, 120)}",
            hint="Give the whole result instead: its trace shows the examples that failed.",
        )
    raise UsageError(
        f"The run behind this {type(thing).__name__} is not kept: {render.short(repr(thing), 60)}",
        hint="Kept are the last runs since %load_ext nbdspy or observe.remember_runs(); `with nbdspy.tracing() as "
        "trace:` keeps those of a block.",
    )
