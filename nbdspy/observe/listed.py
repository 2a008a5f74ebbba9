"""`Listed`: pieces of work of a trace, one a line under the number by which each can be asked for."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy.observe.steps import Step, numbered


@dataclass(frozen=True, slots=True, kw_only=True)
class Listed:
    """Pieces of work in the order in which they began, shown by a notebook as a table; `Trace.listed` makes it.

    Args:
        lines: The number of each, as in `Trace.to_frame`, how deep it is inside of others, and the work.
        of: How many pieces of work there were to choose from.
        text: What they say; empty where nothing was looked for.
    """

    lines: tuple[tuple[int, int, Step], ...]
    of: int
    text: str = ""

    @property
    def steps(self) -> tuple[Step, ...]:
        """The work alone."""
        return tuple(step for _, _, step in self.lines)


def listed(steps: Sequence[Step], text: str = "") -> Listed:
    """The pieces of work that say a text, or all; what adapters do only where it failed."""
    depths: dict[int | None, int] = {None: -1}
    lines = []
    for number, parent, step in numbered(steps):
        depths[number] = depths[parent] + 1
        if not step.is_adapting or step.error is not None:
            lines.append((number, depths[number], step))
    found = [line for line in lines if not text or line[2].says(text)]
    return Listed(lines=tuple(found), of=len(lines), text=text)
