"""What is measured and what must hold."""

from __future__ import annotations

import operator
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, field, replace
from statistics import median
from typing import Literal

from tests.bench.case_damaged import PATIENCE
from tests.bench.case_layouts import LAYOUTS, SETS, SHOWN, figure
from tests.bench.case_optimizers import OPTIONS
from tests.bench.case_to_95 import BOTH, OURS

SIGNS = {"≤": operator.le, "≥": operator.ge, ">": operator.gt}


@dataclass(frozen=True, slots=True)
class Limit:
    """What must hold for our figure or for its ratio to the peer's: for the median, or always, in every round."""

    of: Literal["ours", "ratio"]
    sign: Literal["≤", "≥", ">"]
    value: float
    always: bool = field(default=False, kw_only=True)

    def holds(self, values: Sequence[float]) -> bool:
        judged = values if self.always else [median(values)]
        return all(SIGNS[self.sign](value, self.value) for value in judged)

    def __str__(self) -> str:
        return f"{self.of} {self.sign} {self.value:g}{' always' * self.always}"


@dataclass(frozen=True, slots=True)
class Line:
    """A line of the table: a figure that a case tells, by its key."""

    figure: str
    title: str
    unit: str = field(default="", kw_only=True)
    limit: Limit | None = field(default=None, kw_only=True)


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


def _evaluate(threads: int) -> Case:
    on = f"{threads} thread{'s' * (threads > 1)}"
    return Case(
        name="evaluate",
        script="case_evaluate",
        arguments=(str(threads),),
        rounds=3,
        lines=(
            Line("few", f"Evaluate 1,000 canned examples on {on}, per example", unit="µs"),
            Line("many", f"Evaluate 10,000 canned examples on {on}, per example", unit="µs"),
            Line("growth", "the second by the first", unit="×", limit=Limit("ours", "≤", 1.2)),
        ),
    )


def _in_flight(calls: int) -> Case:
    twice = Limit("ratio", "≥", 2)
    return Case(
        name="in_flight",
        script="case_in_flight",
        arguments=(str(calls),),
        rounds=3,
        lines=(
            Line("evaluate", f"Evaluate, {calls} in flight, 50 ms server", unit="calls/s", limit=twice),
            Line("streamed", "the same, streamed to tasks", unit="calls/s", limit=twice),
        ),
    )


def _compile(optimizer: str, title: str) -> Case:
    return Case(
        name="compile",
        script="case_compile",
        arguments=(optimizer,),
        rounds=3,
        seconds=120,
        lines=(
            Line("seconds", f"{title}, 64 threads, 300 ms server", unit="s", limit=Limit("ratio", "≤", 0.25)),
            Line("calls", "its calls"),
            Line("per_call", "time for each of them", unit="ms", limit=Limit("ratio", "≤", 0.25)),
            Line("efficiency", "of the ideal, every thread busy all the time", unit="%", limit=Limit("ours", "≥", 60)),
        ),
    )


def _optimizer(task: str, optimizer: str) -> Case:
    data = {"intents": "CLINC150, six intents", "opinions": "opinions of films"}[task]
    return Case(
        name="optimizers",
        script="case_optimizers",
        arguments=(task, optimizer, "{round}"),  # the seed
        rounds=1,
        alone=True,
        seconds=3_600,
        lines=(
            Line("before", f"{data}, small model: zero-shot accuracy, held out", unit="%"),
            Line("before_low", "lower end of its 95 % interval", unit="%"),
            Line("before_high", "upper end", unit="%"),
            Line("after", f"compiled with {optimizer}", unit="%"),
            Line("after_low", "lower end of its 95 % interval", unit="%"),
            Line("after_high", "upper end", unit="%"),
            Line("gain", "paired difference", unit="points"),
            Line("gain_low", "lower end of its 95 % interval", unit="points"),
            Line("gain_high", "upper end", unit="points"),
            Line("examples", "test examples"),
            Line("calls", "calls of the model"),
            Line("minutes", "time for all", unit="min"),
        ),
    )


