"""The cards of what is defined: a signature, and a program with its parts."""

from __future__ import annotations

from nbdspy import render
from nbdspy.adapters.wording import describe_type
from nbdspy.modules import Module, Predict, program_name
from nbdspy.modules.freezing import described
from nbdspy.signatures import Field, SignatureType
from nbdspy.views import cut, figures
from nbdspy.views.drawing import Card, fragments

ALLOWANCE = 60_000
MOST_DEMOS = 8
MOST_FIELDS = 40
MOST_PARTS = 20


def signature_card(signature: SignatureType) -> Card:
    """The instruction and the fields."""
    drawn = fragments("signature.html", name=signature.__name__, short=signature.signature, part=_part(signature))
    return Card(fragments=drawn, text=repr(signature))


def program_card(program: Module) -> Card:
    """Each predictor with its signature and its demonstrations."""
    name = program_name(program)
    named = program.named_predictors()
    allowance = cut.Allowance(ALLOWANCE)
    parts = [{"name": path, **_predictor(predictor, allowance)} for path, predictor in named[:MOST_PARTS]]
    drawn = fragments(
        "program.html",
        name=name,
        kind=type(program).__name__ if type(program).__name__ != name else "",
        facts=[figures.count(len(named), "predictor")] if len(named) != 1 else [],
        parts=parts,
        hidden=len(named) - len(parts),
    )
    return Card(fragments=drawn, text=repr(program))


def _predictor(predictor: Predict, allowance: cut.Allowance) -> dict[str, object]:
    names = list(predictor.signature.fields)
    demos = [[allowance.take(cut.cell(demo.get(name, ""))).text for name in names] for demo in predictor.demos]
    return {
        "part": _part(predictor.signature),
        "short": predictor.signature.signature,
        "names": names,
        "demos": demos[:MOST_DEMOS],
        "all_demos": len(demos),
        "marks": described(predictor),
    }


def _part(signature: SignatureType) -> dict[str, object]:
    fields = list(signature.fields.values())
    return {
        "instruction": cut.cut(signature.instructions, 4_000),
        "fields": [_field(field) for field in fields[:MOST_FIELDS]],
        "hidden": len(fields) - MOST_FIELDS,
    }


def _field(field: Field) -> tuple[str, str, str, str]:
    said = [render.short(field.description, cut.CELL)] if field.description else []
    said += [] if field.required else [f"default {render.short(field.default, 40)}"]
    said += [f"{name} {render.short(value, 40)}" for name, value in field.constraints.items()]
    return field.role, field.name, describe_type(field.type), " · ".join(said)
