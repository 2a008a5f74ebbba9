"""Coordinate ascent: the wordings of one predictor are tried while all others keep their best, in rounds."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass

from nbdspy.data import Example
from nbdspy.errors import ended
from nbdspy.modules import Module, set_description, set_instructions
from nbdspy.optimizers.plans import Step
from nbdspy.optimizers.proposals import Proposal
from nbdspy.optimizers.results import Trial
from nbdspy.optimizers.run import Run
from nbdspy.optimizers.searching import Candidate


def nothing_proposed(why: str) -> str:
    """What is warned of when no proposal was of use; `why` is what is said of the last."""
    return f"No proposal was of use; of the last it is said: {ended(why)}"


@dataclass(frozen=True, slots=True)
class Wording:
    """How a predictor is told what to do: the `number`th of it, 0 the one that it came with.

    `description` is that of its last output; None leaves it as it is.
    """

    number: int
    instruction: str
    description: str | None = None


@dataclass(frozen=True, slots=True)
class Attempt:
    """A wording of a predictor and the score of the program with it, 0 to 1."""

    wording: Wording
    score: float


Attempts = Mapping[str, Sequence[Attempt]]
"""What was tried of each predictor, by its name, in the order in which it was tried."""

Proposed = Mapping[str, Sequence[tuple[Proposal, Wording | None]]]
"""The proposals of a round for each predictor, by its name; without a wording where none was of use."""


def ascend(
    run: Run,
    student: Module,
    names: Sequence[str],
    propose: Callable[[int, Attempts], Proposed],
    *,
    rounds: int,
    breadth: int,
) -> None:
    """Try wordings of one predictor after the other, and keep each time the one with which the program scores best.

    The wordings of a predictor in a round do not depend on each other and are tried side by side.

    Args:
        run: Scores the programs.
        student: The program that goes in, which is tried first.
        names: The predictors to word anew, in this order.
        propose: Makes the proposals of a round, counted from 0, from what was tried before.
        rounds: How often each predictor has its turn.
        breadth: The most proposals of a predictor in a round.
    """
    signatures = {name: predictor.signature for name, predictor in student.named_predictors()}
    best = {name: Wording(0, signatures[name].instructions) for name in names}
    attempts: dict[str, list[Attempt]] = {name: [] for name in names}
    best_score: float | None = None
    parent: int | None = None

    def take(name: str, wordings: Sequence[Wording]) -> None:
        """One predictor's turn, in the first with the program as it came."""
        nonlocal best_score, parent
        turn = _Turn(student, name, best, wordings, with_student=best_score is None, parent=parent)
        run.search(turn, lag=breadth + 1)
        if run.halted():
            return
        for wording, trial in turn.tried:
            if not trial.is_finished:  # it was given up: nothing to learn from but that
                continue
            if wording.number == 0:  # all as it came, which every predictor was part of
                for each in names:
                    attempts[each].append(Attempt(best[each], trial.score))
            else:
                attempts[name].append(Attempt(wording, trial.score))
            if best_score is None or trial.score > best_score:
                best_score, best[name] = trial.score, wording
                parent = None if trial.program is student else trial.number

    if not names:
        run.attempt(student, "as it came")
    elif run.owes_base:
        run.enter("search", "the program as it came", programs=1)
        take(names[0], ())
    for number in range(rounds if names else 0):
        if run.halted():
            return
        run.enter("propose", f"instructions for {', '.join(names)}, round {number + 1} of {rounds}")
        proposals = propose(number, attempts)
        run.note_proposals(proposal for several in proposals.values() for proposal, _ in several)
        if run.halted():
            return
        programs = breadth * len(names) + (best_score is None)
        run.enter("search", f"up to {breadth * len(names)} programs", programs=programs)
        for name in names:
            take(name, [wording for _, wording in proposals[name] if wording is not None])
            if run.halted():
                return
    if run.proposed and not any(proposal.instruction for proposal in run.proposed):
        run.warn(nothing_proposed(run.proposed[-1].refused[-1]))


def ascent_steps(
    valset: Sequence[Example], names: Sequence[str], *, rounds: int, proposals: int,
    letters: Sequence[tuple[int, int]],
) -> list[Step]:  # fmt: skip
    """The steps of an ascent: at least, no proposal is of use, and at most each is asked for twice.

    Args:
        valset: What programs are scored on.
        names: The predictors.
        rounds: How often each has its turn.
        proposals: For each predictor, in all its turns.
        letters: For each predictor, how long the prompt for a proposal is, at least and at most.
    """
    count = proposals * len(names)
    programs = 1 + count
    return [
        Step(
            phase="propose", text=f"{count} instructions for {len(names)} predictors in {rounds} rounds", low=0, high=0,
            asks=(count, 2 * count),
            letters=(proposals * sum(low for low, _ in letters), 2 * proposals * sum(high for _, high in letters)),
        ),
        Step(
            phase="search", text=f"up to {programs} programs on {len(valset)} validation examples",
            low=len(valset), high=programs * len(valset), first=len(valset),
        ),
    ]  # fmt: skip


class _Turn:
    """One predictor's turn: its new wordings, with the best of the others."""

    def __init__(
        self, student: Module, name: str, best: Mapping[str, Wording], wordings: Sequence[Wording], *,
        with_student: bool, parent: int | None,
    ) -> None:  # fmt: skip
        self._student = student
        self._name = name
        self._best = dict(best)
        self._parent = parent
        self._wordings = [*([best[name]] if with_student else []), *wordings]
        self.tried: list[tuple[Wording, Trial]] = []

    def ask(self, number: int) -> Candidate | None:
        if number >= len(self._wordings):
            return None
        wordings = {**self._best, self._name: self._wordings[number]}
        is_student = all(wording.number == 0 for wording in wordings.values())
        label = "as it came" if is_student else f"{self._name}: instruction {wordings[self._name].number}"
        return Candidate(
            program=self._student if is_student else worded(self._student, wordings),
            label=label,
            choices={name: wording.number for name, wording in wordings.items()},
            parent=self._parent,
        )

    def tell(self, trial: Trial) -> None:
        self.tried.append((self._wordings[len(self.tried)], trial))


def worded(program: Module, wordings: Mapping[str, Wording]) -> Module:
    """A copy of the program in these words."""
    copy = program.deepcopy()
    predictors = dict(copy.named_predictors())
    for name, wording in wordings.items():
        predictor = predictors[name]
        set_instructions(predictor, wording.instruction)
        if wording.description is not None:
            set_description(predictor, list(predictor.signature.output_fields)[-1], wording.description)
    return copy
