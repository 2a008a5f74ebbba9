"""Damaged replies: how many each side reads right, refuses, and reads wrong without a word."""

from __future__ import annotations

import sys
from collections import Counter
from typing import Any, Literal

from tests.bench.damaged.corpus import Entry, corpus
from tests.bench.damaged.layouts import Layout
from tests.bench.sides import library, say

ADAPTERS: dict[Layout, str] = {"chat": "ChatAdapter", "json": "JSONAdapter", "xml": "XMLAdapter", "baml": "BAMLAdapter"}
Outcome = Literal["right", "error", "wrong"]


def main(side: str, *layouts: str) -> None:
    dspy = library(side)
    refused = (dspy.errors.ParseError,) if side == "ours" else (dspy.utils.exceptions.AdapterParseError,)
    figures: dict[str, float] = {}
    for layout, name in ADAPTERS.items():
        adapter = getattr(dspy, name)()
        signatures = {id(entry.task): entry.task.signature(dspy) for entry in corpus(layout)}
        counted = Counter(outcome(adapter, signatures[id(entry.task)], entry, refused) for entry in corpus(layout))
        figures |= {f"{layout}_{kind}": counted[kind] for kind in ("right", "error", "wrong")}
    say(**figures)


def outcome(adapter: Any, signature: Any, entry: Entry, refused: tuple[type[Exception], ...]) -> Outcome:
    """How an adapter reads one reply; an error of another kind is no refusal but a fault, and counts as wrong."""
    try:
        found = adapter.parse(signature, entry.reply)
    except refused:
        return "error"
    except Exception:
        return "wrong"
    return "right" if same(found, entry.right) else "wrong"


def same(found: Any, right: Any) -> bool:
    """Whether values are equal and of the same types, so that True is not 1."""
    return found == right and repr(found) == repr(right)


if __name__ == "__main__":
    main(*sys.argv[1:])
