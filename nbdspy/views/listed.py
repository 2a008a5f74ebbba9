"""The card of a trace's pieces of work, one a line: many more than its tree has room for."""

from __future__ import annotations

from typing import Any, Final

from nbdspy.observe import Listed, Step
from nbdspy.observe.steps import parts_of
from nbdspy.views import figures, safe
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.trace import failure, pill, title

MOST_LINES: Final = 120
MOST_TEXT: Final = 40
"""Lines of the text."""
MOST_DEPTH: Final = 12
SAID: Final = 90  # characters


def card(found: Listed, *, volatile: bool) -> Card:
    """Each with its number, what it was given, how long it took, and its error."""
    shown = [_line(*line, volatile=volatile) for line in found.lines[:MOST_LINES]]
    heading = f"“{safe.short(found.text, 60)}”" if found.text else "Steps"
    facts = [_count(len(found.lines), found)]
    if len(shown) < len(found.lines):
        facts.append(f"first {len(shown)} shown")
    text = [f"{heading} · {facts[0]}", *(_text(line) for line in shown[:MOST_TEXT])]
    hidden = len(found.lines) - len(shown[:MOST_TEXT])
    return Card(
        fragments=fragments("listed.html", title=heading, facts=facts, lines=shown),
        text="\n".join([*text, *([f"… and {hidden:,} more"] if hidden else [])]),
    )


def _count(number: int, found: Listed) -> str:
    steps = figures.count(found.of, "step")
    return f"{number:,} of {steps}" if number < found.of else steps


def _line(number: int, depth: int, step: Step, *, volatile: bool) -> dict[str, Any]:
    given = "" if step.kind == "lm" else next((part for _, part in parts_of(step.inputs, "in")), "")
    seconds = step.seconds
    return {
        "number": f"{number}",
        "indent": "– " * min(depth, MOST_DEPTH),
        "title": title(step),
        "pill": pill(step),
        "said": safe.short(given, SAID),
        "time": "" if not volatile else "running" if seconds is None else figures.lapse(seconds),
        "error": "" if step.error is None else safe.short(failure(step), SAID),
    }


def _text(line: dict[str, Any]) -> str:
    said = [f"{line['title']}", line["pill"], line["said"], line["error"]]
    return f"{line['number']:>5}  {line['indent']}" + " · ".join(filter(None, said))
