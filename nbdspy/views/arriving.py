"""The card of an answer that is still being written: its outputs as far as they have come, and how they come about."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from functools import cached_property
from typing import Any, Final

from nbdspy.models import Request, Spent
from nbdspy.observe.steps import parts_of
from nbdspy.views import cut, figures, tally
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.messages import Spoken, spoken
from nbdspy.views.prediction import answer_first, drawn_answer
from nbdspy.views.trace import PILLS

ALLOWANCE: Final = 16_000
"""Bytes of a prompt: a page without widgets is sent all of it with each update."""
MOST_MESSAGES: Final = 16
MOST_VALUES: Final = 4
DOING: Final = {"tool": "calling", "interpreter_tool_call": "calling", "retrieval": "searching with"}


@dataclass(frozen=True, kw_only=True)
class Asked:
    """A request that was sent, which is drawn once for all the moments of its answer.

    Args:
        request: To a model that writes.
        number: How many came before it, and this one.
    """

    request: Request
    number: int = 1

    @cached_property
    def spoken(self) -> list[Spoken]:
        """Its messages; where they are too many, the last ones, which differ from call to call."""
        messages = list(reversed((self.request.messages or [])[-MOST_MESSAGES:]))
        return spoken(messages, self.request.prompt, cut.Allowance(ALLOWANCE))[::-1]

    @property
    def hidden(self) -> int:
        """How many messages before them are not shown."""
        return max(0, len(self.request.messages or []) - MOST_MESSAGES)


@dataclass(frozen=True, slots=True, kw_only=True)
class Work:
    """A tool, a search or code that a program runs, with what it was given and, once it is over, what it gave.

    `kind` is as in `events.SpanStarted`.
    """

    kind: str
    name: str
    inputs: Any = None
    outputs: Any = None
    error: str = ""
    is_over: bool = False

    @property
    def doing(self) -> str:
        """What goes on, in a few words."""
        return f"{DOING[self.kind]} {self.name}" if self.kind in DOING else "running code"


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """A moment of a program's answer.

    Args:
        program: What the user calls the program.
        doing: What it does now: `"asking smollm2"`.
        answers: The texts so far of the outputs that are being written, by name.
        whole: Those that have ended.
        ended: Why it goes on no more, when it did not come to its end.
        asked: The last request.
        work: The last tool, search or code.
        spent: What the replies so far took.
    """

    program: str
    doing: str = ""
    answers: Mapping[str, str]
    whole: frozenset[str] = frozenset()
    ended: str = ""
    asked: Asked | None = None
    work: Work | None = None
    spent: Spent = Spent()


def card(arriving: Arriving) -> Card:
    """The outputs where the whole answer will have them, in small letters until they are whole; then what is asked."""
    asked = arriving.asked
    doing = arriving.ended or arriving.doing
    drawn = fragments(
        "arriving.html",
        program=arriving.program,
        facts=[fact for fact in [doing, *tally.facts(arriving.spent)] if fact],
        answers=[
            drawn_answer(name, text, is_whole=name in arriving.whole) for name, text in answer_first(arriving.answers)
        ],
        work=None if arriving.work is None else _work(arriving.work),
        number="" if asked is None or asked.number == 1 else f" {asked.number:,}",
        model="" if asked is None else asked.request.model,
        hidden=0 if asked is None else asked.hidden,
        spoken=[] if asked is None else asked.spoken,
    )
    said = [f"{name}: {cut.cell(text)}" for name, text in answer_first(arriving.answers)]
    return Card(fragments=drawn, text="\n".join([" · ".join(filter(None, [arriving.program, doing])), *said]))


def _work(work: Work) -> dict[str, Any]:
    given, gave = _values(work.inputs, "in"), _values(work.outputs, "out") if work.is_over else []
    return {
        "pill": PILLS.get(work.kind, work.kind),
        "name": work.name,
        "given": given,
        "gave": gave,
        "error": work.error,
        "is_over": work.is_over,
    }


def _values(value: Any, name: str) -> list[tuple[str, str]]:
    parts = list(parts_of(value, name))
    shown = [(key, cut.cell(part)) for key, part in parts[:MOST_VALUES]]
    hidden = len(parts) - len(shown)
    return [*shown, *([("…", f"and {figures.count(hidden, 'more value')}")] if hidden else [])]
