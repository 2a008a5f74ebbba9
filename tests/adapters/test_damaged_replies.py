"""Damaged replies: the right values or an error that shows the reply, the field and the expectation; nothing else."""

from __future__ import annotations

import re
import time
from collections.abc import Iterator
from typing import Any

import pytest

import nbdspy
from nbdspy.adapters import Adapter, BAMLAdapter, ChatAdapter, CompletionAdapter, JSONAdapter, XMLAdapter
from nbdspy.errors import ParseError
from tests.bench.damaged.corpus import Entry, corpus, same
from tests.bench.damaged.layouts import LAYOUTS, Layout, write
from tests.bench.damaged.tasks import TASKS, Task

ADAPTERS: dict[Layout, Adapter] = {
    "chat": ChatAdapter(), "json": JSONAdapter(), "xml": XMLAdapter(), "baml": BAMLAdapter(),
    "completion": CompletionAdapter(),
}  # fmt: skip
GIVEN_UP = {"chat": 4, "json": 4, "xml": 7, "baml": 8, "completion": 4}
"""Replies that hold the values as people would read them, and that are refused: numbers with a foreign unit, and what
may be cut off."""

each_layout = pytest.mark.parametrize("layout", LAYOUTS)


@each_layout
def test_there_are_enough_of_them_and_the_same_each_time(layout: Layout) -> None:
    entries = corpus(layout)

    assert len({entry.name for entry in entries}) == len(entries) >= 700
    assert entries == corpus(layout)
    assert sum(entry.right is None for entry in entries) >= 200


@each_layout
def test_a_reply_is_read_right_or_refused_in_a_moment(layout: Layout) -> None:
    entries = corpus(layout)

    faults = [fault for entry in entries if (fault := _fault(ADAPTERS[layout], entry))]

    assert not faults, "\n".join(faults)


@each_layout
def test_few_replies_are_given_up_that_hold_the_values(layout: Layout) -> None:
    given_up = [
        entry.name for entry in corpus(layout) if entry.right is not None and _read(ADAPTERS[layout], entry) is None
    ]

    assert len(given_up) == GIVEN_UP[layout], "\n".join(given_up)


@pytest.mark.parametrize("layout", ["chat", "json", "xml"])
@pytest.mark.parametrize("task", TASKS, ids=lambda task: task.name)
def test_a_sign_too_few_or_too_many_is_mended_or_refused(layout: Layout, task: Task) -> None:
    """Where it stands inside of a text, the text has that sign too few or too many, and is right so."""
    adapter, signature = ADAPTERS[layout], task.signature(nbdspy)

    for reply in _one_sign_off(write(layout, task.plain).text):
        found = _parsed(adapter, signature, reply)

        assert found is None or same(found, task.values) or _nearly(found, task.values), reply


def _one_sign_off(text: str) -> Iterator[str]:
    for sign in re.finditer(r'["{}\[\],:<>/#]', text):
        yield text[: sign.start()] + text[sign.end() :]
        yield text[: sign.end()] + text[sign.start() :]


def _nearly(found: Any, right: Any) -> bool:
    """Whether the values are the same but for one sign, and the line end behind it."""
    one, other = sorted((repr(values).replace("\\n", "") for values in (found, right)), key=len)
    return len(other) - len(one) == 1 and any(other[:place] + other[place + 1 :] == one for place in range(len(other)))


def _fault(adapter: Adapter, entry: Entry) -> str | None:
    """What is wrong about how a reply is read."""
    signature = entry.task.signature(nbdspy)
    started = time.process_time()
    try:
        found = adapter.parse(signature, entry.reply)
    except ParseError as error:
        tells = error.reply == entry.reply and error.field in entry.task.outputs and error.expected and error.hint
        wrong = None if tells and error.field in error.message and len(str(error)) < 700 else f"says only {error!r}"
    else:
        wrong = None if same(found, entry.right) else f"is read as {found!r}"
    seconds = time.process_time() - started
    wrong = wrong or (f"takes {seconds:.1f} s" if seconds > 3 else None)  # quadratic reading would take minutes
    return wrong and f"{entry.name} {wrong[:300]}"


def _read(adapter: Adapter, entry: Entry) -> Any:
    return _parsed(adapter, entry.task.signature(nbdspy), entry.reply)


def _parsed(adapter: Adapter, signature: Any, reply: str) -> Any:
    try:
        return adapter.parse(signature, reply)
    except ParseError:
        return None
