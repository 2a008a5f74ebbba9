"""The card of an answer that is still being written: its outputs as far as they have come."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

from nbdspy.views import cut
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.prediction import answer_first, drawn_answer


@dataclass(frozen=True, slots=True, kw_only=True)
class Arriving:
    """A moment of a program's answer.

    Args:
        program: What the user calls the program.
        doing: What it does now: `"asking smollm2"`.
        answers: The texts so far of the outputs that are being written, by name.
        whole: Those that have ended.
        ended: Why it goes on no more, when it did not come to its end.
    """

    program: str
    doing: str = ""
    answers: Mapping[str, str]
    whole: frozenset[str] = frozenset()
    ended: str = ""


def card(arriving: Arriving) -> Card:
    """The outputs where the whole answer will have them, in small letters until they are whole."""
    facts = [arriving.ended or arriving.doing]
    drawn = fragments(
        "arriving.html",
        program=arriving.program,
        facts=[fact for fact in facts if fact],
        answers=[
            drawn_answer(name, text, is_whole=name in arriving.whole) for name, text in answer_first(arriving.answers)
        ],
    )
    said = [f"{name}: {cut.cell(text)}" for name, text in answer_first(arriving.answers)]
    return Card(fragments=drawn, text="\n".join([" · ".join([arriving.program, *facts]), *said]))
