"""From an optimizer's steps to a plan: calls, tokens, money and time."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

from nbdspy.configuration import context, settings
from nbdspy.data import Example
from nbdspy.evaluation import Metric
from nbdspy.evaluation.metrics import is_ours
from nbdspy.models import BaseLM
from nbdspy.models.embedder import Embedder
from nbdspy.modules import Module, program_name
from nbdspy.modules.freezing import DEMOS, free_predictors
from nbdspy.modules.prompts import prompt
from nbdspy.optimizers.expected import Expected, Rate
from nbdspy.optimizers.plans import Plan, Step

ITS_ASKS = "what the metric asks"
AGAIN = "second attempts where a reply cannot be read"


def planned(
    optimizer: str, program: Module, steps: Sequence[Step], trainset: Sequence[Example], *, threads: int | None,
    asked: BaseLM | Embedder | None, metric: Metric | None, teacher: Module | None, taught_under: Mapping[str, Any],
) -> Plan:  # fmt: skip
    """A plan with its tokens guessed from the prompt of a training example of middling length.

    At least, calls show the fewest demonstrations that a step may show, at most the most; those of the program count
    where they are more.

    Args:
        optimizer: Its name.
        program: The one that goes in.
        steps: What the search does.
        trainset: Examples like those that it is run on.
        threads: Examples at once; None for the configured number.
        asked: Whom the asks of steps go to; None is not known.
        metric: What scores. The calls of a program are counted; what a function does is not known.
        teacher: Who runs in the steps that are taught; None for the program.
        taught_under: The settings in force then.
    """
    meter = _Meter(trainset, settings.num_threads if threads is None else threads)
    judge = metric if isinstance(metric, Module) else None
    expected = []
    for step in steps:
        with context(**(taught_under if step.taught else {})):
            runs = meter.runs((teacher or program) if step.taught else program, step)
        judged = Expected() if judge is None else meter.judged(judge, step)
        expected.append(runs + judged + meter.rate(asked).expected(step.asks, step.letters))
    return Plan(
        optimizer=optimizer,
        program=program_name(program),
        steps=tuple(steps),
        predictors=max(1, len(program.predictors())),
        judges=judges_of(metric),
        expected=tuple(expected),
        uncounted=AGAIN if judge or metric is None or is_ours(metric) else f"{ITS_ASKS}, and {AGAIN}",
        guessed=meter.guesses,
    )


def judges_of(metric: Metric | None) -> int:
    """How many calls a metric makes to score a run, where it is a program."""
    return len(metric.predictors()) if isinstance(metric, Module) else 0


class _Meter:
    """Measures what calls take, each model and each prompt once."""

    def __init__(self, trainset: Sequence[Example], threads: int) -> None:
        self._trainset = trainset
        self._middling = sorted(trainset, key=_length)[len(trainset) // 2]
        self._threads = threads
        self._rates: dict[int, Rate] = {}
        self.guesses = False

    def rate(self, model: BaseLM | Embedder | None) -> Rate:
        """That of a model."""
        if id(model) not in self._rates:
            self._rates[id(model)] = Rate.of(model, self._threads)
        return self._rates[id(model)]

    def runs(self, program: Module, step: Step) -> Expected:
        """The runs of a program in a step."""
        own = _characters(program, self._middling)
        fewest, most = (self._showing(program, count) for count in (step.fewest, step.most))
        if step.keeps and any(predictor.demos for predictor in program.predictors()):
            fewest = own
        return self._calls(program, step, fewest, [max(pair) for pair in zip(own, most, strict=True)])

    def judged(self, judge: Module, step: Step) -> Expected:
        """The same of a metric that is a program; what it reads besides the example is taken to be as long."""
        letters = _characters(judge, self._middling, otherwise=_length(self._middling))
        return self._calls(judge, step, letters, letters)

    def _calls(self, program: Module, step: Step, fewest: Sequence[int], most: Sequence[int]) -> Expected:
        total = Expected()
        for predictor, few, many in zip(program.predictors(), fewest, most, strict=True):
            rate = self.rate(predictor.chosen())
            self.guesses |= step.high > 0 and rate.guesses
            total += rate.expected((step.low, step.high), (step.low * few, step.high * many))
        return total

    def _showing(self, program: Module, count: int) -> Sequence[int]:
        return _characters(_showing(program, self._trainset, count), self._middling)


def _characters(program: Module, example: Example, *, otherwise: int = 0) -> list[int]:
    """The length of each prompt that one run of a program sends; `otherwise` of each value that the example lacks."""
    known = {name for predictor in program.predictors() for name in predictor.signature.input_fields}
    shown = prompt(program, **{name: value for name, value in example.items() if name in known})
    return [len("\n".join(part.lines())) + otherwise * len(part.open) for part in shown.parts]


def _showing(program: Module, trainset: Sequence[Example], count: int) -> Module:
    """The program with so many examples of all lengths as demonstrations; what has no label is as long as the rest."""
    in_length = sorted(trainset, key=_length, reverse=True)
    chosen = in_length[:: max(1, len(in_length) // count)][:count] if count else []
    copy = program.deepcopy()
    for _, predictor in free_predictors(copy, DEMOS):
        predictor.demos = [
            Example({name: _value(example, name) for name in predictor.signature.fields}) for example in chosen
        ]
    return copy


def _value(example: Example, name: str) -> Any:
    known = example.get(name)
    return "x" * _length(example) if known is None else known


def _length(example: Example) -> int:
    return sum(len(str(value)) for value in example.values())
