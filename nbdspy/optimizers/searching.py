"""Ask and tell: trials side by side, in an order that no clock changes."""

from __future__ import annotations

import itertools
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol

from nbdspy.errors import BudgetExceeded, TooManyErrors
from nbdspy.evaluation import EvaluationResult
from nbdspy.modules import Module
from nbdspy.optimizers.results import Trial
from nbdspy.runtime import POLL, Done, map_threads

if TYPE_CHECKING:
    from nbdspy.optimizers.run import Run


@dataclass(frozen=True, kw_only=True)
class Candidate:
    """A program to try.

    Args:
        program: The program.
        label: What it is, in a few words.
        racing: Give it up as soon as it is surely worse than the best that its searcher knew of.
        examples: The validation examples to score it on, by their places; None takes all.
        choices: What was chosen, such as {"instruction": 3, "demos": 1}; it stands in the table of trials.
        parent: The number of the trial whose program it was made from; None is the program that went in.
        is_suggested: Whether it is the user's, of whom no searcher knows.
    """

    program: Module
    label: str
    racing: bool = False
    examples: Sequence[int] | None = None
    choices: Mapping[str, Any] = field(default_factory=dict)
    parent: int | None = None
    is_suggested: bool = False


class Searcher(Protocol):
    """Says what to try next, from what it was told of earlier trials."""

    def ask(self, number: int) -> Candidate | Callable[[], Candidate] | None:
        """The `number`th candidate of this search, from 0, or what makes it where that takes calls; None at the end."""

    def tell(self, trial: Trial) -> None:
        """Take in how a trial went; trials are told in their order."""


@dataclass(frozen=True, kw_only=True)
class _Asked:
    number: int
    candidate: Candidate | Callable[[], Candidate]
    leader: Trial | None = None
    is_suggested: bool = False


@dataclass(frozen=True, kw_only=True)
class _Tried:
    candidate: Candidate
    found: EvaluationResult | TooManyErrors


class Search:
    """One search of a run.

    Candidate k is asked for once trial k - lag was told, and knows nothing of those after it, even if they have ended:
    so the same replies lead to the same trials with any number of threads. When the run is to end, a trial may get no
    score; those after it that got one are the run's, but the searcher, which counts, is not told of them.

    What the user suggests is tried between two candidates. The searcher is not told of it, and no race is run against
    it, so that its own trials are what they would be without.

    Args:
        run: The run that it is part of.
        searcher: Says what to try.
        lag: How many trials may be out at once.
    """

    def __init__(self, run: Run, searcher: Searcher, lag: int) -> None:
        self._run = run
        self._searcher = searcher
        self._lag = lag
        self._first = len(run.trials)
        self._before = run.searched
        self._own: list[int] = []  # places among the run's trials of those that are told in their turn
        self._told = 0
        self._claimed = self._first
        self._has_gap = False
        self._is_over = False
        self._changed = threading.Condition()

    def go(self) -> None:
        """Try until the searcher has no more, or the run is told to end.

        Raises:
            TooManyErrors: When the first program of the run fails on too many examples.
        """
        run = self._run
        waiting: dict[int, Done[_Asked, _Tried | None]] = {}
        following = 0
        try:
            for done in map_threads(self._try, self._asked(), threads=min(self._lag, run.threads), halted=self._halted):
                waiting[done.index] = done
                while following in waiting:
                    self._end(waiting.pop(following))
                    following += 1
        finally:
            self._is_over = True  # a traceback keeps the map alive; it must not go on asking
        while self._told < len(self._own):
            self._tell()

    def _asked(self) -> Iterator[_Asked]:
        places = itertools.count(self._first)
        for number in itertools.count():
            if number >= self._lag and not self._wait_for(number - self._lag):
                return
            for candidate in self._run.suggested(self._known):
                yield _Asked(number=next(places), candidate=candidate, is_suggested=True)
            asked = self._searcher.ask(number)
            if asked is None:
                return
            told = [self._run.trials[place] for place in self._own[: self._told]]
            leader = self._run.best_of([*self._before, *told])
            yield _Asked(number=next(places), candidate=asked, leader=leader)

    @property
    def _known(self) -> Sequence[Trial]:
        """The trials of the run up to the last that was told, whatever the clock says."""
        return self._run.trials[: self._own[self._told - 1] + 1 if self._told else self._first]

    def _wait_for(self, number: int) -> bool:
        """Wait until a trial is told; False when it never will be."""
        while self._told <= number:
            with self._changed:
                while len(self._own) <= self._told:
                    if self._halted():
                        return False
                    self._changed.wait(POLL)
            self._tell()
        return True

    def _halted(self) -> bool:
        return self._is_over or self._run.halted()

    def _tell(self) -> None:
        self._searcher.tell(self._run.trials[self._own[self._told]])
        self._told += 1

    def _try(self, asked: _Asked) -> _Tried | None:
        with self._run.unit(f"trial {asked.number}"):
            candidate = asked.candidate if isinstance(asked.candidate, Candidate) else asked.candidate()
        if not self._claim(candidate.program, asked.number):
            return None
        found: EvaluationResult | TooManyErrors
        try:
            found = self._run.evaluate(candidate, number=asked.number, leader=asked.leader)
        except TooManyErrors as error:
            found = error
        return _Tried(candidate=candidate, found=found)

    def _claim(self, program: Module, number: int) -> bool:
        """Claim a program after those of all trials before it, whichever is made first; False when they never are.

        Where a limit may end the run, the first is scored by then.
        """
        with self._changed:
            while self._claimed < number or (number and self._run.owes_base):
                if self._halted():
                    return False
                self._changed.wait(POLL)
        self._run.claim(program, number)
        with self._changed:
            self._claimed += 1
            self._changed.notify_all()
        return True

    def _end(self, done: Done[_Asked, _Tried | None]) -> None:
        """Take in how a trial ended, in its turn; what is out still ends when a budget is reached."""
        if isinstance(done.error, BudgetExceeded):
            self._run.stop(str(done.error))
        elif done.error is not None:
            raise done.error
        tried = done.result
        trial = None if tried is None else self._run.add(tried.candidate, tried.found)
        if done.item.is_suggested:
            return
        self._has_gap |= trial is None
        if trial is not None and not self._has_gap:
            with self._changed:
                self._own.append(trial.number)
                self._changed.notify_all()
