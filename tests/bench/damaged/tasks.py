"""What is asked in the corpus: signatures of many output types, each with the values of a correct reply."""

from __future__ import annotations

import datetime
import enum
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any, Literal, get_args

import pydantic


class Mood(enum.Enum):
    GLAD = "glad"
    LOW = "a bit sad"


class Address(pydantic.BaseModel):
    street: str
    city: str


class Person(pydantic.BaseModel):
    name: str
    age: int | None = None
    address: Address | None = None
    tags: list[str] = []


@dataclass(frozen=True, kw_only=True)
class Output:
    """The type and the constraints of one output, and its value in a correct reply: typed, and in JSON's types."""

    type: Any
    value: Any
    plain: Any
    constraints: Mapping[str, Any] = field(default_factory=dict)

    @property
    def name_of_type(self) -> str:
        """What its class is called, if it is one."""
        return getattr(self.type, "__name__", "")

    @property
    def optional(self) -> bool:
        """Whether it may be None, and so may be missing."""
        return type(None) in get_args(self.type)


@dataclass(frozen=True)
class Task:
    """A signature and what a correct reply to it holds."""

    name: str
    outputs: Mapping[str, Output]

    @property
    def values(self) -> dict[str, Any]:
        """What is to be read."""
        return {name: output.value for name, output in self.outputs.items()}

    @property
    def plain(self) -> dict[str, Any]:
        """What a reply spells, in JSON's types."""
        return {name: output.plain for name, output in self.outputs.items()}

    def signature(self, library: Any) -> Any:
        """The signature, made by either library."""
        outputs = {
            name: (output.type, library.OutputField(**output.constraints)) for name, output in self.outputs.items()
        }
        return library.Signature({"question": (str, library.InputField()), **outputs}, "Answer the question.")


def _same(type_: Any, value: Any, **constraints: Any) -> Output:
    """An output whose value JSON has as it is."""
    return Output(type=type_, value=value, plain=value, constraints=constraints)


ADA = {"name": "Ada King", "age": 36, "address": {"street": "5 St James's Sq", "city": "London"}, "tags": ["maths"]}
BO = {"name": "Bo", "age": None, "address": None, "tags": []}

TASKS = (
    Task("text", {"answer": _same(str, "Paris is the capital, and has been since 987.")}),
    Task(
        "thought",
        {
            "reasoning": _same(str, "Six boxes hold 204 apples each.\nTogether that is 6 * 204."),
            "answer": _same(int, 1224),
        },
    ),
    Task("yes", {"verdict": _same(bool, True), "sure": _same(float, 0.85, ge=0, le=1)}),
    Task("intent", {"intent": _same(Literal["alarm", "timer", "book_flight"], "book_flight")}),
    Task("mood", {"mood": Output(type=Mood, value=Mood.LOW, plain="a bit sad"), "why": _same(str, "It rained.")}),
    Task("tags", {"tags": _same(list[str], ["sea", "salt, pepper", "it's here"]), "summary": _same(str, "The coast.")}),
    Task("stock", {"stock": _same(dict[str, int], {"apples": 3, "pears": 1200}), "total": _same(int, 1203)}),
    Task("person", {"person": Output(type=Person, value=Person(**ADA), plain=ADA)}),
    Task(
        "people",
        {
            "people": Output(type=list[Person], value=[Person(**ADA), Person(**BO)], plain=[ADA, BO]),
            "note": _same(str | None, "The second is a child."),
        },
    ),
    Task(
        "day",
        {
            "day": Output(type=datetime.date, value=datetime.date(2026, 3, 1), plain="2026-03-01"),
            "minutes": _same(int | None, 1440),
        },
    ),
    Task(
        "review",
        {
            "title": _same(str, "Light, loud, lasting", max_length=40),
            "stars": _same(int, 4, ge=1, le=5),
            "pros": _same(list[str], ["light", "lasts all day"], min_length=1),
            "verdict": _same(Literal["buy", "wait", "skip"], "buy"),
        },
    ),
    Task("ratings", {"ratings": _same(list[float], [4.5, 3.0, 1250.75]), "best": _same(str, "the first")}),
)
BY_NAME = {task.name: task for task in TASKS}
