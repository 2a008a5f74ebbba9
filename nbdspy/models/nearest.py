"""What a replay missed: the recorded request that is closest, and where the two differ."""

from __future__ import annotations

import heapq
import json
from collections.abc import Iterable, Mapping, Sequence
from difflib import SequenceMatcher
from itertools import takewhile, zip_longest
from typing import Any

from nbdspy.render import short

SHORTLIST = 8  # requests that are compared letter by letter, out of those that share the most words
WINDOW = 1_000  # letters of each that are compared
LINES = 10  # differing lines that are shown
WIDTH = 100  # letters of each line that are shown


def as_lines(request: Mapping[str, Any]) -> list[str]:
    """A request, as its `as_dict` gives it, as lines of text: settings first, then what the model reads."""
    lines = []
    for name, value in sorted(request.items()):
        if name not in ("messages", "prompt"):
            lines += _labelled(name, value)
    for message in request.get("messages", ()):
        for name, value in sorted(message.items()):
            if name != "role":
                lines += _labelled(message.get("role", "?") if name == "content" else name, value)
    return lines + str(request.get("prompt", "")).split("\n")


def asked_for(request: Mapping[str, Any]) -> str:
    """One line that lets a person recognise the request."""
    if messages := request.get("messages"):
        return short(messages[-1].get("content") or "", WIDTH)
    texts = (request.get("options") or {}).get("input", ())  # of a request for vectors
    prompt = " ".join(str(request.get("prompt") or " · ".join(map(str, texts))).split())
    return prompt if len(prompt) <= WIDTH else "…" + prompt[-WIDTH:]


def nearest(asked: Sequence[str], recorded: Iterable[Sequence[str]]) -> Sequence[str] | None:
    """The recorded lines most like the asked ones; None when nothing is recorded.

    The time grows with the number of requests by the cost of comparing two sets of words, not two texts.
    """
    words = set(" ".join(asked).split())
    text = "\n".join(asked)
    shortlist = heapq.nsmallest(SHORTLIST, recorded, key=lambda lines: len(words.symmetric_difference(_words(lines))))
    return max(shortlist, key=lambda lines: _likeness(text, "\n".join(lines)), default=None)


def differences(recorded: Sequence[str], asked: Sequence[str]) -> list[str]:
    """The lines that differ, recorded ones behind `-` and asked ones behind `+`; the first few."""
    shown: list[str] = []
    for change, a, b, c, d in SequenceMatcher(None, recorded, asked, autojunk=False).get_opcodes():
        if change != "equal":
            for old, new in zip_longest(recorded[a:b], asked[c:d]):
                shown += _pair(old, new)
    if len(shown) > LINES:
        return [*shown[:LINES], f"  … and {len(shown) - LINES:,} more lines"]
    return shown


def _words(lines: Sequence[str]) -> set[str]:
    return set(" ".join(lines).split())


def _likeness(one: str, other: str) -> float:
    start = max(0, _same_letters(one, other) - WIDTH)
    return SequenceMatcher(None, one[start:][:WINDOW], other[start:][:WINDOW]).ratio()


def _same_letters(one: str, other: str) -> int:
    """How many letters both begin with."""
    return sum(1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(one, other, strict=False)))


def _labelled(name: str, value: Any) -> list[str]:
    text = value if isinstance(value, str) else json.dumps(value, ensure_ascii=False, sort_keys=True, default=str)
    return [f"{name}: {line}" for line in text.split("\n")]


def _pair(old: str | None, new: str | None) -> list[str]:
    """Two lines that stand in each other's place, cut so that the first difference is in sight."""
    start = max(0, _same_letters(old or "", new or "") - WIDTH // 2)
    return [f"  {sign} {_cut(line, start)}" for sign, line in (("-", old), ("+", new)) if line is not None]


def _cut(line: str, start: int) -> str:
    return ("…" if start else "") + line[start : start + WIDTH] + ("…" if len(line) > start + WIDTH else "")
