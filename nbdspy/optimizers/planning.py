"""From an optimizer's steps to a plan: calls, tokens and money."""

from __future__ import annotations

from collections.abc import Sequence

from nbdspy.configuration import settings
from nbdspy.data import Example
from nbdspy.modules import Module, program_name
from nbdspy.modules.prompts import prompt
from nbdspy.optimizers.plans import Plan, Step

CHARACTERS_PER_TOKEN = 4  # of English prose, roughly


def planned(optimizer: str, program: Module, steps: Sequence[Step], trainset: Sequence[Example]) -> Plan:
    """A plan with the size of a call guessed from the prompts of the first training example."""
    known = {name for predictor in program.predictors() for name in predictor.signature.input_fields}
    inputs = {name: value for name, value in trainset[0].items() if name in known}
    shown = prompt(program, **inputs)
    characters = sum(len("\n".join(part.lines())) for part in shown.parts)
    models = [predictor.lm or settings.lm for predictor in program.predictors()]
    return Plan(
        optimizer=optimizer,
        program=program_name(program),
        steps=tuple(steps),
        predictors=max(1, len(shown.parts)),
        free=bool(models) and all(lm is not None and lm.free for lm in models),
        tokens_per_call=characters // CHARACTERS_PER_TOKEN // max(1, len(shown.parts)),
    )
