"""An agent with three tools: run on a real small model, and replayed from the cassette of that run.

`NBDSPY_RECORD=1 pytest tests/modules/test_three_tools.py -m ''` records it anew, in some minutes, on
qwen2.5-coder-1.5b.
"""

from __future__ import annotations

import datetime
import os
from collections.abc import Iterator
from fractions import Fraction
from pathlib import Path

import pytest

from nbdspy.configuration import context
from nbdspy.models import LM, use_cassette
from nbdspy.modules import ReAct
from nbdspy.signatures import InputField, OutputField, Signature

CASSETTE = Path(__file__).with_name("three_tools.jsonl")
MODEL = "qwen2.5-coder-1.5b"
MOUNTAINS = {
    "Matterhorn": "The Matterhorn is 4,478 m high. It was first climbed on 14 July 1865.",
    "Mont Blanc": "Mont Blanc is 4,806 m high. It was first climbed on 8 August 1786.",
    "Eiger": "The Eiger is 3,967 m high. It was first climbed on 11 August 1858.",
}


def search(query: str) -> str:
    """Look a mountain up by its name: its height, and the day it was first climbed."""
    found = [text for name, text in MOUNTAINS.items() if name.lower() in query.lower()]
    return " ".join(found) or f"Nothing is known of {query!r}. There are: {', '.join(MOUNTAINS)}."


def calculate(first: float, operation: str, second: float) -> str:
    """Calculate with two numbers; the operation is one of + - * /."""
    one, other = Fraction(str(first)), Fraction(str(second))
    result = {"+": one + other, "-": one - other, "*": one * other, "/": one / other if other else None}[operation]
    return "not a number" if result is None else f"{float(result):g}"


def days_between(start: datetime.date, end: datetime.date) -> int:
    """Count the days from one date to another; dates are written as 1865-07-14."""
    return (end - start).days


class Asked(Signature):
    """Answer the question about mountains."""

    question: str = InputField()
    answer: int = OutputField(desc="only the number")


HIGHER = "How many metres higher is Mont Blanc than the Eiger?"
DAYS = "How many days passed between the first climbs of the Eiger and the Matterhorn?"
YEARS = (
    "First look up the Eiger and the Matterhorn with search. Then count the days between their first climbs with "
    "days_between. Then divide the days by 365 with calculate. How many whole years are that?"
)


@pytest.fixture(scope="module")
def agent() -> Iterator[ReAct]:
    """An agent whose model is the recorded one, or the real one while it records."""
    records = os.environ.get("NBDSPY_RECORD") == "1"
    lm = LM(MODEL, temperature=0.0, max_tokens=300)  # which is fetched and opened only when it is asked
    with context(lm=lm), use_cassette("record" if records else "replay", CASSETTE):
        yield ReAct(Asked, tools=[search, calculate, days_between], max_iters=5)


def used(trajectory: dict[str, object]) -> list[object]:
    return [value for key, value in trajectory.items() if key.startswith("tool_name_")]


def test_it_looks_two_heights_up_and_calculates(agent: ReAct) -> None:
    prediction = agent(question=HIGHER)

    assert prediction.answer == 4806 - 3967
    assert used(prediction.trajectory)[:3] == ["search", "search", "calculate"]


def test_a_model_too_small_for_the_question_goes_in_circles_is_told_so_and_answers_in_the_end(agent: ReAct) -> None:
    prediction = agent(question=DAYS)

    assert used(prediction.trajectory) == ["search", "search", "calculate", "calculate", "calculate"]
    assert "(Step 2 did and brought the same" in prediction.trajectory["observation_4"]
    assert isinstance(prediction.answer, int)  # a wrong one: it never tried `days_between`


def test_told_the_way_it_uses_all_three_tools_one_after_the_other(agent: ReAct) -> None:
    prediction = agent(question=YEARS)

    assert used(prediction.trajectory)[:4] == ["search", "search", "days_between", "calculate"]
    assert str(prediction.trajectory["observation_2"]) == "2529"
    assert prediction.trajectory["observation_3"] == "6.92877"
    assert prediction.answer == 6