def _to_95(names: str, optimizers: Iterable[str], *, alone: bool = False) -> Case:
    """Five seeds, as the rounds: each plants another task, and is the optimizer's own."""
    return Case(
        name="to_95",
        script="case_to_95",
        arguments=(names, "{round}"),  # the seed
        rounds=5,
        alone=alone,
        lines=tuple(
            line
            for name in optimizers
            for line in (
                Line(f"{name}_rollouts", f"{name}: rollouts to 95 % of its final true score"),
                Line(f"{name}_tokens", "tokens of four characters up to there"),
                Line(f"{name}_final", "its final true score", unit="%"),
                Line(f"{name}_whole", "its rollouts in all"),
            )
        ),
    )


def _layouts(data: str) -> Case:
    return Case(
        name="layouts",
        script="case_layouts",
        arguments=(data,),
        rounds=1,
        alone=True,
        seconds=3_600,
        lines=tuple(
            Line(figure(layout, shown), f"layout ({words}), {shown} demos, {SETS[data]}", unit="%")
            for shown in SHOWN
            for layout, words in LAYOUTS.items()
        ),
    )


def _damaged(name: str, *layouts: str, alone: bool = False) -> Case:
    lines = [
        line
        for layout in layouts
        for line in (
            Line(f"{layout}_read", f"damaged {layout} replies that hold the values: read", limit=_AT_LEAST),
            Line(f"{layout}_given_up", "given up"),
            Line(f"{layout}_refused", f"damaged {layout} replies that do not: refused"),
            Line(f"{layout}_wrong", "of both: another value, or another error", limit=Limit("ours", "≤", 0)),
            Line(f"{layout}_late", f"of both: not read in {PATIENCE:g} s of CPU", limit=Limit("ours", "≤", 0)),
        )
    ]
    if alone:
        lines = [replace(line, limit=None) if line.limit is _AT_LEAST else line for line in lines]
    slowest = Line("slowest", "the slowest of them", unit="s")
    return Case(
        name=name, script="case_damaged", arguments=layouts, lines=(*lines, slowest), rounds=1, alone=alone, seconds=900
    )


