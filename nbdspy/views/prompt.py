"""The card of a prompt: the exact messages by predictor, and how two prompts differ."""

from __future__ import annotations

from dataclasses import dataclass

from nbdspy.modules import Prompt, PromptPart
from nbdspy.views import figures
from nbdspy.views.cut import Allowance
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.messages import content, spoken
from nbdspy.views.wording import marked, shown

ALLOWANCE = 120_000


@dataclass(frozen=True, slots=True, kw_only=True)
class PromptDiff:
    """Two prompts to be shown as one with its changes marked; `names` are those of their programs."""

    before: Prompt
    after: Prompt
    names: tuple[str, str] | None = None


def card(prompt: Prompt) -> Card:
    """The prompts of all predictors, in full as far as a card can hold them."""
    allowance = Allowance(ALLOWANCE)
    parts = [
        {"name": part.predictor, "note": _note(part), "spoken": spoken(part.messages, part.text, allowance)}
        for part in prompt.parts
    ]
    facts = [figures.count(len(parts), "predictor")] if len(parts) > 1 else []
    return Card(fragments=fragments("prompt.html", parts=parts, facts=facts), text=str(prompt))


def difference_card(change: PromptDiff) -> Card:
    """What went and what came between two prompts; stretches that are equal are folded to their last lines."""
    allowance = Allowance(ALLOWANCE)
    before = {part.predictor: _text(part) for part in change.before.parts}
    after = {part.predictor: _text(part) for part in change.after.parts}
    parts = []
    for name in dict.fromkeys([*before, *after]):
        if before.get(name) != after.get(name):
            pieces = marked(before.get(name, ""), after.get(name, ""))
            parts.append({"name": name, "wording": shown(pieces, allowance)})
    old, new = change.names or ("before", "after")
    text = change.before.diff(change.after, names=(old, new)) or "The prompts are equal."
    note = f"what changed from {old} to {new}" if change.names else "what changed"
    drawn = fragments("difference.html", title="Prompt", parts=parts, note=note, equal="The prompts are equal.")
    return Card(fragments=drawn, text=text)


def _note(part: PromptPart) -> str:
    said = [part.adapter]
    if part.open:
        said.append(f"{', '.join(f'{{{name}}}' for name in part.open)} known only when it runs")
    return " · ".join(said)


def _text(part: PromptPart) -> str:
    """A part as one text, each message under its role."""
    if part.text is not None:
        return part.text
    return "\n\n".join(f"[{message['role']}]\n{content(message['content'])}" for message in part.messages or ())
