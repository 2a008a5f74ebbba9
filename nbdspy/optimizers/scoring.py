"""Scoring programs on the validation examples of a run, each program on each example at most once."""

from __future__ import annotations

import threading
import traceback
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import nullcontext
from dataclasses import replace
from functools import partial
from typing import Any

from nbdspy import render
from nbdspy.configuration import settings
from nbdspy.data import Example, Prediction
from nbdspy.errors import (
    BudgetExceeded,
    ContextTooLong,
    LMError,
    NbdspyError,
    TooManyErrors,
    described,
    ended,
    words_of,
)
from nbdspy.evaluation import Evaluate, EvaluationResult, Metric, Row
from nbdspy.evaluation.metrics import metric_name
from nbdspy.models.kept import unit
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, program_name
from nbdspy.modules.identity import digest
from nbdspy.optimizers.racing import race
from nbdspy.optimizers.score_table import ScoreTable
from nbdspy.runtime import Done, Slots, map_threads

ALIKE = 3  # refusals of one kind, one after another, that end a run


class Refusals:
    """Ends a run whose model fails again and again in the same way, which no further call would mend.

    Two of our own errors are alike by their kind. Those of a foreign client's must say the same words too, since nobody
    knows what else their kind is for, and come from as many different programs: a prompt that is too long fails for
    every example of one candidate, in the same words, and ends only that candidate.

    Args:
        stop: Told why, once.
    """

    def __init__(self, stop: Callable[[str], None]) -> None:
        self._stop = stop
        self._lock = threading.Lock()
        self._kind: tuple[type, str] | None = None
        self._count = 0
        self._programs: set[object] = set()

    def look_at(self, error: Exception | None, program: object = None) -> None:
        """Take notice of how one example ended; only what is the model's fault counts.

        Args:
            error: What it ended with; None when it was answered.
            program: What tells the candidate from others; without, as for a teacher, each example counts by itself.
        """
        kind = None
        if error is not None and _is_the_models(error):
            kind = type(error), "" if isinstance(error, LMError) else words_of(error)
        with self._lock:  # trials that go on side by side look from threads of their own
            if kind is None or kind != self._kind:
                self._count, self._programs = 0, set()
            self._kind = kind
            self._count += kind is not None
            self._programs.add(object() if program is None else program)
            is_enough = (self._count if isinstance(error, LMError) else len(self._programs)) >= ALIKE
        if is_enough and error is not None:
            words = words_of(error) if isinstance(error, LMError) else described(error)
            said = ended(render.short(redact(words), 300))
            self._stop(
                f"The model failed {ALIKE} times in a row in the same way: {said} When it is back, resume (--resume)."
            )


def _is_the_models(error: Exception) -> bool:
    """Whether it came out of a model: not of the program or the metric, nor by a prompt that asks too much of it."""
    if isinstance(error, LMError):
        return not isinstance(error, ContextTooLong)
    if isinstance(error, NbdspyError):  # a reply that cannot be read, a limit that is reached
        return False
    frames = (frame for frame, _ in traceback.walk_tb(error.__traceback__))
    return any(str(frame.f_globals.get("__name__")).startswith("nbdspy.models.") for frame in frames)


