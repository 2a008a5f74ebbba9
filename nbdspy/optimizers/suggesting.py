"""Instructions that the user suggests while a run goes on: what may be one, and at which turn of the run it is tried.

A turn is each time that a search is about to ask for its next candidate. A suggestion belongs to the first turn after
it, by its number, which the journal keeps: so a resumed run tries it where it was tried.
"""

from __future__ import annotations

import threading
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, dataclass
from typing import TYPE_CHECKING, Any

from nbdspy import events, render
from nbdspy.errors import UsageError, did_you_mean
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, program_name
from nbdspy.optimizers.instructions import free_names, refusal, with_instructions, without_control
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.searching import Candidate

if TYPE_CHECKING:
    from nbdspy.optimizers.run import Run

KIND = "suggestion"  # of records in the journal
LABEL = 60  # letters of an instruction in its trial's label


@dataclass(frozen=True, slots=True, kw_only=True)
class Suggestion:
    """An instruction of the user's for one predictor, to be tried at a turn of the run."""

    predictor: str
    instruction: str
    turn: int


@dataclass(frozen=True, kw_only=True)
class Suggested(events.Event):
    """Somebody suggested an instruction, which is tried soon."""

    run: Run
    suggestion: Suggestion


class Suggestions:
    """What was suggested in a run, and what of it is still to be tried. Safe between threads.

    Args:
        records: Those of the run's journal: what an earlier process was suggested is tried at its turn again.
    """

    def __init__(self, records: Iterable[Mapping[str, Any]] = ()) -> None:
        self._all = [
            Suggestion(predictor=each["predictor"], instruction=each["instruction"], turn=each["turn"])
            for each in records if each.get("kind") == KIND
        ]  # fmt: skip
        self._taken = 0
        self._turn = 0
        self.is_closed = False
        self._lock = threading.Lock()

    def __len__(self) -> int:
        return len(self._all)

    @property
    def waiting(self) -> Sequence[Suggestion]:
        """Those that are still to be tried."""
        return tuple(self._all[self._taken :])

    def add(self, run: Run, instruction: str, predictor: str | None) -> Suggestion:
        """Take one in, and write it down.

        Raises:
            UsageError: When it cannot be tried; says why.
        """
        _check_compares(run)
        name = _predictor(run.base, predictor)
        text = _read(instruction)
        with self._lock:
            if self.is_closed:
                raise UsageError(
                    "The search is over, and its choice is made: no further instruction is tried.",
                    hint="Put it into the program and compile that.",
                )
            if why := self._refusal(run, name, text):
                raise UsageError(f"The instruction cannot be tried: {why}.", hint="Write another one.")
            made = Suggestion(predictor=name, instruction=text, turn=self._turn + 1)
            run.journal.append({"kind": KIND, **asdict(made)})
            self._all.append(made)
        return made

    def due(self, *, is_ready: bool) -> Sequence[Suggestion]:
        """Begin the next turn of the run; the answer is what is to be tried at it.

        Args:
            is_ready: Whether there is a program with a score to change the instruction of; else they wait.
        """
        with self._lock:
            self._turn += 1
            due = [one for one in self.waiting if one.turn <= self._turn] if is_ready else []
            self._taken += len(due)
            return due

    def _refusal(self, run: Run, name: str, text: str) -> str:
        """Why a text is not tried, in a few words; "" where it is."""
        if why := refusal(text):
            return why
        if refusal(text, [one.instruction for one in self._all if one.predictor == name]):
            return "it was suggested before"
        best = dict(run.best.named_predictors())[name].signature.instructions
        return "the best program so far has it" if refusal(text, [best]) else ""

    def close(self) -> bool:
        """Take no more in, unless some still wait; the answer is whether it is closed now."""
        with self._lock:
            self.is_closed = self._taken == len(self._all)
            return self.is_closed

    def end(self) -> None:
        """Take no more in, whatever waits."""
        with self._lock:
            self.is_closed = True


def candidate_of(suggestion: Suggestion, known: Trial, base: Module) -> Candidate:
    """The best program that is known with the user's instruction; it is scored on all validation examples."""
    names = [name for name, _ in base.named_predictors()]
    whose = f"yours, {suggestion.predictor}" if len(names) > 1 else "yours"
    return Candidate(
        program=with_instructions(known.program, {suggestion.predictor: suggestion.instruction}),
        label=f"{whose}: {render.short(suggestion.instruction, LABEL)}",
        parent=None if known.program is base else known.number,
        is_suggested=True,
    )


def _check_compares(run: Run) -> None:
    if run.metric is None or not run.valset:
        raise UsageError(
            f"{run.optimizer} scores nothing here, so there is nothing to compare an instruction with.",
            hint="Give it validation examples (val=...), or take an optimizer that searches, such as random_search.",
        )
    if run.is_done or run.halted():
        state = f"it has ended and is {run.state}" if run.is_done else "it is about to end"
        raise UsageError(
            f"This run can try no further instruction: {state}.", hint="Put it into the program and compile that."
        )


def _predictor(program: Module, wanted: str | None) -> str:
    """The predictor that is meant, whose instruction may be changed."""
    names, free = [name for name, _ in program.named_predictors()], free_names(program)
    if wanted is not None and wanted not in names:
        raise UsageError(
            f"{program_name(program)} has no predictor {wanted!r}.",
            hint=did_you_mean(str(wanted), names) or f"It has: {', '.join(names)}.",
        )
    if not free or (wanted is not None and wanted not in free):
        which = "every predictor" if wanted is None else wanted
        raise UsageError(
            f"The instruction of {which} is frozen.", hint='Before compiling, nbdspy.unfreeze(part, "instructions").'
        )
    if wanted is None and len(free) > 1:
        raise UsageError(
            f"{program_name(program)} has several predictors: {', '.join(free)}.",
            hint=f'Say which the instruction is for: predictor="{free[0]}".',
        )
    return free[0] if wanted is None else wanted


def _read(instruction: str) -> str:
    if not isinstance(instruction, str):
        raise UsageError(f"An instruction is a text, not {instruction!r}.")
    text = without_control(instruction).strip()
    if redact(text) != text:
        raise UsageError("The instruction cannot be tried: it holds a key.", hint="Leave the key out.")
    return text
