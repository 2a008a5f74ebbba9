"""An agent with three honest little tools, as tests record and replay it."""

from __future__ import annotations

import datetime
from fractions import Fraction

from nbdspy.modules import ReAct
from nbdspy.signatures import InputField, OutputField, Signature

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


QUESTIONS = {
    "How many metres higher is Mont Blanc than the Eiger?": 839,
    "How many days passed between the first climbs of the Eiger and the Matterhorn?": 2529,
    "How high is the Matterhorn, in metres?": 4478,
}


def agent() -> ReAct:
    """The agent; of few steps, because its model is small."""
    return ReAct(Asked, tools=[search, calculate, days_between], max_iters=6)