class Scorer:
    """What is known of the scores of a run, and how to get more of them.

    A program is told from others by all that it depends on: its code, instructions, demonstrations, model and adapter.
    One that cannot be told apart is scored anew each time.

    Args:
        metric: What scores.
        valset: The examples.
        threads: How many are out at once, over all programs that are being scored.
        slots: The places that they share with the rest of the run.
        max_errors: Failed examples after which a program is given up.
        halted: Whether the run was told to end.
        reached: Told of a limit that is reached, which ends the run; what is out is paid for, and may end.
        refusals: Told how each example ended.
        table: Where scores are kept for later runs, and those of earlier ones found.
        name: Of this work, among what the run does.
    """

    def __init__(
        self, metric: Metric, valset: Sequence[Example], *, threads: int, slots: Slots, max_errors: int | None,
        halted: Callable[[], bool], reached: Callable[[str], None], refusals: Refusals, table: ScoreTable,
        name: str = "score",
    ) -> None:  # fmt: skip
        self.metric = metric
        self._name = name
        self.valset = valset
        self._threads = threads
        self._slots = slots
        self._max_errors = max_errors
        self._halted = halted
        self._reached = reached
        self._refusals = refusals
        self._table = table
        self._lock = threading.Lock()
        self._known: dict[str, dict[int, Row]] = {}
        self._claims: dict[str, tuple[int, threading.Lock]] = {}

    def claim(self, program: Module, number: int) -> str | None:
        """The program's identity within the run; None when it cannot be told apart.

        The first trial that claims one gives its number to the work on it. Trials claim in their order, so that it says
        which of two equal ones does the work, whatever the clock says.
        """
        identity = digest((program, settings.lm, settings.adapter), same_models=True)
        if identity is not None:
            with self._lock:
                self._claims.setdefault(identity, (number, threading.Lock()))
        return identity

    def score(
        self, program: Module, indices: Sequence[int], *, number: int, leader: EvaluationResult | None = None
    ) -> EvaluationResult:
        """Score a program on examples; with a leader, until it is surely worse.

        Args:
            program: What to score.
            indices: Which examples, by their places in the valset.
            number: The trial's; that of a lower one gets places first.
            leader: The evaluation of the best so far, on all of the valset.

        Returns:
            Rows by their places; fewer than were asked for when the run was stopped, by a limit too, or the race lost.

        Raises:
            TooManyErrors: When it fails on too many of them; `failures` and `scored` are the rows.
        """
        identity = self.claim(program, number)
        first, alone = (number, nullcontext()) if identity is None else self._claims[identity]
        work = partial(self._add, program, {} if identity is None else self._known.setdefault(identity, {}))
        key = self._table.key(program, self.metric)
        with alone:  # two equal programs at once would both pay for what the second can read off
            spread = partial(self._spread, first, number, key)
            found = race(partial(work, key, spread), indices, leader)
        return replace(found, rows=tuple(sorted(found.rows, key=lambda row: row.index)), planned=len(self.valset))

    def given_up(self, program: Module, failures: Sequence[Row]) -> EvaluationResult:
        """What is known of a program that fails where others did not: no reason to lose what the others found."""
        return EvaluationResult(
            rows=tuple(failures),
            program=program_name(program),
            metric=metric_name(self.metric),
            planned=len(self.valset),
        )

    def _add(
        self, program: Module, known: dict[int, Row], key: str | None, spread: Callable[..., Any],
        indices: Sequence[int], before: EvaluationResult | None,
    ) -> EvaluationResult:  # fmt: skip
        """The scores before, and those on further examples; failures before count for the limit."""
        known.update(self._of_earlier_runs(key, [index for index in indices if index not in known]))
        earlier = () if before is None else before.rows
        have = [*earlier, *(known[index] for index in indices if index in known)]
        missing = [index for index in indices if index not in known]
        places = [*(row.index for row in have), *missing]
        blank = self.given_up(program, ()) if before is None else before
        start = found = replace(blank, rows=tuple(replace(row, index=place) for place, row in enumerate(have)))
        if missing:
            evaluate = Evaluate(
                devset=[self.valset[index] for index in missing], metric=self.metric, num_threads=self._threads,
                max_errors=self._max_errors, mapper=partial(spread, missing),
            )  # fmt: skip
            try:
                found = evaluate(program, halted=self._halted, after=start)
            except TooManyErrors as error:
                error.failures = [replace(row, index=places[row.index]) for row in error.failures]
                error.scored = [replace(row, index=places[row.index]) for row in error.scored]
                known.update({row.index: row for row in error.scored})
                raise
        rows = [replace(row, index=places[row.index]) for row in found.rows]
        known.update({row.index: row for row in rows if row.error is None})
        return replace(found, rows=tuple(rows))

    def _of_earlier_runs(self, key: str | None, indices: Sequence[int]) -> Mapping[int, Row]:
        """The rows that the score table has."""
        found = ((index, self._table.find(key, self.valset[index])) for index in indices)
        return {index: _row(index, self.valset[index], value) for index, value in found if value is not None}

    def _spread(
        self, first: int, rank: int, key: str | None, indices: Sequence[int], function: Callable[[Example], Any],
        items: Sequence[Example], *, threads: int, halted: Callable[[], bool],
    ) -> Iterator[Done[Example, Any]]:  # fmt: skip
        """Map over the places of the run, each example as a unit of work of its own."""

        def work(numbered: tuple[int, Example]) -> Any:
            index, example = numbered
            try:
                with unit(f"{self._name} {first} {index}"):
                    found = function(example)
            except BudgetExceeded as error:  # at once: until it is taken in, others would try in vain
                self._reached(str(error))
                raise
            self._table.keep(key, example, _kept(*found))
            return found

        numbered = list(zip(indices, items, strict=True))
        for done in map_threads(work, numbered, threads=threads, halted=halted, slots=self._slots, rank=rank):
            if isinstance(done.error, BudgetExceeded):
                continue
            self._refusals.look_at(done.error, (self._name, first))
            yield Done(done.index, done.item[1], done.result, done.error, done.seconds)


def _kept(prediction: Any, score: float) -> Mapping[str, Any] | None:
    """What the score table keeps of a rollout; None of one that answered with something of the user's own."""
    if type(prediction) is not Prediction:
        return None
    completions = [dict(vars(completion)) for completion in prediction.completions]
    return {"score": score, "outputs": dict(vars(prediction)), "completions": completions}


def _row(index: int, example: Example, value: Mapping[str, Any]) -> Row:
    prediction = Prediction.from_completions(value["completions"])
    vars(prediction).clear()
    vars(prediction).update(value["outputs"])
    return Row(index=index, example=example, prediction=prediction, score=value["score"])
