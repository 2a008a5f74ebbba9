"""What a model is shown of the steps that a program took so far: as many as it can read."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from nbdspy.errors import ContextTooLong
from nbdspy.modules.repeats import Repeats
from nbdspy.render import ends
from nbdspy.runtime import Effect, Steps

NONE_YET = "(no step yet)"
LEAST = 200  # characters; a model that cannot read so many has no room for steps at all


class StepsSoFar:
    """The steps of a program, shown whole until a model says that they do not fit its context.

    From then on there is room for half as many characters, then a quarter, and so on: the oldest steps go first, and
    when the newest alone is too long, its middle. What is left out is said in its place.
    """

    def __init__(self) -> None:
        self._steps: list[str] = []
        self._room: int | None = None
        self._repeats = Repeats(". Do something else, or hand in the result.")

    def told(self, code: str, output: str) -> str:
        """The output of the next step, with a word about an earlier one that did and brought the same."""
        number = len(self._steps) + 1
        note = self._repeats.note(number, code, output)
        return f"{output.rstrip()}\n{note}" if note else output

    def add(self, step: str) -> None:
        """Remember a step, in the words that a model will read."""
        self._steps.append(step)

    def ask(self, question: Callable[[str], Effect]) -> Steps[Any]:
        """Ask with the steps so far; the answer is the effect's.

        Raises:
            ContextTooLong: When the question is too long even without them.
        """
        while True:
            try:
                return (yield question(self.shown()))
            except ContextTooLong:
                half = len(self.shown()) // 2
                if half < LEAST:
                    raise
                self._room = half

    def shown(self) -> str:
        """The newest steps that there is room for, as one text."""
        if not self._steps:
            return NONE_YET
        if self._room is None:
            return "\n\n".join(self._steps)
        kept: list[str] = []
        left = self._room
        for step in reversed(self._steps):
            if kept and len(step) > left:
                break
            kept.insert(0, ends(step, max(left, 0)))
            left -= len(step)
        older = len(self._steps) - len(kept)
        said = [f"({older} older step{'s' * (older != 1)} left out)"] if older else []
        return "\n\n".join([*said, *kept])
