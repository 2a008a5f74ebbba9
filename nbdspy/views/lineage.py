"""Where the parts of a compiled program come from, in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from nbdspy.data import Example
from nbdspy.modules import Module
from nbdspy.optimizers import Result
from nbdspy.optimizers.lineage import Origin
from nbdspy.views import cut, figures

MOST = 24
"""Sentences and demonstrations."""


@dataclass(frozen=True, slots=True, kw_only=True)
class Compiled:
    """A program with the compile that it came out of."""

    program: Module
    result: Result


def lineage(compiled: Compiled, allowance: cut.Allowance) -> dict[str, object]:
    """Each sentence of the instructions and each demonstration, with what brought it in."""
    several = len(compiled.program.named_predictors()) > 1
    found = told(compiled)
    lines = [
        [*([origin.predictor] if several else []), allowance.take(cut.cell(text)).text, words(origin)]
        for origin, text in found[:MOST]
    ]
    return {
        "columns": [*(["predictor"] if several else []), "sentence or demonstration", "from"],
        "lines": lines,
        "hidden": len(found) - len(lines),
        "note": f"compiled by {compiled.result.optimizer}, {_changed(found)}",
    }


def told(compiled: Compiled) -> list[tuple[Origin, str]]:
    """The sentences and demonstrations, by predictor."""
    sources = compiled.result.sources
    predictors = dict(compiled.program.named_predictors())
    found = [(origin, text) for text, origin in sources.of_sentences(compiled.program)]
    found += [
        (origin, _demo(predictors[origin.predictor].demos[origin.place]))
        for origin in sources.of(compiled.program)
        if origin.place is not None
    ]
    order = list(predictors)
    return sorted(found, key=lambda one: (order.index(one[0].predictor), one[0].place is not None))


def _demo(demo: Example) -> str:
    return " → ".join(cut.cell(demo[name]) for name in demo if name != "augmented")


def _changed(told: Sequence[tuple[Origin, str]]) -> str:
    new = sum(origin.source != "as it came" for origin, _ in told)
    return f"{new:,} of {figures.count(len(told), 'part')} new"


def words(origin: Origin) -> str:
    """As a reader says it: "proposal 3, first in trial 14"."""
    example = "" if origin.example is None else f"train {origin.example}"
    match origin.source:
        case "trace":
            said = f"bootstrapped from {example}" if example else "bootstrapped"
        case "label":
            said = f"labelled, {example}"
        case "proposal":
            said = f"proposal {origin.proposal}"
        case "as it came":
            return "as it came"
        case "elsewhere":
            return "from elsewhere"
    return said if origin.trial is None else f"{said}, first in trial {origin.trial}"
