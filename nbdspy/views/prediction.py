"""The card of a prediction: the answer, then the prompts and replies that made it."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from nbdspy.data import Prediction
from nbdspy.models import Budget, Reply, Usage
from nbdspy.models.gate import Replied
from nbdspy.views import cut, figures, safe
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.messages import spoken
from nbdspy.views.tally import cost

ALLOWANCE = 120_000
MOST_CALLS = 12
MOST_COMPLETIONS = 12  # in the text
REASONING = 20_000  # characters
LARGE = 80  # characters of an answer that is set large


@dataclass(frozen=True, slots=True, kw_only=True)
class Answered:
    """A prediction and how it came about.

    Args:
        program: What the user calls the program.
        prediction: What it answered.
        calls: The requests with their replies, in order.
        seconds: How long it took.
        is_recorded: Whether all of it is known to come from a cassette, where the calls are not.
    """

    program: str
    prediction: Prediction
    calls: tuple[Replied, ...] = ()
    seconds: float | None = None
    is_recorded: bool = False


def card(answered: Answered, *, volatile: bool) -> Card:
    """The answer first; every prompt exactly as sent, and every reply, behind a click."""
    allowance = cut.Allowance(ALLOWANCE)
    shown = [
        {
            "number": f" {number}" if len(answered.calls) > 1 else "",
            "took": _took(call.reply, volatile=volatile),
            "spoken": spoken(call.request.messages, call.request.prompt, allowance),
            "replies": [allowance.take(text) for text in call.reply.texts],
        }
        for number, call in enumerate(answered.calls[:MOST_CALLS], start=1)
    ]
    prediction = answered.prediction
    outputs = vars(prediction)
    reasoning = outputs["reasoning"] if "reasoning" in outputs and len(outputs) > 1 else None
    drawn = fragments(
        "prediction.html",
        program=answered.program,
        facts=_facts(answered, volatile=volatile),
        answers=[drawn_answer(*one) for one in outputs.items() if reasoning is None or one[0] != "reasoning"],
        reasoning=None if reasoning is None else cut.cut(safe.plain(reasoning), REASONING),
        completions=[[cut.cell(one.get(name)) for name in prediction] for one in prediction.completions],
        names=list(prediction),
        calls=shown,
        hidden=len(answered.calls) - len(shown),
    )
    return Card(fragments=drawn, text="\n".join(_lines(prediction)))


def _lines(prediction: Prediction) -> list[str]:
    """The answer; of several completions every one, where it is not too many to read."""
    completions = prediction.completions
    if len(completions) == 1:
        return [safe.record(prediction)]
    shown = [f"  {number}. {safe.record(one)}" for number, one in enumerate(completions, start=1)][:MOST_COMPLETIONS]
    hidden = len(completions) - len(shown)
    left_out = [f"  … and {hidden:,} more"] if hidden else []
    return [safe.record(prediction), f"{len(completions):,} completions, the first is the answer:", *shown, *left_out]


def answer_first(outputs: Mapping[str, Any]) -> list[tuple[str, Any]]:
    """The outputs with the reasoning last: it leads to the answer, but is not what was asked for."""
    return sorted(outputs.items(), key=lambda item: item[0] == "reasoning" and len(outputs) > 1)


def drawn_answer(name: str, value: object, *, is_whole: bool = True) -> dict[str, object]:
    """An output for the template; a short one is set large once it is whole."""
    text = safe.plain(value)
    is_large = is_whole and len(text) <= LARGE and "\n" not in text and name != "reasoning"
    return {"name": name, "body": cut.cut(text or "(empty)", 2_000), "is_large": is_large}


def _facts(answered: Answered, *, volatile: bool) -> list[str]:
    replies = [call.reply for call in answered.calls]
    recorded = answered.is_recorded or (bool(replies) and all(reply.recorded for reply in replies))
    usage = sum((reply.usage for reply in replies), Usage())
    some = sum(reply.recorded for reply in replies)
    said = ["recorded"] if recorded else [f"{some:,} of {len(replies):,} recorded"] if some else []
    if volatile and not recorded:
        said += ["from cache"] if replies and all(reply.cached for reply in replies) else []
        said += [figures.duration(answered.seconds)] if answered.seconds is not None else []
    if len(replies) > 1:
        said.append(figures.count(len(replies), "call"))
    if usage.total:
        said.append(f"{usage.prompt:,} tokens in, {usage.completion:,} out")
    if usage.cached and volatile and not recorded:
        said.append(f"cached prefix {usage.cached:,}")
    paid = [reply for reply in replies if not (reply.cached or reply.recorded)]
    if volatile and any(reply.cost != 0 for reply in paid):
        said.append(_cost(paid))
    return [*said, *sorted({call.request.model for call in answered.calls})]


def _took(reply: Reply, *, volatile: bool) -> str:
    """What one reply took: where it is from, its time, its tokens and its price."""
    usage = reply.usage
    said = ["recorded"] if reply.recorded else []
    if volatile and not reply.recorded:
        said += ["from cache"] if reply.cached else [figures.duration(reply.seconds)] if reply.seconds else []
    said += [f"{usage.prompt:,} tokens in, {usage.completion:,} out"] if usage.total else []
    if volatile and not (reply.recorded or reply.cached):
        said.append(_cost([reply]))
    said += ["cut off at the most tokens it may have"] if "length" in reply.finish_reasons else []
    return " · ".join(said)


def _cost(replies: Sequence[Reply]) -> str:
    tally = Budget()
    for reply in replies:
        tally.count(reply)
    return cost(tally.spent)
