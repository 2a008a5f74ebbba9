"""What is measured and what must hold."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal


@dataclass(frozen=True, slots=True, kw_only=True)
class Limit:
    """What our figure, or its ratio to the peer's, must not pass."""

    of: Literal["ours", "ratio"]
    most: float | None = None
    least: float | None = None

    def holds(self, value: float) -> bool:
        return (self.most is None or value <= self.most) and (self.least is None or value >= self.least)

    def __str__(self) -> str:
        sign, value = ("≤", self.most) if self.most is not None else ("≥", self.least)
        return f"{self.of} {sign} {value:g}"


@dataclass(frozen=True, slots=True, kw_only=True)
class Line:
    """A line of the table: a figure that a case tells, by its key."""

    figure: str
    title: str
    unit: str = ""
    limit: Limit | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Case:
    """A script that prints figures, and how often each side runs it in a process of its own.

    Rounds are turns: ours, the peer's, ours, the peer's. Those to warm up are not counted. `arguments` follow the side;
    `{round}` in one is the number of the round.
    """

    name: str
    script: str
    lines: tuple[Line, ...]
    arguments: tuple[str, ...] = ()
    rounds: int = 7
    warmups: int = 0
    alone: bool = False
    seconds: float = 180


def at_most(most: float, *, of: Literal["ours", "ratio"] = "ours") -> Limit:
    return Limit(of=of, most=most)


def at_least(least: float) -> Limit:
    return Limit(of="ours", least=least)


def _evaluate(threads: int) -> Case:
    on = f"{threads} thread{'s' if threads > 1 else ''}"
    return Case(
        name="evaluate",
        script="case_evaluate",
        arguments=(str(threads),),
        rounds=3,
        lines=(
            Line(figure="few", title=f"Evaluate 1,000 canned examples, {on}, per example", unit="µs"),
            Line(figure="many", title=f"Evaluate 10,000 canned examples, {on}, per example", unit="µs"),
            Line(figure="growth", title=f"the same, 10,000 against 1,000, {on}", unit="×", limit=at_most(1.2)),
        ),
    )


CASES = (
    Case(
        name="import",
        script="case_import",
        warmups=1,
        lines=(
            Line(figure="milliseconds", title="import", unit="ms", limit=at_most(100)),
            Line(figure="megabytes", title="import, memory", unit="MB", limit=at_most(30)),
            Line(figure="modules", title="import, modules"),
            Line(figure="all_milliseconds", title="import and every public name", unit="ms"),
            Line(figure="all_megabytes", title="import and every public name, memory", unit="MB"),
        ),
    ),
    Case(
        name="first",
        script="case_first_answer",
        warmups=1,
        lines=(
            Line(
                figure="milliseconds",
                title="import to the first canned answer",
                unit="ms",
                limit=at_most(0.5, of="ratio"),
            ),
            Line(figure="megabytes", title="import to the first canned answer, memory", unit="MB"),
        ),
    ),
    Case(
        name="extension",
        script="case_extension",
        warmups=1,
        alone=True,
        lines=(
            Line(figure="milliseconds", title="`%load_ext nbdspy` in a fresh IPython", unit="ms", limit=at_most(300)),
        ),
    ),
    Case(
        name="calls",
        script="case_calls",
        rounds=5,
        lines=(
            Line(figure="predict", title="Predict, canned model", unit="µs", limit=at_most(0.25, of="ratio")),
            Line(figure="predict_8", title="Predict with 8 demos", unit="µs", limit=at_most(0.1, of="ratio")),
            Line(figure="chain_of_thought", title="ChainOfThought", unit="µs"),
            Line(figure="construct", title="construct a Predict", unit="µs"),
            Line(figure="format_0", title="ChatAdapter.format, 5 fields, no demos", unit="µs"),
            Line(figure="format_8", title="ChatAdapter.format, 5 fields, 8 demos", unit="µs"),
            Line(figure="format_20", title="ChatAdapter.format, 5 fields, 20 demos", unit="µs"),
        ),
    ),
    _evaluate(1),
    _evaluate(8),
    Case(
        name="local",
        script="case_local",
        rounds=3,
        alone=True,
        seconds=600,
        lines=(
            Line(figure="floor", title="small model, 8 shared demos: llama.cpp alone", unit="examples/s"),
            Line(figure="one", title="small model, one program on 4 threads", unit="examples/s"),
            Line(figure="share_one", title="the same, share of the floor", limit=at_least(0.7)),
            Line(figure="two", title="small model, two programs at once, 4 threads each", unit="examples/s"),
            Line(figure="share_two", title="the same, share of the floor", limit=at_least(0.7)),
        ),
    ),
    Case(
        name="clinc",
        script="case_clinc",
        arguments=("{round}",),  # the seed
        rounds=2,
        alone=True,
        seconds=3_600,
        lines=(
            Line(figure="before", title="CLINC150, six intents, small model: zero-shot accuracy", unit="%"),
            Line(figure="before_low", title="… lower end of its 95 % interval", unit="%"),
            Line(figure="before_high", title="… upper end", unit="%"),
            Line(figure="after", title="compiled with random_search", unit="%"),
            Line(figure="after_low", title="… lower end of its 95 % interval", unit="%"),
            Line(figure="after_high", title="… upper end", unit="%"),
            Line(figure="gain", title="paired difference", unit="points"),
            Line(figure="gain_low", title="… lower end of its 95 % interval", unit="points", limit=at_least(0.1)),
            Line(figure="gain_high", title="… upper end", unit="points"),
            Line(figure="examples", title="test examples"),
            Line(figure="calls", title="calls of the model"),
            Line(figure="minutes", title="time for all", unit="min"),
        ),
    ),
)
