"""Whether the work that a call is part of was stopped; for calls that wait long, and for the maps inside of maps."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import contextmanager
from contextvars import ContextVar

POLL = 0.1
"""Seconds between two looks at whether the work that a wait is part of was stopped."""

stopped: ContextVar[Callable[[], bool]] = ContextVar("nbdspy_stopped", default=lambda: False)
mapped: ContextVar[bool] = ContextVar("nbdspy_mapped", default=False)


def is_mapped() -> bool:
    """Whether this call is one of several of a map: then it is the map that says how many calls are out at once."""
    return mapped.get()


def check_stopped() -> None:
    """Give up when the map that this call is part of was stopped; for calls that wait long.

    Raises:
        KeyboardInterrupt: When it was; the map takes it for what it is.
    """
    if stopped.get()():
        raise left_off()


@contextmanager
def stopped_when(asked: Callable[[], bool]) -> Iterator[None]:
    """Stop the calls of this block, and of what it starts, as soon as this says True; see `check_stopped`."""
    outer = stopped.get()
    token = stopped.set(lambda: asked() or outer())
    try:
        yield
    finally:
        stopped.reset(token)


def left_off() -> KeyboardInterrupt:
    """What ends a call whose map was stopped."""
    return KeyboardInterrupt("The work that this was part of was stopped.")
