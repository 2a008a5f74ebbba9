"""The upper part of a compile's card while it goes on: its phases, how far it is, and what steers it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Final, Literal

from nbdspy.evaluation import Row
from nbdspy.models import Spent
from nbdspy.modules import Module
from nbdspy.modules.freezing import INSTRUCTIONS, free_predictors
from nbdspy.optimizers import Run, TraceNote, Trial
from nbdspy.optimizers.proposals import Proposal
from nbdspy.views import examples, figures, safe, tally

NOT_ENTERED: Final = ("base", "look")
"""Steps of a plan that are parts of other phases."""
MOST_DRAFTS = 8  # predictors that have a form; of more the rest is said
LINE = 70  # letters of the example that was scored last
SIGNS: Final = {"done": "✓", "now": "●", "ahead": "○"}


@dataclass(frozen=True, slots=True, kw_only=True)
class Phase:
    """A phase of a run, and in a few words what came of it or how far it is."""

    name: str
    state: Literal["done", "now", "ahead"]
    note: str = ""

    @property
    def sign(self) -> str:
        """Tells the states apart without colours."""
        return SIGNS[self.state]


@dataclass(frozen=True, slots=True, kw_only=True)
class Draft:
    """What a reader may begin an instruction of their own with: that of a predictor of the best program so far."""

    predictor: str
    text: str


@dataclass(frozen=True, slots=True, kw_only=True)
class Underway:
    """What an unfinished run is doing, beside what it has found.

    Args:
        phase: The name of its phase.
        text: What the phase does.
        calls: How many calls are planned at most.
        state: What somebody made of it: `"paused"`, `"stopping"`.
        phases: All of them, in their order, where they are known.
        done: How much of the phase is done, of `total`; a total of 0 is not known.
        counted: The same in words: `"3 of 19 programs · 20 of 100 examples"`.
        last: The example that was scored last.
        left: About how many seconds the rest takes at most.
        limit: What is left of the limit that is nearest, in words.
        buttons: What a reader may ask for, with what is written on it.
        drafts: For instructions of the reader's own.
        compared: How many examples those are compared on.
        said: What came of the last one.
        doubts: What speaks against going on.
    """

    phase: str
    text: str = ""
    calls: int = 0
    state: str = ""
    phases: Sequence[Phase] = ()
    done: int = 0
    total: int = 0
    counted: str = ""
    last: Row | None = None
    left: float | None = None
    limit: str = ""
    buttons: Sequence[tuple[str, str]] = ()
    drafts: Sequence[Draft] = ()
    compared: int = 0
    said: str = ""
    doubts: Sequence[str] = ()

    @property
    def shown_drafts(self) -> Sequence[Draft]:
        """As many as a card holds."""
        return self.drafts[:MOST_DRAFTS]

    @property
    def hidden_drafts(self) -> int:
        """How many predictors have no form."""
        return len(self.drafts) - len(self.shown_drafts)


def facts(spent: Spent, seconds: float, underway: Underway, *, volatile: bool) -> list[str]:
    """The header: what was spent, of how much, and how long it may still take."""
    said = tally.facts(spent, seconds, volatile=volatile)
    if volatile and not tally.is_replay(spent):
        if underway.left is not None:
            said[0] += f", at most about {_roughly(underway.left)} left"
        if len(said) > 1 and underway.calls > spent.calls > 0:
            others = said[1].split(", ")[1:]
            said[1] = ", ".join([f"{spent.calls:,} of at most {figures.count(underway.calls, 'call')}", *others])
        said += [underway.limit] if underway.limit else []
    return [underway.state or underway.phase, *said]


def line(row: Row | None) -> dict[str, str] | None:
    """The example that was scored last, and what was answered."""
    if row is None:
        return None
    names = examples.input_names([row.example])[:1]
    labels = examples.label_names([row.example], [row.prediction])
    got = "failed" if row.error is not None else examples.got(row.prediction, labels)
    asked = safe.short(row.example.get(names[0], ""), LINE) if names else ""
    return {"asked": asked, "got": safe.short(got, LINE), "sign": "✓" if row.score else "✗"}


def phases_of(run: Run, planned: Sequence[str], entered: Sequence[str]) -> list[Phase]:
    """The phases of a run: those that it went into, and those that are still to come.

    Args:
        run: The run.
        planned: The names of the steps of its plan.
        entered: The names of the phases that it went into, in their order.
    """
    known = list(dict.fromkeys(entered))
    expected = [name for name in dict.fromkeys(planned) if name not in NOT_ENTERED]
    passed = max((expected.index(name) for name in known if name in expected), default=-1)
    known += [name for name in expected[passed + 1 :] if name not in known]
    now = known.index(entered[-1]) if entered else -1
    return [
        Phase(name=name, state="done" if place < now else "now", note=_note(run, name)) if place <= now
        else Phase(name=name, state="ahead")
        for place, name in enumerate(known)
    ]  # fmt: skip


def drafts_of(program: Module) -> list[Draft]:
    """A draft for each predictor whose instruction may be changed."""
    return [
        Draft(predictor=name, text=predictor.signature.instructions)
        for name, predictor in free_predictors(program, INSTRUCTIONS)
    ]


def _note(run: Run, phase: str) -> str:
    match phase:
        case "bootstrap":
            return _traces(run.notes)
        case "propose":
            return _proposals(run.proposed)
        case "search":
            return _best(run.best_trial)
    return ""


def _traces(notes: Sequence[TraceNote]) -> str:
    return figures.count(sum(note.kept for note in notes), "trace") if notes else ""


def _proposals(proposed: Sequence[Proposal]) -> str:
    new = sum(each.instruction is not None for each in proposed)
    return figures.count(new, "instruction") if proposed else ""


def _best(trial: Trial | None) -> str:
    return "" if trial is None else f"best {figures.whole(trial.score)} ({figures.between(trial.interval)})"


def _roughly(seconds: float) -> str:
    """A time that nobody knows better than so."""
    if seconds < 55:
        return f"{max(5, 5 * round(seconds / 5))} s"
    return figures.duration(60 * max(1, round(seconds / 60))).removesuffix(" 0 s")
