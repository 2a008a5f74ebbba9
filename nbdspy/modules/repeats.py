"""`Repeats`: notices when an agent does again what it did before, and it brings the same."""

from __future__ import annotations


class Repeats:
    """What was done so far and what it brought.

    Args:
        advice: What to do instead, as the end of a sentence.

    Example:
        >>> repeats = Repeats(", so end the work.")
        >>> repeats.note(1, "search", "nothing"), repeats.note(2, "search", "nothing")
        ('', '(Step 1 did and brought the same, so end the work.)')
    """

    def __init__(self, advice: str) -> None:
        self._advice = advice
        self._done: dict[tuple[str, ...], int] = {}

    def note(self, step: int, *done: str) -> str:
        """A word about the earlier step that did and brought what this one did; nothing where there is none."""
        before = self._done.setdefault(done, step)
        return "" if before == step else f"(Step {before} did and brought the same{self._advice})"
