"""The cards of what is defined: a signature, and a program with its parts."""

from __future__ import annotations

from nbdspy.adapters.wording import describe_type
from nbdspy.models.redaction import redact_settings
from nbdspy.modules import Module, Predict, program_name
from nbdspy.modules.freezing import described
from nbdspy.signatures import Field, SignatureType
from nbdspy.views import cut, figures, safe
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.lineage import Compiled, lineage

ALLOWANCE = 60_000
MOST_DEMOS = 8
MOST_FIELDS = 40
MOST_PARTS = 20
MOST_LINES = 60


def signature_card(signature: SignatureType) -> Card:
    """The instruction and the fields."""
    drawn = fragments("signature.html", name=signature.__name__, short=signature.signature, part=_part(signature))
    return Card(fragments=drawn, text=repr(signature))


def program_card(program: Module, compiled: Compiled | None = None) -> Card:
    """How it is put together, then each predictor with its signature, its demonstrations and its model.

    Args:
        program: Any program.
        compiled: The compile that it came out of, where that is known.
    """
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
        structure=_structure(program),
        lineage=None if compiled is None else lineage(compiled, allowance),
    )
    return Card(fragments=drawn, text=repr(program))


def _structure(program: Module) -> dict[str, object] | None:
    """Every module inside by its path, with what a predictor turns into what; None where one line would say it all."""
    parts = list(program.named_sub_modules())
    lines = []
    for path, part in parts[:MOST_LINES]:
        tools = [str(name) for name in getattr(part, "tools", None) or ()]
        does = part.signature.signature if isinstance(part, Predict) else f"tools: {', '.join(tools)}" * bool(tools)
        lines.append([cut.cell(path), type(part).__name__, safe.short(does, cut.CELL)])
    if sum(isinstance(part, Predict) for _, part in parts) < 2 and not any("tools" in line[2] for line in lines):
        return None
    hidden = len(parts) - len(lines)
    return {"lines": lines, "note": f"{len(parts):,} modules" + (f", {len(lines)} shown" if hidden else "")}


def _predictor(predictor: Predict, allowance: cut.Allowance) -> dict[str, object]:
    names = list(predictor.signature.fields)
    demos = [[allowance.take(cut.cell(demo.get(name, ""))).text for name in names] for demo in predictor.demos]
    return {
        "part": _part(predictor.signature),
        "short": predictor.signature.signature,
        "names": names,
        "demos": demos[:MOST_DEMOS],
        "all_demos": len(demos),
        "marks": " · ".join(filter(None, [_asks(predictor), described(predictor)])),
    }


def _asks(predictor: Predict) -> str:
    """The model of a predictor, and what it sends with each request."""
    lm = "asks the configured model" if predictor.lm is None else f"asks {predictor.lm.model}"
    config = redact_settings(dict(predictor.config))
    return " · ".join([lm, *(f"{name} {safe.short(value, 40)}" for name, value in config.items())])


def _part(signature: SignatureType) -> dict[str, object]:
    fields = list(signature.fields.values())
    return {
        "instruction": cut.cut(signature.instructions, 4_000),
        "fields": [_field(field) for field in fields[:MOST_FIELDS]],
        "hidden": len(fields) - MOST_FIELDS,
    }


def _field(field: Field) -> tuple[str, str, str, str]:
    said = [safe.short(field.description, cut.CELL)] if field.description else []
    said += [] if field.required else [f"default {safe.short(field.default, 40)}"]
    said += [f"{name} {safe.short(value, 40)}" for name, value in field.constraints.items()]
    return field.role, field.name, describe_type(field.type), " · ".join(said)
