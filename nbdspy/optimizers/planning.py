"""From an optimizer's steps to a plan: calls, tokens, money and time."""

from __future__ import annotations

from collections.abc import Sequence
from statistics import mean
from typing import Any

from nbdspy.configuration import settings
from nbdspy.data import Example
from nbdspy.models import BaseLM
from nbdspy.modules import Module, program_name
from nbdspy.modules.freezing import DEMOS, free_predictors
from nbdspy.modules.prompts import prompt
from nbdspy.optimizers.plans import Plan, Step

CHARACTERS_PER_TOKEN = (4, 3)  # of English prose in a large model's tokens, and of short texts in a small one's


def planned(
    optimizer: str, program: Module, steps: Sequence[Step], trainset: Sequence[Example], *, threads: int | None
) -> Plan:  # fmt: skip
    """A plan with its tokens guessed from the prompt of a training example of middling length.

    At least, calls show the fewest demonstrations that a step may show, at most the most; those of the program count
    where they are more.
    """
    middling = sorted(trainset, key=_length)[len(trainset) // 2]
    models = [predictor.chosen() for predictor in program.predictors()]
    many, few = CHARACTERS_PER_TOKEN
    own = _characters(program, middling)
    has_own = any(predictor.demos for predictor in program.predictors())
    sizes = {
        count: _characters(_showing(program, trainset, count), middling)
        for step in steps for count in (step.fewest, step.most)
    }  # fmt: skip
    return Plan(
        optimizer=optimizer,
        program=program_name(program),
        steps=tuple(steps),
        predictors=max(1, len(models)),
        free=bool(models) and all(lm is not None and lm.free for lm in models) and all(step.free for step in steps),
        tokens=(
            sum(
                (step.low * (own if has_own and step.keeps else sizes[step.fewest]) + step.letters[0]) // many
                for step in steps
            ),
            sum((step.high * max(own, sizes[step.most]) + step.letters[1]) // few for step in steps),
        ),
        pace=_pace(models, settings.num_threads if threads is None else threads),
    )


def _pace(models: Sequence[BaseLM | None], threads: int) -> float | None:
    """Seconds for each call when so many are out at once, by what those that are remembered took.

    A model that answers fewer at once, such as one in this process, does not get faster by more.
    """
    took: list[list[float]] = [
        [call.seconds for call in lm.history if call.seconds > 0] for lm in models if lm is not None
    ]
    if not took or len(took) < len(models) or not all(took):
        return None
    limits = [threads if lm is None else min(threads, lm.abilities.at_once or threads) for lm in models]
    return mean(mean(seconds) / limit for seconds, limit in zip(took, limits, strict=True))


def _characters(program: Module, example: Example) -> int:
    """The length of all prompts that one run of a program sends."""
    known = {name for predictor in program.predictors() for name in predictor.signature.input_fields}
    shown = prompt(program, **{name: value for name, value in example.items() if name in known})
    return sum(len("\n".join(part.lines())) for part in shown.parts)


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
