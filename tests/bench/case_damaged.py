"""Damaged replies: how many each side reads, gives up, reads as something else without a word, and is late with."""

from __future__ import annotations

import logging
import signal
import sys
import time
import warnings
from collections import Counter
from collections.abc import Iterator
from contextlib import contextmanager
from importlib import import_module
from types import FrameType
from typing import Any, Literal, NoReturn, get_args

from tests.bench.damaged.corpus import Entry, corpus, same
from tests.bench.damaged.layouts import Layout
from tests.bench.sides import library, say

Outcome = Literal["read", "given_up", "refused", "wrong", "late"]
PATIENCE = 2.0  # seconds of CPU that a side may take over one reply: the peer's reading of huge ones takes minutes
ADAPTERS: dict[Layout, str] = {
    "chat": "ChatAdapter", "json": "JSONAdapter", "xml": "XMLAdapter", "baml": "BAMLAdapter",
    "completion": "CompletionAdapter",
}  # fmt: skip
NOT_AT_THE_TOP = {("peer", "baml"): "dspy.adapters.baml_adapter", ("ours", "completion"): "nbdspy.adapters"}


class Late(BaseException):
    """A reply took longer than `PATIENCE`; no `Exception`, which what is measured might catch."""


def main(side: str, *layouts: Layout) -> None:
    dspy = library(side)
    refusal = dspy.errors.ParseError if side == "ours" else dspy.utils.exceptions.AdapterParseError
    warnings.simplefilter("ignore")
    logging.disable()
    slowest = 0.0
    for layout in layouts:
        home = import_module(NOT_AT_THE_TOP.get((side, layout), dspy.__name__))
        adapter = getattr(home, ADAPTERS[layout])()
        entries = corpus(layout)
        signatures = {entry.task.name: entry.task.signature(dspy) for entry in entries}
        counted: Counter[Outcome] = Counter()
        for entry in entries:
            started = time.process_time()
            counted[outcome(adapter, signatures[entry.task.name], entry, refusal)] += 1
            slowest = max(slowest, time.process_time() - started)
        say(**{f"{layout}_{kind}": counted[kind] for kind in get_args(Outcome)})
    say(slowest=slowest)


def outcome(
    adapter: Any, signature: Any, entry: Entry, refusal: type[Exception], patience: float = PATIENCE
) -> Outcome:  # fmt: skip
    """How an adapter reads one reply; an error of another kind is no refusal but a fault, and counts as wrong."""
    try:
        with at_most(patience):
            found = adapter.parse(signature, entry.reply)
    except Late:
        return "late"
    except refusal:
        return "refused" if entry.right is None else "given_up"
    except Exception:
        return "wrong"
    return "read" if same(found, entry.right) else "wrong"


@contextmanager
def at_most(seconds: float) -> Iterator[None]:
    """A block that is ended by `Late` when it takes more CPU time."""
    before = signal.signal(signal.SIGPROF, _end)
    signal.setitimer(signal.ITIMER_PROF, seconds)
    try:
        yield
    finally:
        signal.setitimer(signal.ITIMER_PROF, 0)
        signal.signal(signal.SIGPROF, before)


def _end(number: int, frame: FrameType | None) -> NoReturn:
    raise Late


if __name__ == "__main__":
    main(*sys.argv[1:])
