"""The corpus: every damage done to every correct reply that can have it, and the nastiest replies, written by hand."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Any

from tests.bench.damaged.by_hand import BY_HAND
from tests.bench.damaged.layouts import Layout, write
from tests.bench.damaged.of_replies import OF_LAYOUT, cuts, fields
from tests.bench.damaged.of_values import DAMAGES, NOTHING
from tests.bench.damaged.tasks import TASKS, Task


@dataclass(frozen=True)
class Entry:
    """A damaged reply to a task, and the values that it holds; None where it does not."""

    name: str
    task: Task
    reply: str
    right: Mapping[str, Any] | None


def same(found: object, right: object) -> bool:
    """Whether values are equal and of the same types, so that True is not 1."""
    return found == right and repr(found) == repr(right)


def corpus(layout: Layout) -> list[Entry]:
    """The entries of a layout, in the same order each time."""
    made = [entry for task in TASKS for entry in (*_intact(task, layout), *_in_values(task, layout))]
    return [*made, *(Entry(f"by hand: {name}", task, reply, right) for name, task, reply, right in BY_HAND[layout])]


def _intact(task: Task, layout: Layout) -> Iterator[Entry]:
    """Damages around values that are left as they are."""
    whole = write(layout, task.plain).text
    for name, damage in OF_LAYOUT[layout].items():
        if (reply := damage(whole)) != whole:
            yield Entry(f"{task.name}: {name}", task, reply, task.values)
    for name, reply, right in (*fields(task, layout), *cuts(task, layout)):
        yield Entry(f"{task.name}: {name}", task, reply, right)


def _in_values(task: Task, layout: Layout) -> Iterator[Entry]:
    """Damages of one value, the first that can have it."""
    for name, damage in DAMAGES.items():
        for output_name, output in task.outputs.items():
            if (changed := damage(output)) is None:
                continue
            plain, value = changed
            if value is None and output.type == str | None and layout in ("json", "baml"):
                value = plain  # JSON has a null; a text in quotes is what it says
            reply = write(layout, {**task.plain, output_name: plain}).text
            right = None if value is NOTHING else {**task.values, output_name: value}
            yield Entry(f"{task.name}: {name}", task, reply, right)
            break
