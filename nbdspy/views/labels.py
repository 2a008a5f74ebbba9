"""The cards of labelling: what was labelled, and the row to label now."""

from __future__ import annotations

from typing import Any

from nbdspy.forms import Labels
from nbdspy.views import cut, entered, examples, figures, safe, tally
from nbdspy.views.drawing import Card, fragments

MOST_ROWS = 40
"""Of each kind of label, the latest."""
MOST_OPEN = 12
"""Rows that were corrected, so that they stand open; more would push away what comes after the card."""
FORM = "on a page this is a form, one row at a time, by keyboard"


def card(labels: Labels) -> Card:
    """How many have a label, those that were corrected, and how to go on from Python."""
    kinds = {way: [at for at in range(len(labels)) if _way(labels, at) == way] for way in ("corrected", "accepted")}
    skipped = labels.count("skipped")
    names = list(labels.inputs)[: entered.MOST_NAMES]
    is_begun = bool(labels.done or skipped)
    drawn = fragments(
        "labels.html",
        title=labels.called,
        note=f"labels of {', '.join(labels.outputs)}",
        facts=_facts(labels),
        done=f"{labels.done:,} of {len(labels):,}",
        counts=[
            f"{len(kinds['accepted']):,} accepted",
            f"{len(kinds['corrected']):,} corrected",
            f"{skipped:,} skipped",
        ],
        is_begun=is_begun,
        form=FORM,
        names=names,
        kinds=[(way.capitalize(), _note(rows), _lines(labels, rows, names)) for way, rows in kinds.items() if rows],
        opened="Corrected" if len(kinds["corrected"]) <= MOST_OPEN else "",
        uses=uses(labels),
    )
    return Card(fragments=drawn, text="\n".join([repr(labels), *([] if is_begun else [FORM]), *uses(labels)]))


def row_card(labels: Labels) -> Card:
    """The row to label now: where one is, and what the program is told."""
    is_over = labels.is_over
    facts = [f"{labels.done:,} labelled", *([f"{labels.count('corrected'):,} corrected"] if labels.done else [])]
    facts += _facts(labels)
    said = None if is_over else labels.given(labels.position)
    drawn = fragments(
        "label_row.html",
        title=labels.called,
        note="all gone through" if is_over else labels.progress,
        facts=[*([said.way] if said is not None else []), *facts],
        inputs=[] if is_over else [(name, entered.whole(value)) for name, value in labels.current.inputs.items()],
        hints=[] if is_over else _hints(labels),
        done=labels.done,
        total=len(labels),
        is_over=is_over,
    )
    return Card(fragments=drawn, text=repr(labels))


def uses(labels: Labels) -> list[str]:
    """What Python does with the labels."""
    first = next(iter(labels.outputs))
    name = safe.short(labels.name, 60)
    by_hand = [f"{name}.accept()", f"{name}.correct({first}=…)", f"{name}.skip()", f"{name}.back()"]
    return [
        f"by hand: {' · '.join(by_hand)}",
        f"then: {name}.frame · {name}.examples · {name}.as_demos(program)",
    ]


def _hints(labels: Labels) -> list[tuple[str, str]]:
    """What is known beside the inputs."""
    case, at = labels.current, labels.position
    hints = [(f"the data say {name}", cut.cell(value)) for name, value in case.expected.items()]
    if case.reasoning:
        hints.append(("the program's reasoning", entered.whole(case.reasoning, 600).text))
    if failure := labels.failure(at):
        hints.append(("no proposal", failure))
    elif not labels.is_known(at):
        hints.append(("the program", "is being asked …"))
    return hints


def _facts(labels: Labels) -> list[str]:
    """Where the proposals are from."""
    return ["recorded"] if tally.is_replay(labels.spent) else []


def _way(labels: Labels, at: int) -> str:
    said = labels.given(at)
    return "" if said is None else said.way


def _note(rows: list[int]) -> str:
    return f"last {MOST_ROWS} of {len(rows):,}" if len(rows) > MOST_ROWS else figures.count(len(rows), "row")


def _lines(labels: Labels, rows: list[int], names: list[str]) -> list[dict[str, Any]]:
    lines = []
    for at in rows[-MOST_ROWS:]:
        said = labels.given(at)
        assert said is not None
        proposal = labels.proposal_of(at) if labels.is_known(at) else {}
        changed = {name: proposal[name] for name in labels.outputs if name in proposal and said.way == "corrected"}
        lines.append(
            {
                "number": f"{at + 1:,}",
                "inputs": examples.values(labels.case(at).inputs, names),
                "proposed": entered.joined(changed) if changed else "",
                "label": entered.joined(said.values),
            }
        )
    return lines
