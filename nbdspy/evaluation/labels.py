"""Labels that no answer can equal, because the signature does not list them."""

from __future__ import annotations

from collections.abc import Sequence

from nbdspy import render
from nbdspy.adapters.values import read_value
from nbdspy.adapters.wording import literal_choices
from nbdspy.data import Example
from nbdspy.errors import ParseError, did_you_mean, warn_caller
from nbdspy.modules import Module
from nbdspy.signatures import Field


def warn_of_unlisted_labels(program: Module, examples: Sequence[Example], *, called: str) -> None:
    """Warn of examples whose label is none of the choices of the output it belongs to: they can only count as wrong.

    Where predictors of a program list different choices for one output, its own code decides what becomes of them, and
    nothing is said.
    """
    fields = [(name, field) for part in program.predictors() for name, field in part.signature.output_fields.items()]
    outputs = dict(fields)
    for name, field in outputs.items():
        choices = literal_choices(field.type)
        if not choices or any(literal_choices(other.type) != choices for same, other in fields if same == name):
            continue
        labels = [example[name] for example in examples if example.get(name) is not None]
        unlisted = [label for label in labels if not _is_listed(label, field)]
        if unlisted:
            first = render.plain(unlisted[0])
            hint = did_you_mean(first, choices) or f"Listed are: {', '.join(choices)}."
            warn_caller(
                f"{len(unlisted)} of {len(labels)} labels {name!r} in {called} are none that the signature lists, "
                f"such as {first!r}; these examples count as wrong. {hint}"
            )


def _is_listed(label: object, field: Field) -> bool:
    try:
        read_value(render.plain(label), field)
    except ParseError:
        return False
    return True
