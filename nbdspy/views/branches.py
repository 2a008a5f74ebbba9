"""Which steps of a trace a card shows: one for a step and its only call; of many the first and those that failed."""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Final

from nbdspy import render
from nbdspy.observe import Step
from nbdspy.observe.recorder import GROUPS

MOST_ROWS: Final = 40
MOST_INSIDE: Final = 12
FIRST, FAILED = 6, 4  # of more than these
_NUMBER: Final = re.compile(r"(\d{1,18})")


@dataclass(frozen=True, slots=True, kw_only=True)
class Branch:
    """A row of the tree.

    `chain` are the steps that are shown as this one, the outermost first: a predictor and its only call say the same.
    `hidden` counts what is inside and has no row.
    """

    chain: tuple[Step, ...]
    inside: tuple[Branch, ...] = ()
    hidden: int = 0
    is_example: bool = False

    @property
    def step(self) -> Step:
        """The outermost step, which has the name."""
        return self.chain[0]

    @property
    def last(self) -> Step:
        """The innermost step of the row, where an error would have begun."""
        return self.chain[-1]

    @property
    def calls(self) -> tuple[Step, ...]:
        """The call of a model that this is."""
        return tuple(step for step in self.chain if step.kind == "lm")

    def walk(self) -> Iterator[Branch]:
        """This row and all inside."""
        yield self
        for branch in self.inside:
            yield from branch.walk()


class _Room:
    """How many rows may still be drawn."""

    def __init__(self, rows: int) -> None:
        self._left = rows

    def take(self, steps: Sequence[Step]) -> Sequence[Step]:
        """As many as there is room for."""
        taken = steps[: self._left]
        self._left -= len(taken)
        return taken


def grown(steps: Sequence[Step], *, in_order: bool) -> tuple[list[Branch], int]:
    """The rows of some runs, and how many runs are not shown.

    Args:
        steps: The outermost ones.
        in_order: Whether examples stand as they began; else by what they were given, which no thread can change.
    """
    room = _Room(MOST_ROWS)
    chosen = room.take(steps[:MOST_INSIDE])
    return [_branch(step, room, in_order=in_order) for step in chosen], len(steps) - len(chosen)


def _branch(step: Step, room: _Room, *, in_order: bool, is_example: bool = False) -> Branch:
    chain = [step]
    while (only := _only(chain[-1])) is not None:
        chain.append(only)
    inside = list(inside_of(chain[-1]))
    is_group = chain[-1].kind in GROUPS
    if is_group and not in_order:
        inside.sort(key=given)
    taken = room.take(_chosen(inside))
    return Branch(
        chain=tuple(chain),
        inside=tuple(_branch(inner, room, in_order=in_order, is_example=is_group) for inner in taken),
        hidden=len(inside) - len(taken),
        is_example=is_example,
    )


def _only(step: Step) -> Step | None:
    """The one step that a program or a predictor consists of, if that is a predictor or a call."""
    inside = list(inside_of(step))
    if step.kind not in ("module", "predict") or len(inside) != 1 or step.left_out:
        return None
    return inside[0] if inside[0].kind in ("module", "predict", "lm") else None


def inside_of(step: Step) -> Iterator[Step]:
    """What a step is made of, without what adapters do: the prompt and the answer show it."""
    for inner in step.steps:
        if inner.is_adapting:
            yield from inside_of(inner)
        else:
            yield inner


def _chosen(steps: Sequence[Step]) -> Sequence[Step]:
    if len(steps) <= MOST_INSIDE:
        return steps
    failed = [step for step in steps[FIRST:] if step.error is not None][:FAILED]
    return [*steps[:FIRST], *failed]


def given(step: Step) -> list[tuple[int, int, str]]:
    """What examples are put in order by where no time is told: no thread can change it; numbers as they count."""
    said = f"{step.kind} {step.name} {render.short(step.inputs or step.outputs, 400)}"
    return [(0, int(part), "") if part.isdecimal() else (1, 0, part) for part in _NUMBER.split(said)]
