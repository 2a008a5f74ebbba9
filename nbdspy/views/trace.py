"""The card of a trace: what ran inside of what and when, and behind a click what was sent and what came back."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any, Final

from nbdspy import render
from nbdspy.errors import described, words_of
from nbdspy.models import Reply, Request, Spent
from nbdspy.observe import Step, Trace
from nbdspy.observe.steps import parts_of, tallied
from nbdspy.views import chart, cut, figures, palette, safe, tally
from nbdspy.views.branches import Branch, grown
from nbdspy.views.drawing import Card, fragments
from nbdspy.views.messages import Spoken, content

ALLOWANCE: Final = 60_000  # bytes of what was said with what frames it, shared by the calls that are shown
FRAME: Final = 400  # bytes around each message
VALUES_ALLOWANCE: Final = 30_000  # bytes of what other steps were given, gave and failed with
VALUE_FRAME: Final = 120
MOST_VALUES = 8
MOST_FAILURES = 8
MOST_KINDS = 12
MOST_LETTERS = 400  # of a line
HINT = 48  # characters
MOST_LINES = 30
"""Of the text."""

COLOURS: Final = {"lm": palette.ACCENT, "predict": palette.ACCENT, "tool": palette.DOUBT, "retrieval": palette.DOUBT}
PILLS: Final = {
    "predict": "Predict", "lm": "model", "tool": "tool", "retrieval": "search", "evaluate": "evaluation",
    "compile": "compile", "interpreter_execute": "code", "interpreter_tool_call": "tool",
}  # fmt: skip


@dataclass(frozen=True, slots=True)
class Axis:
    """The time in which something ran: pauses between runs are left out."""

    stretches: tuple[tuple[float, float], ...]

    @classmethod
    def of(cls, steps: Sequence[Step]) -> Axis:
        """The time that some steps took, side by side or one after the other."""
        merged: list[tuple[float, float]] = []
        for start, end in sorted((step.at, _end(step)) for step in steps):
            if merged and start <= merged[-1][1]:
                merged[-1] = merged[-1][0], max(end, merged[-1][1])
            else:
                merged.append((start, end))
        return cls(tuple(merged))

    @property
    def seconds(self) -> float:
        """How long that is."""
        return sum(end - start for start, end in self.stretches)

    def share(self, at: float) -> float:
        """Where a moment lies, from 0 to 1."""
        before = sum(min(end, max(at, start)) - start for start, end in self.stretches)
        return before / self.seconds if self.seconds else 0.0


def card(trace: Trace, *, volatile: bool) -> Card:
    """The tree with times as bars; of one with thousands of steps a summary first, and the first of each kind."""
    steps = trace.steps
    spent = trace.spent
    timed = volatile and not tally.is_replay(spent)
    branches, hidden = grown(steps, in_order=timed)
    every = [step for step in trace.walk() if not step.is_adapting]
    failures = [step for step in every if has_failed_itself(step)]
    axis = Axis.of(steps)
    calls = sum(len(branch.calls) for root in branches for branch in root.walk())
    drawn = _Drawing(
        axis=axis, timed=timed, volatile=volatile, share=ALLOWANCE // max(1, calls),
        texts=cut.Allowance(VALUES_ALLOWANCE),
    )  # fmt: skip
    shown = [drawn.row(branch, 0) for branch in branches]
    rows = sum(1 for root in branches for _ in root.walk())
    is_large = hidden or rows < len(branches) or any(branch.hidden for root in branches for branch in root.walk())
    heading = title(branches[0].step) if len(branches) == 1 and not hidden else figures.count(len(steps), "run")
    facts = tally.facts(spent, axis.seconds if timed and steps else None, volatile=volatile)
    facts += [figures.count(len(failures), "error")] if failures else []
    html = fragments(
        "trace.html",
        title=heading if steps else "Trace",
        note="" if len(branches) != 1 else pill(branches[0].step),
        facts=facts,
        kinds=_kinds(every, timed=timed) if is_large else [],
        total=len(every),
        left_out=trace.left_out,
        failures=[(title(step), failure(step)) for step in failures[:MOST_FAILURES]] if is_large else [],
        all_failures=len(failures),
        branches=shown,
        hidden=hidden,
        timed=timed,
        is_large=is_large,
    )
    return Card(fragments=html, text="\n".join(_lines(branches, hidden, spent)))


@dataclass(frozen=True, slots=True, kw_only=True)
class _Drawing:
    """What all rows of a card share; `share` are the bytes that a call may say, `texts` what all others may."""

    axis: Axis
    timed: bool
    volatile: bool
    share: int
    texts: cut.Allowance

    def row(self, branch: Branch, depth: int) -> dict[str, Any]:
        """A branch for the template."""
        step = branch.step
        return {
            "depth": depth,
            "hint": hint(branch),
            "title": title(step),
            "pill": pill(step),
            "facts": self._facts(branch),
            "time": self._time(step),
            "bar": self._bar(branch) if self.timed else None,
            "error": self._line(failure(branch.last)) if has_failed_itself(branch.last) else "",
            "has_failed": step.error is not None,
            "remarks": self._lines([text for each in branch.chain for text in each.remarks]),
            "given": self._values(step.inputs, "in") if not branch.calls else [],
            "gave": self._values(step.outputs, "out") if not branch.calls else [],
            "calls": [self._call(call) for call in branch.calls],
            "inside": [self.row(inner, depth + 1) for inner in branch.inside],
            "hidden": branch.hidden,
            "left_out": step.left_out,
        }

    def _facts(self, branch: Branch) -> list[str]:
        spent = branch.step.spent
        calls = spent.calls + spent.cached + spent.recorded
        names_model = bool(branch.calls) and branch.step.kind != "lm" and not branch.is_example
        said = [safe.plain(branch.last.name)] if names_model else []
        said += [figures.count(calls, "call")] if calls > 1 else []
        passages = _passages(branch.step)
        said += [] if passages is None else [figures.count(passages, "passage")]
        if not self.volatile:
            return said
        if branch.calls and (spent.recorded or spent.cached):
            said.append("recorded" if spent.recorded else "from cache")
        if branch.calls and spent.usage.total:
            said.append(f"{spent.usage.prompt:,} + {spent.usage.completion:,} tokens")
        elif spent.usage.total:
            said.append(f"{figures.thousands(spent.usage.total)} tokens")
        return [*said, *([render.money(spent.cost)] if spent.cost else [])]

    def _time(self, step: Step) -> str:
        if step.seconds is None:
            return "running"
        return figures.lapse(step.seconds) if self.timed else ""

    def _bar(self, branch: Branch) -> chart.Picture:
        step, last = branch.step, branch.last
        colour = palette.WORSE if step.error is not None else COLOURS.get(last.kind, palette.QUIET)
        start, end = self.axis.share(step.at), self.axis.share(_end(step))
        return chart.stretch(start, end, colour=colour, alt=f"from {start:.0%} to {end:.0%} of the time")

    def _values(self, value: Any, name: str) -> list[tuple[str, str]]:
        """What has a name, as lines; the last one says how much more there is."""
        if isinstance(value, Reply):
            return []
        parts = list(parts_of(value, name))
        shown = []
        for key, part in parts[:MOST_VALUES]:
            if not self.texts.is_used_up:
                shown.append((safe.short(key, HINT), self._line(cut.cell(part))))
        hidden = len(parts) - len(shown)
        return [*shown, *([("…", f"{hidden:,} more not shown")] if hidden else [])]

    def _lines(self, texts: Sequence[str]) -> list[str]:
        shown = [self._line(text) for text in texts[:MOST_VALUES]]
        hidden = len(texts) - len(shown)
        return [*shown, *([f"… {hidden:,} more not shown"] if hidden else [])]

    def _line(self, text: str) -> str:
        """A text as a line, within what the card may hold."""
        self.texts.spend(VALUE_FRAME)
        return self.texts.take(safe.short(text, MOST_LETTERS)).text.strip()

    def _call(self, step: Step) -> dict[str, Any]:
        """The exact words of a call; where they are too many, the last ones, which differ from call to call."""
        allowance = cut.Allowance(self.share)
        texts = replies(step.outputs)
        came = [taken for text in texts if (taken := _framed(allowance, text)) is not None]
        said: list[Spoken] = []
        hidden = 0
        if isinstance(step.inputs, Request):
            every = step.inputs.messages or []
            messages = [("", step.inputs.prompt)] if step.inputs.prompt is not None else [
                (str(one["role"]), content(one["content"])) for one in every
            ]  # fmt: skip
            shown = [
                Spoken(role, taken)
                for role, text in reversed(messages)
                if (taken := _framed(allowance, text)) is not None
            ]
            said, hidden = shown[::-1], len(messages) - len(shown)
        return {"spoken": said, "hidden": hidden, "replies": came, "hidden_replies": len(texts) - len(came)}


def _framed(allowance: cut.Allowance, text: str) -> cut.Cut | None:
    """As much of a text as may be shown with a frame around it; None when nothing more may."""
    if allowance.is_used_up:
        return None
    allowance.spend(FRAME)
    return allowance.take(text)


def replies(reply: Any) -> list[str]:
    """The completions, each with what it holds besides its text."""
    if not isinstance(reply, Reply):
        return []
    texts = []
    for number, text in enumerate(reply.texts):
        extra = reply.extra(number)
        more = [extra.reasoning] if extra.reasoning else []
        more += [render.written(dict(call)) for call in extra.tool_calls]
        texts.append("\n\n".join(part for part in (text, *more) if part))
    return texts


def title(step: Step) -> str:
    """What a step is called."""
    return safe.short(step.part or step.name, 60) or step.kind


def pill(step: Step) -> str:
    """What kind of work it is, in a word."""
    if step.kind == "module":
        return step.name if step.part else "program"
    return PILLS.get(step.kind, step.kind.replace("_", " "))


def failure(step: Step) -> str:
    """What it failed with; nothing of one that did not."""
    error = step.error
    return "" if error is None else safe.plain(described(error))


def has_failed_itself(step: Step) -> bool:
    """Whether an error began here: what it was made of did not fail with the same words."""
    if step.error is None:
        return False
    said = words_of(step.error)
    inside = (inner for inner in step.steps if not inner.is_adapting)
    return all(inner.error is None or words_of(inner.error) != said for inner in inside)


def _end(step: Step) -> float:
    """When it ended, or the last moment that is known of what still runs."""
    if step.seconds is not None:
        return step.at + step.seconds
    return max([step.at, *(_end(inner) for inner in step.steps)])


def hint(branch: Branch) -> str:
    """What tells a row from others of its name: the example, the query, what a tool was given."""
    if not (branch.is_example or branch.step.kind in ("tool", "retrieval", "interpreter_tool_call")):
        return ""
    given = next((part for _, part in parts_of(branch.step.inputs, "in")), "")
    return safe.short(given, HINT)


def _passages(step: Step) -> int | None:
    """How many passages a search found."""
    if step.kind != "retrieval" or not isinstance(step.outputs, list):
        return None
    return sum(len(getattr(found, "passages", ())) for found in step.outputs)


def _kinds(steps: Sequence[Step], *, timed: bool) -> list[dict[str, Any]]:
    """What ran how often, and what all of it took."""
    groups: dict[tuple[str, str], list[Step]] = {}
    for step in steps:
        groups.setdefault((step.part or step.name, step.kind), []).append(step)
    lines = []
    for group in list(groups.values())[:MOST_KINDS]:
        seconds = [step.seconds for step in group if step.seconds is not None]
        spent = tallied(group)
        lines.append(
            {
                "title": title(group[0]),
                "pill": pill(group[0]),
                "times": f"{len(group):,}",
                "mean": figures.lapse(sum(seconds) / len(seconds)) if seconds and timed else "",
                "longest": figures.lapse(max(seconds)) if seconds and timed else "",
                "tokens": figures.thousands(spent.usage.total) if spent.usage.total and timed else "",
                "failed": sum(step.error is not None for step in group),
            }
        )
    return lines


def _lines(branches: Sequence[Branch], hidden: int, spent: Spent) -> list[str]:
    """The tree as text, the same on each run: neither times nor what the cache spared."""
    if not branches:
        return ["Nothing has run."]
    lines = [line for branch in branches for line in _text(branch, 0)]
    more = [f"… and {len(lines) - MOST_LINES:,} more lines"] if len(lines) > MOST_LINES else []
    more += [f"… and {figures.count(hidden, 'more run')}"] if hidden else []
    return [*lines[:MOST_LINES], *more, *(["print(trace) shows more."] if more else [])]


def _text(branch: Branch, depth: int) -> list[str]:
    indent = "  " * depth
    names = " · ".join(part for part in (title(branch.step), pill(branch.step), hint(branch)) if part)
    failed = f" · {safe.short(failure(branch.last), 120)}" if has_failed_itself(branch.last) else ""
    lines = [f"{indent}{names}{failed}"]
    lines += [f"{indent}  ! {safe.short(text, 120)}" for each in branch.chain for text in each.remarks]
    lines += [line for inner in branch.inside for line in _text(inner, depth + 1)]
    hidden = branch.hidden + branch.step.left_out
    return [*lines, *([f"{indent}  … and {hidden:,} more"] if hidden else [])]
