"""`tracing`: what a block did, as a tree of programs, prompts, replies and tools with their times and costs."""

from __future__ import annotations

import os
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from nbdspy import events, render
from nbdspy.errors import UsageError
from nbdspy.models import Budget, Reply, Request, Spent
from nbdspy.models.redaction import redact
from nbdspy.observe.saved import save_steps

WIDTH = 120  # characters of one line of text
LINES = 400  # of the text of a trace


@dataclass(frozen=True, slots=True, kw_only=True)
class Step:
    """One piece of work and what it was made of.

    `kind` is as in `events.SpanStarted`. Of a call of a model (`"lm"`) `inputs` is the `Request` and `outputs` the
    `Reply`. `seconds` is None while it runs.
    """

    kind: str
    name: str
    inputs: Any
    outputs: Any = None
    error: BaseException | None = None
    seconds: float | None = None
    steps: tuple[Step, ...] = ()

    def walk(self) -> Iterator[Step]:
        """This step and all inside, in the order in which they began."""
        yield self
        for step in self.steps:
            yield from step.walk()

    @property
    def spent(self) -> Spent:
        """The calls inside, and what they took."""
        tally = Budget()
        for step in self.walk():
            if isinstance(step.outputs, Reply):
                tally.count(step.outputs)
        return tally.spent


class Trace:
    """What has happened in the block of `tracing`; grows while it runs. `str()` gives it as plain text."""

    def __init__(self, limit: int) -> None:
        self._limit = limit
        self._lock = threading.Lock()
        self._nodes: dict[int, _Node] = {}
        self._roots: list[_Node] = []
        self._left_out = 0

    @property
    def steps(self) -> tuple[Step, ...]:
        """The outermost pieces of work, with what is inside."""
        with self._lock:
            return tuple(node.step() for node in self._roots)

    @property
    def left_out(self) -> int:
        """How many pieces of work are not in it, for there were too many."""
        return self._left_out

    @property
    def spent(self) -> Spent:
        """The calls, and what they took."""
        return sum((step.spent for step in self.steps), Spent())

    def save(self, path: str | os.PathLike[str], *, contents: bool = True) -> Path:
        """Write it to a `.jsonl` or `.parquet` file; see `nbdspy.observe.saved.save_steps`."""
        return save_steps(self.steps, path, contents=contents)

    def hear(self, event: events.Event) -> None:
        """Take in an event."""
        with self._lock:
            match event:
                case events.SpanStarted() if len(self._nodes) >= self._limit:
                    self._left_out += 1
                case events.SpanStarted():
                    around = None if event.span is None else self._nodes.get(event.span)
                    node = self._nodes[event.number] = _Node(event)
                    (self._roots if around is None else around.inside).append(node)
                case events.SpanEnded() if event.number in self._nodes:
                    self._nodes[event.number].ended = event

    def __repr__(self) -> str:
        return f"Trace({len(self._nodes)} steps)"

    def __str__(self) -> str:
        lines = [line for step in self.steps for line in _lines(step, 0)]
        more = [f"… and {self._left_out:,} more pieces of work"] if self._left_out else []
        if len(lines) > LINES:
            more.insert(0, f"… and {len(lines) - LINES:,} more lines")
        text: str = redact("\n".join([*lines[:LINES], *more]))
        return text or "Nothing has run."


@dataclass(slots=True)
class _Node:
    began: events.SpanStarted
    ended: events.SpanEnded | None = None
    inside: list[_Node] = field(default_factory=list)

    def step(self) -> Step:
        ended = self.ended
        return Step(
            kind=self.began.kind,
            name=self.began.name,
            inputs=self.began.inputs,
            outputs=None if ended is None else ended.outputs,
            error=None if ended is None else ended.error,
            seconds=None if ended is None else ended.seconds,
            steps=tuple(node.step() for node in self.inside),
        )


@contextmanager
def tracing(*, limit: int = 1_000) -> Iterator[Trace]:
    """Write down what the block does, on whichever thread or task, as a tree.

    Args:
        limit: The most pieces of work to keep; later ones are only counted.

    Example:
        >>> from nbdspy.configuration import context
        >>> from nbdspy.modules import Predict
        >>> from nbdspy.testing import DummyLM
        >>> with context(lm=DummyLM([{"answer": "42"}])), tracing() as trace:
        ...     _ = Predict("question -> answer")(question="What is six times seven?")
        >>> [step.kind for step in trace.steps[0].walk()]
        ['predict', 'adapter_format', 'lm', 'adapter_parse']
    """
    if limit < 1:
        raise UsageError(f"A trace cannot keep {limit} pieces of work.", hint="Give a whole number, at least 1.")
    trace = Trace(limit)
    with events.listening_here(trace.hear):
        yield trace


def _lines(step: Step, depth: int) -> Iterator[str]:
    """A step as lines of text; what an adapter did only where it failed, for the prompt and the answer show it."""
    if step.kind.startswith("adapter") and step.error is None:
        return
    indent = "  " * depth
    facts = [f"{step.kind.replace('_', ' ')} {render.short(step.name, 60)}", *_facts(step)]
    yield indent + " · ".join(facts)
    for what, value in _shown(step.inputs, "in"):
        yield _line(indent, what, value)
    for inner in step.steps:
        yield from _lines(inner, depth + 1)
    if step.error is not None:
        yield _line(indent, "error", f"{type(step.error).__name__}: {step.error}")
    for what, value in _shown(step.outputs, "out"):
        yield _line(indent, what, value)


def _line(indent: str, what: str, value: Any) -> str:
    whole: str = redact(render.plain(value))  # before a cut that could halve a key
    return f"{indent}  {what}: {render.short(whole, WIDTH)}"


def _facts(step: Step) -> Iterator[str]:
    spent = step.spent
    if step.kind == "lm" and spent.cached:
        yield "from the cache"
    elif step.kind == "lm" and spent.recorded:
        yield "recorded"
    elif spent.usage.total:
        yield f"{spent.usage.prompt:,} + {spent.usage.completion:,} tokens"
    if spent.cost:
        yield f"${spent.cost:.4g}"
    yield "running" if step.seconds is None else f"{step.seconds:.2f} s"


def _shown(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What of inputs or outputs is said in a line, with its name."""
    match value:
        case None:
            return
        case Request():
            last: Mapping[str, Any] = value.messages[-1] if value.messages else {}
            yield ("prompt", value.prompt) if value.prompt is not None else (str(last.get("role")), last.get("content"))
        case Reply():
            yield from (("reply", text) for text in value.texts)
        case {"kwargs": Mapping() as kwargs}:
            yield from ((str(number), given) for number, given in enumerate(value.get("args", ())))
            yield from kwargs.items()
        case Mapping():
            yield from ((str(key), part) for key, part in value.items())
        case _ if hasattr(value, "toDict"):
            yield from value.toDict().items()
        case _:
            yield name, repr(value)
