"""`tracing`: what a block did, as a tree of programs, prompts, replies and tools with their times and costs."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any

from nbdspy import events, render
from nbdspy.errors import UsageError, described
from nbdspy.models import Reply, Request, Spent
from nbdspy.models.redaction import redact
from nbdspy.observe.frames import as_frame
from nbdspy.observe.listed import Listed, listed
from nbdspy.observe.saved import save_steps
from nbdspy.observe.steps import Step, numbered, parts_of
from nbdspy.observe.transcript import Transcript

if TYPE_CHECKING:
    import pandas as pd

WIDTH = 120  # characters of one line of text
LINES = 400  # of the text of a trace


class Trace:
    """What has happened: in the block of `tracing`, where it grows while it runs, or in the last runs.

    `str()` gives it as plain text.

    Args:
        read: Gives what is known by now, inside of one step.
    """

    def __init__(self, read: Callable[[], Step]) -> None:
        self._read = read

    @property
    def steps(self) -> tuple[Step, ...]:
        """The outermost pieces of work, with what is inside."""
        return self._read().steps

    @property
    def left_out(self) -> int:
        """How many pieces of work are not in it, for there were too many."""
        return sum(step.left_out for step in self._read().walk())

    @property
    def spent(self) -> Spent:
        """The calls, and what they took."""
        return self._read().spent

    def walk(self) -> Iterator[Step]:
        """Every piece of work, in the order in which they began."""
        for step in self.steps:
            yield from step.walk()

    def find(self, text: str) -> tuple[Step, ...]:
        """The pieces of work that were given, gave or failed with this text, in small or capital letters.

        Example:
            >>> from nbdspy.testing import FakeLM
            >>> with tracing() as trace:
            ...     _ = [FakeLM(lambda request: "42")(text) for text in ("Six sevens?", "Five eights?")]
            >>> [step.inputs.messages[0]["content"] for step in trace.find("sevens")]
            ['Six sevens?']
        """
        return tuple(step for step in self.walk() if step.says(text))

    def listed(self, text: str = "") -> Listed:
        """All pieces of work, or those that say a text, one a line under their numbers."""
        return listed(self.steps, text)

    def step(self, number: int) -> Trace:
        """One piece of work with what is inside, as a trace of its own, whose card has room for its exact words.

        Args:
            number: As in `listed` and `to_frame`, from 0.

        Raises:
            UsageError: When there is none.
        """
        steps = self.steps
        found = [step for place, _, step in numbered(steps) if place == number]
        if not found:
            known = sum(1 for _ in self.walk())
            hint = f"They are numbered from 0 to {known - 1}; %trace --all lists them." if known else "Nothing has run."
            raise UsageError(f"There is no step {render.short(repr(number), 40)}.", hint=hint)
        inside = Step(kind="", name="", inputs=None, steps=(found[0],))
        return Trace(lambda: inside)

    def to_frame(self) -> pd.DataFrame:
        """A row for each piece of work: what it was, how long it took, and what a call of a model cost.

        `number` is that of the row, from 0, and `parent` the one of the work around; `began` counts seconds from the
        first. What the cache or a cassette answered took no tokens; a cost that is unknown is missing.
        """
        return as_frame(self.steps)

    def save(self, path: str | os.PathLike[str], *, contents: bool = True) -> Path:
        """Write it to a `.jsonl` or `.parquet` file; see `nbdspy.observe.saved.save_steps`."""
        return save_steps(self.steps, path, contents=contents)

    def __repr__(self) -> str:
        return f"Trace({sum(1 for _ in self.walk())} steps)"

    def __str__(self) -> str:
        top = self._read()
        lines = [line for step in top.steps for line in _lines(step, 0)]
        more = [_more(top.left_out)] if top.left_out else []
        if len(lines) > LINES:
            more.insert(0, f"… and {len(lines) - LINES:,} more lines")
        text: str = redact("\n".join([*lines[:LINES], *more]))
        return text or "Nothing has run."


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
    transcript = Transcript(limit)
    with events.listening_here(transcript.hear):
        yield Trace(transcript.read)


def _lines(step: Step, depth: int) -> Iterator[str]:
    """A step as lines of text; what an adapter did only where it failed, for the prompt and the answer show it."""
    if step.is_adapting and step.error is None:
        return
    indent = "  " * depth
    facts = [f"{step.kind.replace('_', ' ')} {render.short(step.name, 60)}", *_facts(step)]
    yield indent + " · ".join(facts)
    for what, value in _shown(step.inputs, "in"):
        yield _line(indent, what, value)
    for inner in step.steps:
        yield from _lines(inner, depth + 1)
    if step.left_out:
        yield f"{indent}  {_more(step.left_out)}"
    for remark in step.remarks:
        yield _line(indent, "remark", remark)
    if step.error is not None:
        yield _line(indent, "error", described(step.error))
    for what, value in _shown(step.outputs, "out"):
        yield _line(indent, what, value)


def _more(left_out: int) -> str:
    return f"… and {left_out:,} more pieces of work"


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
        yield render.money(spent.cost)
    yield "running" if step.seconds is None else f"{step.seconds:.2f} s"


def _shown(value: Any, name: str) -> Iterator[tuple[str, Any]]:
    """What of inputs or outputs is said in a line, with its name."""
    match value:
        case Request():
            last: Mapping[str, Any] = value.messages[-1] if value.messages else {}
            yield ("prompt", value.prompt) if value.prompt is not None else (str(last.get("role")), last.get("content"))
        case Reply():
            yield from (("reply", text) for text in value.texts)
        case _:
            yield from parts_of(value, name)
