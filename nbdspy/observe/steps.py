"""`Step`: one piece of work with what it was made of, as a trace keeps it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbdspy import render
from nbdspy.errors import words_of
from nbdspy.models import Reply, Request, Spent, Usage
from nbdspy.models.redaction import redact

ADAPTING: Final = frozenset({"adapter_format", "adapter_parse"})
"""Kinds of work that say nothing that the call around them does not, unless they fail."""


@dataclass(frozen=True, slots=True, kw_only=True, repr=False)
class Step:
    """One piece of work and what it was made of.

    `kind` is as in `events.SpanStarted`, `part` the path of what worked in the program around it, where it has one. Of
    a call of a model (`"lm"`) `inputs` is the `Request` and `outputs` the `Reply`. `at` is when it began (seconds,
    monotonic clock); `seconds` is None while it runs. `remarks` say what did not go as asked, such as a reply that had
    to be asked for again. `left_out` counts what was inside and is not kept, `spent_there` what that took.
    """

    kind: str
    name: str
    inputs: Any
    outputs: Any = None
    error: BaseException | None = None
    at: float = 0.0
    seconds: float | None = None
    part: str = ""
    remarks: tuple[str, ...] = ()
    steps: tuple[Step, ...] = ()
    left_out: int = 0
    spent_there: Spent = Spent()

    def __repr__(self) -> str:
        """What it is, in a line, the same on each run; what was said in it is in its attributes, and in the trace."""
        inside = sum(1 for _ in self.walk()) - 1
        said = [f"{self.kind} {redact(self.part or self.name)}"]
        said += [f"{inside:,} inside"] if inside else []
        said += [] if self.error is None else [f"failed: {redact(words_of(self.error))}"]
        return f"<Step {render.short(', '.join(said), 160)}>"

    def walk(self) -> Iterator[Step]:
        """This step and all inside, in the order in which they began."""
        yield self
        for step in self.steps:
            yield from step.walk()

    @property
    def is_adapting(self) -> bool:
        """Whether an adapter wrote the prompt here, or read the reply: both stand in the call."""
        return self.kind in ADAPTING

    @property
    def spent(self) -> Spent:
        """The calls inside, and what they took."""
        return tallied(self.walk())

    def says(self, text: str) -> bool:
        """Whether what it was given, gave or failed with holds a text, in small or capital letters."""
        said = [*_texts(self.inputs), *_texts(self.outputs), *self.remarks, self.name, self.part]
        said += [] if self.error is None else [words_of(self.error)]
        wanted = text.casefold()
        return any(wanted in redact(one).casefold() for one in said)  # nobody is to find out a key by guessing


class Tally:
    """What replies took, counted as they come; `spent` is it as a whole."""

    __slots__ = ("cached", "calls", "completion", "cost", "prefix", "prompt", "recorded", "unpriced")

    def __init__(self) -> None:
        self.calls = self.cached = self.recorded = self.unpriced = 0
        self.prompt = self.completion = self.prefix = 0
        self.cost = 0.0

    def count(self, outputs: Any) -> None:
        """Add what some work gave, if that is a reply."""
        if not isinstance(outputs, Reply):
            return
        if outputs.recorded:
            self.recorded += 1
        elif outputs.cached:
            self.cached += 1
        else:
            self.calls += 1
            self.unpriced += outputs.cost is None
            self.cost += outputs.cost or 0.0
            self.prompt += outputs.usage.prompt
            self.completion += outputs.usage.completion
            self.prefix += outputs.usage.cached

    def add(self, other: Tally) -> None:
        """Add another one."""
        for name in self.__slots__:
            setattr(self, name, getattr(self, name) + getattr(other, name))

    @property
    def spent(self) -> Spent:
        """All of it."""
        return Spent(
            calls=self.calls,
            cached=self.cached,
            recorded=self.recorded,
            unpriced=self.unpriced,
            cost=self.cost,
            usage=Usage(prompt=self.prompt, completion=self.completion, cached=self.prefix),
        )


def tallied(steps: Iterable[Step]) -> Spent:
    """What some steps took, without what is inside of them."""
    tally = Tally()
    elsewhere = []
    for step in steps:
        tally.count(step.outputs)
        if step.left_out:
            elsewhere.append(step.spent_there)
    return sum(elsewhere, tally.spent)


def numbered(steps: Sequence[Step]) -> Iterator[tuple[int, int | None, Step]]:
    """Every step with its number, from 0, and that of the one around it, each before what is inside."""
    waiting: list[tuple[Step, int | None]] = [(step, None) for step in reversed(steps)]
    number = 0
    while waiting:
        step, parent = waiting.pop()
        yield number, parent, step
        waiting += [(inner, number) for inner in reversed(step.steps)]
        number += 1


def parts_of(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What of inputs or outputs is said, each with its name; `name` is for what has no parts."""
    match value:
        case None:
            return
        case {"kwargs": Mapping() as kwargs}:
            yield from ((str(number), given) for number, given in enumerate(value.get("args", ())))
            yield from kwargs.items()
        case Mapping():
            yield from ((str(key), part) for key, part in value.items())
        case _ if hasattr(value, "toDict"):
            yield from value.toDict().items()
        case _:
            yield name, repr(value)


def _texts(value: Any) -> Iterator[str]:
    """Every text in a value, at any depth."""
    match value:
        case None:
            return
        case str():
            yield value
        case Request():
            yield from _texts(value.prompt)
            yield from _texts(value.messages)
        case Reply():
            yield from value.texts
        case Mapping():
            for part in value.values():
                yield from _texts(part)
        case list() | tuple():
            for part in value:
                yield from _texts(part)
        case int() | float():
            yield str(value)
        case _:
            yield from _texts(render.simple(value))