_AT_LEAST = Limit("ratio", "≥", 1)
_AT_ONCE = Limit("ours", "≤", 1)
_AS_FAST = Limit("ours", "≤", 1.2)  # which is what two such pages differ by on their own
CASES = (
    Case(
        name="import",
        script="case_import",
        warmups=1,
        lines=(
            Line("milliseconds", "import", unit="ms", limit=Limit("ours", "≤", 100)),
            Line("megabytes", "import, memory", unit="MB", limit=Limit("ours", "≤", 30)),
            Line("modules", "import, modules"),
            Line("all_milliseconds", "import and every public name", unit="ms"),
            Line("all_megabytes", "import and every public name, memory", unit="MB"),
        ),
    ),
    Case(
        name="first",
        script="case_first_answer",
        warmups=1,
        lines=(
            Line("milliseconds", "import to the first canned answer", unit="ms", limit=Limit("ratio", "≤", 0.5)),
            Line("megabytes", "import to the first canned answer, memory", unit="MB"),
        ),
    ),
    Case(
        name="retrieval",
        script="case_retrieval",
        arguments=("vectors",),
        rounds=3,
        lines=(
            Line(
                "embeddings",
                "nearest of 5,000 vectors of 256 numbers",
                unit="queries/s",
                limit=Limit("ratio", "≥", 1),
            ),
            Line("embeddings_build", "the index made", unit="s"),
        ),
    ),
    Case(
        name="retrieval",
        script="case_retrieval",
        arguments=("words",),
        rounds=3,
        alone=True,
        lines=(
            Line("bm25", "BM25 over 5,000 passages", unit="queries/s"),
            Line("bm25_together", "the same, 100 queries at once", unit="queries/s"),
            Line("bm25_build", "the index made", unit="s"),
            Line("words", "embeddings of wordllama over 5,000 passages", unit="queries/s"),
            Line("words_build", "the index made", unit="s"),
        ),
    ),
    Case(
        name="extension",
        script="case_extension",
        warmups=1,
        alone=True,
        lines=(
            Line("milliseconds", "`%load_ext nbdspy` in a fresh IPython", unit="ms", limit=Limit("ours", "≤", 300)),
        ),
    ),
    Case(
        name="calls",
        script="case_calls",
        rounds=5,
        lines=(
            Line("predict", "Predict, canned model", unit="µs", limit=Limit("ratio", "≤", 0.25)),
            Line("predict_8", "Predict with 8 demos", unit="µs", limit=Limit("ratio", "≤", 0.1)),
            Line("chain_of_thought", "ChainOfThought", unit="µs"),
            Line("construct", "construct a Predict", unit="µs"),
            Line("format_0", "ChatAdapter.format, 5 fields, no demos", unit="µs"),
            Line("format_8", "ChatAdapter.format, 5 fields, 8 demos", unit="µs"),
            Line("format_20", "ChatAdapter.format, 5 fields, 20 demos", unit="µs", limit=Limit("ratio", "≤", 0.1)),
        ),
    ),
    Case(
        name="react",
        script="case_react",
        rounds=5,
        lines=(
            Line("few", "ReAct, canned model, 4 steps, per step", unit="µs", limit=Limit("ratio", "≤", 0.25)),
            Line("many", "ReAct, canned model, 20 steps, per step", unit="µs", limit=Limit("ratio", "≤", 0.25)),
        ),
    ),
    Case(
        name="http",
        script="case_http",
        rounds=5,
        lines=(
            Line("listed", "Predict over HTTP, CPU per call", unit="µs", limit=Limit("ratio", "≤", 0.5)),
            Line("unlisted", "the same, a model without a list price", unit="µs", limit=Limit("ratio", "≤", 0.5)),
            Line("streamed", "the same, streamed to a task", unit="µs", limit=Limit("ratio", "≤", 0.5)),
        ),
    ),
    Case(
        name="streams",
        script="case_streams",
        rounds=5,
        lines=(
            Line("raw", "streamify, 400 words, CPU per word", unit="µs"),
            Line("field", "the same, one output listened to", unit="µs", limit=Limit("ratio", "≤", 0.5)),
        ),
    ),
    _compile("random_search", "random search with 8 candidates"),
    _compile("mipro", "MIPROv2 light"),
    _to_95("both", BOTH),
    _to_95("ours", OURS, alone=True),  # which the peer has not, or where it measures nothing
    _in_flight(128),
    _in_flight(512),
    Case(
        name="watched",
        script="case_watched",
        rounds=3,
        alone=True,
        lines=(
            Line("alone", "Evaluate 2,000 calls, 20 ms server, CPU per call", unit="µs"),
            Line("watched", "the same, traced and shown live", unit="µs"),
            Line("more", "that is more, of what it takes alone", unit="%", limit=Limit("ours", "≤", 10)),
            Line("exported", "the same, and sent as spans of OpenTelemetry", unit="µs"),
            Line("exported_more", "that is more", unit="%"),
        ),
    ),
    Case(
        name="cache",
        script="case_cache",
        rounds=3,
        lines=(
            Line("memory_predict", "reply cache, memory, through Predict", unit="hits/s", limit=Limit("ratio", "≥", 4)),
            Line("disk_predict", "reply cache, disk, through Predict", unit="hits/s", limit=Limit("ratio", "≥", 4)),
            Line("memory_model", "reply cache, memory, at the model", unit="hits/s"),
            Line("disk_model", "reply cache, disk, at the model", unit="hits/s"),
        ),
    ),
    _evaluate(1),
    _evaluate(8),
    _damaged("damaged", "chat", "json", "xml", "baml"),
    _damaged("damaged", "completion", alone=True),  # which the peer has not
    Case(
        name="long",
        script="case_long",
        rounds=3,
        alone=True,
        seconds=400,
        lines=(
            Line(
                "grown",
                "memory that 100,000 calls leave behind, histories being full",
                unit="MB",
                limit=Limit("ours", "≤", 10),
            ),
            Line("whole", "the same of 20,000 over HTTP, caches being full", unit="MB", limit=Limit("ours", "≤", 10)),
            Line("streamed", "the same of 20,000 streamed to tasks", unit="MB", limit=Limit("ours", "≤", 10)),
            Line("few", "Evaluate 10,000 canned examples on 8 threads, per example", unit="µs"),
            Line("many", "Evaluate 100,000, per example", unit="µs"),
            Line("growth", "the second by the first", unit="×", limit=Limit("ours", "≤", 1.2)),
        ),
    ),
    Case(
        name="trace",
        script="case_trace",
        rounds=3,
        alone=True,
        seconds=400,
        lines=(
            Line("plain", "2,000-call evaluation, 20 ms server, nobody listens: CPU per call", unit="µs"),
            Line("kept", "the same, the last runs being kept for `%trace`", unit="µs"),
            Line("more", "the second more than the first", unit="%", limit=Limit("ours", "≤", 10)),
            Line("opened", "a trace of 10,000 steps shown", unit="s", limit=Limit("ours", "≤", 1)),
            Line("kilobytes", "its card", unit="kB", limit=Limit("ours", "≤", 50)),
            Line(
                "grown",
                "memory that 30,000 calls leave behind, the ring being full",
                unit="MB",
                limit=Limit("ours", "≤", 10),
            ),
        ),
    ),
    Case(
        name="page",
        script="case_page",
        rounds=3,
        alone=True,
        seconds=400,
        lines=(
            Line("opened", "a trace of 10,000 steps, from its cell to JupyterLab's page", unit="s", limit=_AT_ONCE),
            Line("outputs", "MIPROv2 light in JupyterLab: outputs of its cell", limit=Limit("ours", "≤", 1)),
            Line("saved", "what is saved of them", unit="kB", limit=Limit("ours", "≤", 50)),
            Line(
                "updates", "updates of its view in the busiest second", limit=Limit("ours", "≤", 11)
            ),  # with both ends
            Line("sent", "what they weigh", unit="kB", limit=Limit("ours", "≤", 100)),
        ),
    ),
    Case(
        name="long_notebook",
        script="case_long_notebook",
        rounds=3,
        alone=True,
        seconds=900,
        lines=(
            Line("open", "a notebook of 2,000 cells in JupyterLab, to its first cells drawn", unit="s"),
            Line("open_times", "by the same without our extension", unit="×"),
            Line("plain", "a key in a cell that is not ours, to the page", unit="ms"),
            Line("plain_times", "by the same without our extension", unit="×", limit=_AS_FAST),
            Line("plain_slow_times", "the slowest of twenty, by the same without", unit="×"),
            Line("ours", "a key in a cell of ours, to the page", unit="ms"),
            Line("ours_times", "by the same without our extension", unit="×", limit=_AS_FAST),
            Line("ours_slow_times", "the slowest of twenty, by the same without", unit="×"),
        ),
    ),
    Case(
        name="sandbox",
        script="case_sandbox",
        rounds=3,
        warmups=1,  # which fetches what each side runs
        seconds=400,
        lines=(
            Line("first", "sandbox: first result, files cached", unit="ms", limit=Limit("ratio", "≤", 0.5)),
            Line("warm", "a second sandbox and its result", unit="ms", limit=Limit("ours", "≤", 1_000)),
            Line("run", "a run in a warm one", unit="ms", limit=Limit("ratio", "≤", 1)),
            Line("call", "a tool's call from the code", unit="ms"),
        ),
    ),
    Case(
        name="local",
        script="case_local",
        rounds=3,
        alone=True,
        seconds=600,
        lines=(
            Line("floor", "small model, 8 shared demos: llama.cpp alone", unit="examples/s"),
            Line("one", "one program on 4 threads", unit="examples/s"),
            Line("share_one", "share of the floor", limit=Limit("ours", "≥", 0.7)),
            Line("two", "two programs at once, on 4 threads each", unit="examples/s"),
            Line("share_two", "share of the floor", limit=Limit("ours", "≥", 0.7)),
        ),
    ),
    *map(_layouts, SETS),
    *(_optimizer(task, optimizer) for task in ("intents", "opinions") for optimizer in OPTIONS),
)
