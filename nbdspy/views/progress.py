"""The card of work that goes on: what is being done, how far it is, and the best so far."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy.views.drawing import Card, fragments


@dataclass(frozen=True, slots=True, kw_only=True)
class Progress:
    """A moment of a run.

    Args:
        title: What runs.
        doing: The step it is at.
        done: How much of the step is done, of `total`; a total of 0 is not known.
        counted: The same in words: `"37 of 100 examples"`.
        facts: What is known so far: `"best 72 %"`, `"412 calls"`.
        doubts: What speaks against going on.
        ended: Why it goes on no more, when it did not come to its end.
        state: What somebody made of it: `"paused"`, `"stopping"`.
        buttons: What a reader may ask for, with what is written on it: `("pause", "Pause")`.
    """

    title: str
    doing: str = ""
    done: int = 0
    total: int = 0
    counted: str = ""
    facts: Sequence[str] = ()
    doubts: Sequence[str] = ()
    ended: str = ""
    state: str = ""
    buttons: Sequence[tuple[str, str]] = ()


def line_of(progress: Progress) -> str:
    """The same in a line of text."""
    said = [progress.title, progress.state, progress.doing, progress.counted, *progress.facts, progress.ended]
    return " · ".join(part for part in said if part)


def card(progress: Progress) -> Card:
    """The step with its bar, the facts in the header."""
    return Card(fragments=fragments("progress.html", progress=progress), text=line_of(progress))
