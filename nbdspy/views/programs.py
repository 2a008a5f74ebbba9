"""The cards of programs by name: their versions with scores and parents, and what changed from one to another."""

from __future__ import annotations

import difflib
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

from nbdspy.adapters.wording import describe_type
from nbdspy.modules import Module, Predict
from nbdspy.optimizers import Version
from nbdspy.views import cut, figures, safe
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.wording import marked, shown

ALLOWANCE = 60_000
MOST = 60  # versions in one card


@dataclass(frozen=True, slots=True, kw_only=True)
class Programs:
    """What is known of the programs of a kernel.

    Args:
        versions: Every version that was kept, by name and in order.
        bound: Those that their variables hold now, as `called`.
        others: Variables that hold a program of which no version was kept, each with why.
    """

    versions: Sequence[Version]
    bound: frozenset[str] = frozenset()
    others: Mapping[str, str]


@dataclass(frozen=True, slots=True, kw_only=True)
class ProgramDiff:
    """Two programs to be shown as one with its changes marked, under the names that they go by."""

    before: Module
    after: Module
    names: tuple[str, str]


def card(programs: Programs) -> Card:
    """The last version of each name first."""
    names = list(dict.fromkeys(version.name for version in programs.versions))
    ordered = [version for name in names for version in programs.versions if version.name == name][::-1]
    lines = [_line(version, version.called in programs.bound) for version in ordered[:MOST]]
    others = [(safe.short(name, 60), why) for name, why in programs.others.items()]
    drawn = fragments("programs.html", lines=lines, others=others, hidden=len(ordered) - len(lines))
    text = [*(_text(line) for line in lines), *(f"{name} · {why}" for name, why in others)]
    return Card(fragments=drawn, text="\n".join(text) or "There is no program yet.")


def _line(version: Version, is_bound: bool) -> dict[str, str]:
    score = version.score
    return {
        "called": safe.short(version.called, 60),
        "made_by": version.made_by,
        "parent": safe.short(version.parent, 60),
        "score": "" if score is None else figures.percent(score.mean),
        "interval": "" if score is None else figures.between(score),
        "scored": "" if score is None else f"{score.metric}, n = {score.n:,}",
        "now": "now" if is_bound else "",
    }


def _text(line: Mapping[str, str]) -> str:
    score = f"{line['score']} {line['scored']}, 95 % interval {line['interval']}" if line["score"] else ""
    parent = f"from {line['parent']}" if line["parent"] else ""
    return " · ".join(filter(None, [line["called"], line["made_by"], parent, score, line["now"]]))


def difference_card(change: ProgramDiff) -> Card:
    """What went and what came in instructions, fields and demonstrations, by predictor."""
    allowance = cut.Allowance(ALLOWANCE)
    before, after = (dict(program.named_predictors()) for program in (change.before, change.after))
    parts: list[dict[str, object]] = []
    text: list[str] = []
    for name in dict.fromkeys([*before, *after]):
        old, new = (described(part) for part in (before.get(name), after.get(name)))
        if old != new:
            parts.append({"name": name, "wording": shown(marked(old, new), allowance)})
            where = "" if name == "self" else f".{name}"
            labels = change.names[0] + where, change.names[1] + where
            text += difflib.unified_diff(old.splitlines(), new.splitlines(), *labels, lineterm="")
    note = f"what changed from {change.names[0]} to {change.names[1]}"
    equal = "Instructions, fields and demonstrations are equal."
    drawn = fragments("difference.html", title="Program", parts=parts, note=note, equal=equal)
    return Card(fragments=drawn, text="\n".join(text) or equal)


def described(predictor: Predict | None) -> str:
    """A predictor as lines of text: its instruction, its fields and its demonstrations."""
    return "" if predictor is None else "".join(f"{line}\n" for line in _lines(predictor))


def _lines(predictor: Predict) -> Iterator[str]:
    signature = predictor.signature
    yield from signature.instructions.splitlines()
    yield ""
    for field in signature.fields.values():
        said = f"  # {safe.plain(field.description)}" if field.description else ""
        yield f"{field.role} {field.name}: {describe_type(field.type)}{said}"
    for demo in predictor.demos:
        yield ""
        yield from (f"{name}: {safe.plain(demo[name])}" for name in signature.fields if name in demo)
