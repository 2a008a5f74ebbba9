"""Examples in tables: their inputs, what was expected, what came."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

from nbdspy.data import Example, Prediction
from nbdspy.views import cut, figures, safe
from nbdspy.views.drawing import Card, fragments

MOST_ROWS = 8
MOST_INPUTS = 3
MOST_LABELS = 2


def input_names(examples: Iterable[Example]) -> list[str]:
    """The first few inputs of the examples, in order."""
    names = dict.fromkeys(name for example in examples for name in example if name in _inputs(example))
    return list(names)[:MOST_INPUTS]


def label_names(examples: Iterable[Example], predictions: Iterable[Prediction | None]) -> list[str]:
    """The labels that the predictions answer to; all labels when none does."""
    labels = dict.fromkeys(name for example in examples for name in example if name not in _inputs(example))
    answered = {name for prediction in predictions if prediction is not None for name in prediction}
    return [name for name in labels if name in answered] or list(labels)


def values(example: Example | Mapping[str, Any], names: Iterable[str]) -> list[str]:
    """The cells of some values; a value the example lacks is a dash."""
    return [cut.cell(example[name]) if name in example else "–" for name in names]


def expected(example: Example, labels: Sequence[str]) -> str:
    """The cell of the labels."""
    return _joined(example, labels)


def got(prediction: Prediction | None, labels: Sequence[str]) -> str:
    """The cell of what was answered: the labels' values, or everything when the labels have other names."""
    if prediction is None:
        return "–"
    return _joined(prediction, [name for name in labels if name in prediction] or list(prediction))


def card(examples: Sequence[Example]) -> Card:
    """The first of some examples, inputs before labels."""
    names = input_names(examples)
    names += label_names(examples, [])[: MOST_INPUTS + MOST_LABELS]
    shown = examples[:MOST_ROWS]
    title = figures.count(len(examples), "example")
    drawn = fragments(
        "examples.html",
        title=title,
        names=names,
        lines=[values(example, names) for example in shown],
        note=f"first {len(shown)} shown" if len(shown) < len(examples) else "",
    )
    lines = [safe.record(example) for example in shown[:3]]
    return Card(fragments=drawn, text="\n".join([title, *lines, *(["…"] if len(examples) > 3 else [])]))


def _joined(values: Example, names: Sequence[str]) -> str:
    if len(names) == 1:
        return cut.cell(values.get(names[0]))
    shown = [f"{name}: {safe.short(values.get(name), 60)}" for name in names[:MOST_LABELS]]
    return "; ".join([*shown, *(["…"] if len(names) > MOST_LABELS else [])])


def _inputs(example: Example) -> frozenset[str]:
    return Example.input_names(example) or frozenset()
