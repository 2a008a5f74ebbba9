"""A search on minibatches: what the sampler is told, and what is scored in full."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from nbdspy.evaluation import EvaluationResult, Row
from nbdspy.modules import Predict
from nbdspy.optimizers import Candidate, Trial
from nbdspy.optimizers.minibatches import LAG, Minibatches, Schedule

from .conftest import numbers

EXAMPLES = numbers(*range(10))
HARD = {index: float(index < 6) for index in range(10)}
"""The program as it came is right on the first six of ten."""


class Listed:
    """A sampler that chooses what it is given, and writes down what it is told."""

    def __init__(self, *chosen: Mapping[str, Any]) -> None:
        self.left = list(chosen)
        self.told: list[tuple[int, float]] = []
        self.known: list[tuple[Mapping[str, Any], float]] = []

    def ask(self, number: int) -> Mapping[str, Any]:
        return self.left.pop(0)

    def tell(self, number: int, score: float) -> None:
        self.told.append((number, round(score, 6)))

    def know(self, chosen: Mapping[str, Any], score: float) -> None:
        self.known.append((chosen, round(score, 6)))


def trial_of(candidate: Candidate, scores: Mapping[int, float]) -> Trial:
    indices = range(10) if candidate.examples is None else candidate.examples
    rows = tuple(
        Row(index=index, example=EXAMPLES[index], prediction=None, score=scores[index], seconds=0.0)
        for index in indices
    )
    return Trial(
        number=0, label=candidate.label, program=candidate.program, choices=candidate.choices,
        evaluation=EvaluationResult(rows=rows, program="p", metric="m", planned=10),
    )  # fmt: skip


def searching(sampler: Any, **schedule: Any) -> Minibatches:
    base = trial_of(Candidate(program=Predict("question -> answer"), label="as it came"), HARD)
    return Minibatches(
        sampler, lambda chosen: Predict("question -> answer"), base=base, own={"demos": 0}, seed=0,
        schedule=Schedule(**{"trials": 4, "batch": 3, "full_every": 2, **schedule}),
    )  # fmt: skip


def played(searcher: Minibatches, scores: Mapping[int, Mapping[int, float]]) -> list[Candidate]:
    """Every candidate, told at once; `scores` are by the choice of demos."""
    candidates: list[Candidate] = []
    while candidate := searcher.ask(len(candidates)):
        assert isinstance(candidate, Candidate)
        candidates.append(candidate)
        searcher.tell(trial_of(candidate, scores[candidate.choices["demos"]]))
    return candidates


@pytest.mark.parametrize("corrected", [True, False])
def test_the_sampler_is_told_the_score_of_the_base_and_the_mean_difference_to_it_on_the_batch(corrected: bool) -> None:
    sampler = Listed({"demos": 1}, {"demos": 2}, {"demos": 3}, {"demos": 4})
    same, one_more = HARD, dict.fromkeys(range(10), 1.0)
    never = dict.fromkeys(range(10), 0.0)

    candidates = played(searching(sampler, corrected=corrected), {1: same, 2: one_more, 3: never, 4: same})

    samples = [(number, each) for number, each in enumerate(candidates) if each.examples is not None]
    assert sampler.known[0] == ({"demos": 0}, 0.6)
    for (number, candidate), (asked, score) in zip(samples, sampler.told, strict=True):
        scores = {1: same, 2: one_more, 3: never, 4: same}[candidate.choices["demos"]]
        batch = list(candidate.examples or ())
        plain = sum(scores[index] for index in batch) / 3
        base = sum(HARD[index] for index in batch) / 3
        assert asked == number
        assert score == pytest.approx(0.6 + plain - base if corrected else plain, abs=1e-5)


def test_what_is_most_promising_is_scored_in_full_once_and_the_sampler_learns_it() -> None:
    good, better = dict.fromkeys(range(10), 0.8), dict.fromkeys(range(10), 0.9)
    sampler = Listed({"demos": 1}, {"demos": 2}, {"demos": 2}, {"demos": 0})

    candidates = played(searching(sampler), {0: HARD, 1: good, 2: better})

    full = [candidate for candidate in candidates if candidate.examples is None]
    assert [(each.choices, each.label) for each in full] == [
        ({"demos": 2}, "demos 2, on all"), ({"demos": 1}, "demos 1, on all")
    ]  # fmt: skip
    assert [candidates.index(each) for each in full] == [2, 5]
    assert sampler.known == [({"demos": 0}, 0.6), ({"demos": 2}, 0.9), ({"demos": 1}, 0.8)]


@pytest.mark.parametrize("trials", [10, 11, 14])
def test_the_first_full_evaluation_chooses_among_all_trials_before_it_though_trials_are_out_side_by_side(
    trials: int,
) -> None:
    chosen = [{"demos": number} for number in range(1, trials + 1)]
    searcher = searching(Listed(*chosen), trials=trials, full_every=5, corrected=False)
    out: list[Candidate] = []
    full: list[int] = []
    for lag in (LAG, 1):  # as in `go`
        told = number = len(out)
        while True:
            if number >= told + lag:
                searcher.tell(trial_of(out[told], dict.fromkeys(range(10), out[told].choices["demos"] / 20)))
                told += 1
            candidate = searcher.ask(number)
            if candidate is None:
                break
            assert isinstance(candidate, Candidate)
            full += [] if candidate.examples else [candidate.choices["demos"]]
            out.append(candidate)
            number += 1
        for candidate in out[told:]:
            searcher.tell(trial_of(candidate, dict.fromkeys(range(10), candidate.choices["demos"] / 20)))

    assert full == {10: [5, 10], 11: [5, 11, 10], 14: [5, 10, 14]}[trials]
    batches = [candidate.examples for candidate in out if candidate.examples]
    assert batches[0] == batches[4] != batches[5] == batches[9]


@pytest.mark.parametrize("corrected", [True, False])
def test_a_choice_that_was_given_up_is_a_clear_loss_and_is_not_scored_in_full(corrected: bool) -> None:
    sampler = Listed({"demos": 1}, {"demos": 2}, {"demos": 1}, {"demos": 3})
    searcher, full = searching(sampler, corrected=corrected), []
    for number in range(6):
        candidate = searcher.ask(number)
        assert isinstance(candidate, Candidate)
        full += [] if candidate.examples else [candidate.choices["demos"]]
        trial = trial_of(candidate, dict.fromkeys(range(10), 0.0))
        if candidate.choices["demos"] == 1:
            where_base_fails = tuple(row for row in trial.evaluation.rows if not HARD[row.index])
            given_up = replace(trial.evaluation, rows=where_base_fails)
            trial = replace(trial, evaluation=given_up, is_given_up=True)
        searcher.tell(trial)

    assert full == [2, 3]
    assert [score for number, score in sampler.told if number in (0, 3)] == [-1.0, -1.0]
    assert all(score > -1.0 for number, score in sampler.told if number not in (0, 3))


def test_the_program_as_it_came_is_not_scored_in_full_again() -> None:
    candidates = played(searching(Listed(*4 * [{"demos": 0}])), {0: HARD})

    assert len(candidates) == 4
    assert all(candidate.examples is not None for candidate in candidates)


def test_a_search_without_batches_scores_all_examples_each_time_and_is_told_the_plain_score() -> None:
    good = dict.fromkeys(range(10), 0.7)
    sampler = Listed(*({"demos": 1} for _ in range(4)))

    candidates = played(searching(sampler, batch=None), {1: good})

    assert [candidate.examples for candidate in candidates] == [None] * 4
    assert sampler.told == [(number, 0.7) for number in range(4)]


@pytest.mark.parametrize(
    ("schedule", "runs", "said"),
    [
        (Schedule(trials=10, batch=35), 550, "10 programs on 35, 2 of them on all 100 validation examples"),
        (Schedule(trials=11, batch=35), 685, "11 programs on 35, 3 of them on all 100 validation examples"),
        (Schedule(trials=10, batch=None), 1000, "10 programs on 100 validation examples"),
    ],
)
def test_a_schedule_says_what_it_takes(schedule: Schedule, runs: int, said: str) -> None:
    assert (schedule.runs(100), schedule.text(100)) == (runs, said)
