"""Damaged replies: how many each side reads, gives up, and reads as something else without a word."""

from __future__ import annotations

import logging
import sys
import time
import warnings
from collections import Counter
from importlib import import_module
from typing import Any, Literal

from tests.bench.damaged.corpus import Entry, corpus, same
from tests.bench.damaged.layouts import Layout
from tests.bench.sides import library, say

Outcome = Literal["read", "given_up", "refused", "wrong"]
ADAPTERS: dict[Layout, str] = {
    "chat": "ChatAdapter", "json": "JSONAdapter", "xml": "XMLAdapter", "baml": "BAMLAdapter",
    "completion": "CompletionAdapter",
}  # fmt: skip
NOT_AT_THE_TOP = {("peer", "baml"): "dspy.adapters.baml_adapter", ("ours", "completion"): "nbdspy.adapters"}


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
        say(**{f"{layout}_{kind}": counted[kind] for kind in ("read", "given_up", "refused", "wrong")})
    say(slowest=slowest)


def outcome(adapter: Any, signature: Any, entry: Entry, refusal: type[Exception]) -> Outcome:
    """How an adapter reads one reply; an error of another kind is no refusal but a fault, and counts as wrong."""
    try:
        found = adapter.parse(signature, entry.reply)
    except refusal:
        return "refused" if entry.right is None else "given_up"
    except Exception:
        return "wrong"
    return "read" if same(found, entry.right) else "wrong"


if __name__ == "__main__":
    main(*sys.argv[1:])
