"""What every optimizer keeps to; a new one joins by its name in OPTIMIZERS.

KNNFewShot, which goes by no name, is in every line. Ensemble takes programs instead of data: its lines are the last.
"""

from __future__ import annotations

import copy
import itertools
import random
import re
import threading
import time
import warnings
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

import pandas as pd
import pytest

from nbdspy.configuration import context
from nbdspy.data import Example
from nbdspy.errors import BudgetExceeded, CompileWarning, DataError, Stopped, UsageError
from nbdspy.evaluation import evaluate
from nbdspy.models import Budget, spending
from nbdspy.models.redaction import redact
from nbdspy.modules import Module, Predict, majority
from nbdspy.optimizers import (
    OPTIMIZERS,
    BootstrapFewShot,
    Ensemble,
    KNNFewShot,
    LabeledFewShot,
    Optimizer,
    Result,
    Trial,
    compile,
    plan,
)  # fmt: skip
from nbdspy.optimizers.journal import MemoryJournal, StoredJournal
from nbdspy.store import Store
from nbdspy.testing import FakeLM, Planted
from nbdspy.testing.fake import wanted

from .conftest import NUMBER, Search, learner, numbers

KNN = KNNFewShot.name
EVERY = sorted([*OPTIMIZERS, KNN])
TRAIN, VAL, TEST = numbers(*range(20)), numbers(*range(100, 112)), numbers(*range(200, 215))
SMALL: dict[str, dict[str, Any]] = {
    "random_search": {"num_candidate_programs": 3},
    "copro": {"breadth": 3, "depth": 2},
    "opro": {"num_trials": 4},
    "optuna_search": {"num_candidate_programs": 6, "num_demos": 4},
    "miprov2": {"auto": None, "num_candidates": 4, "num_trials": 5},
    "mipro": {"num_candidates": 4, "num_trials": 5},
    "bayesian_bootstrap": {"num_candidates": 4, "num_trials": 5},
    "mipro_plus_plus": {"num_candidates": 4, "num_trials": 5},
}
"""Options that keep a search short."""
SHOWS_DEMOS = {*EVERY} - {"labeled_few_shot", "copro", "opro"}


def sizes(name: str, labelled: int, **others: int) -> dict[str, int]:
    """The options that say how many demonstrations are shown, of an optimizer that shows some."""
    if name == "labeled_few_shot":
        return {"k": labelled}
    return {"max_labeled_demos": labelled, **others} if name in SHOWS_DEMOS else {}


def made(name: str, **options: Any) -> Optimizer:
    given = {"metric": "exact_match", **SMALL.get(name, {}), **options}
    return KNNFewShot(4, TRAIN, Near(), **given) if name == KNN else OPTIMIZERS[name](**given)


@dataclass
class Near:
    """Vectors that are near when numbers end with the same digit, and a little when their remainders by three agree."""

    batches: int = field(default=0, compare=False)

    def __call__(self, texts: list[str]) -> list[list[float]]:
        self.batches += 1
        return [[*((n % 10 == d) * 2.0 for d in range(10)), *(float(n % 3 == r) for r in range(3))]
                for n in (int(NUMBER.findall(text)[-1]) for text in texts)]  # fmt: skip


def by_name(name: str, options: Mapping[str, Any] | None = None) -> dict[str, Any]:
    """How `compile` is told of an optimizer: by its name, where it goes by one."""
    return {"optimizer": made(name, **(options or {}))} if name == KNN else {"optimizer": name, "options": options}


def sent(lm: FakeLM, optimizer: Any) -> int:
    """The calls that came out at the other end: of the model, and of what embeds."""
    return len(lm.requests) + (optimizer.vectorizer.batches if isinstance(optimizer, KNNFewShot) else 0)


def ask() -> Predict:
    return Predict("question -> answer")


def showing(count: int) -> Predict:
    program = ask()
    program.demos = numbers(*range(1000, 1000 + count))
    return program


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("student", [ask(), Search()], ids=["one", "two"])
def test_the_student_is_left_as_it_was(name: str, student: Module, lm: FakeLM) -> None:
    before = student.dump_state()

    compiled = made(name).compile(student, trainset=TRAIN, valset=VAL)

    assert student.dump_state() == before
    assert compiled is not student


@pytest.mark.parametrize("name", EVERY)
def test_nothing_is_left_on_the_optimizer(name: str, lm: FakeLM) -> None:
    optimizer = made(name, seed=3)
    before = copy.deepcopy(vars(optimizer))

    first = optimizer.compile(ask(), trainset=TRAIN, valset=VAL)

    assert vars(optimizer) == before
    assert optimizer.compile(ask(), trainset=TRAIN, valset=VAL).dump_state() == first.dump_state()


@pytest.mark.parametrize("name", EVERY)
def test_the_same_seed_finds_the_same_with_1_and_with_8_threads(name: str) -> None:
    size = sizes(name, 3)
    found = []
    for threads in (1, 8):
        with context(lm=learner()):
            result = made(name, seed=5, num_threads=threads, **size).run(Search(), trainset=TRAIN, valset=VAL)
        found.append((result.best.dump_state(), [(trial.label, trial.score) for trial in result.tried], result.notes))

    assert found[0] == found[1]


@pytest.mark.parametrize("name", EVERY)
def test_seed_0_is_a_seed(name: str, lm: FakeLM) -> None:
    size = sizes(name, 5, max_bootstrapped_demos=2)
    results, candidates = [], []
    for seed in (0, 1, 0, None):
        lm.requests.clear()
        results.append(compile(ask(), data=TRAIN, val=VAL, optimizer=made(name, seed=7, **size), seed=seed))
        candidates.append(tried(name, results[-1], lm))

    assert [result.seed for result in results] == [0, 1, 0, 7]
    assert candidates[0] == candidates[2]
    assert candidates[0] != candidates[1]


@pytest.mark.parametrize("name", EVERY)
def test_every_seed_draws_for_itself(name: str, lm: FakeLM) -> None:
    size = sizes(name, 8, max_bootstrapped_demos=1)
    runs = []
    for seed in (0, 1, 2, 7, 9, 42):
        lm.requests.clear()
        result = made(name, seed=seed, **size).run(ask(), trainset=TRAIN, valset=VAL)
        runs.append(str(tried(name, result, lm)))

    assert len({*runs}) == len(runs)


def tried(name: str, result: Result, lm: FakeLM) -> list[Any]:
    """The programs of a run; what they sent where that is all that tells them apart."""
    if name == KNN:
        return [request.messages for request in lm.requests]
    return [trial.program.dump_state() for trial in result.tried]


@pytest.mark.parametrize("name", EVERY)
def test_what_measures_worse_is_never_returned(name: str) -> None:
    harmed_by_demos = learner(lambda number, seen: not seen)

    with context(lm=harmed_by_demos):
        student = ask()
        result = made(name).run(student, trainset=TRAIN, valset=VAL)

    assert result.best is student
    assert result.score == result.base_score == 1.0
    assert result.difference is not None
    assert (result.difference.mean, result.difference.lost) == (0, 0)


@pytest.mark.parametrize("name", EVERY)
def test_of_equals_the_program_that_went_in_stays(name: str) -> None:
    with context(lm=learner(lambda number, seen: number % 2 == 0)):
        student = ask()

        assert made(name).run(student, trainset=TRAIN, valset=VAL).best is student


@pytest.mark.parametrize("name", EVERY)
def test_what_measures_better_is_returned_with_the_paired_difference(name: str, lm: FakeLM) -> None:
    result = made(name).run(ask(), trainset=TRAIN, valset=VAL)

    assert result.base_score == 0
    assert result.score == 1
    assert result.difference is not None
    assert (result.difference.mean, result.difference.gained, result.difference.n) == (1, 12, 12)
    assert result.difference.sure


BIG = numbers(*range(100, 160))
"""Validation examples, enough for minibatches, and for races that end before all are run."""


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that what is found may be chance
@pytest.mark.parametrize("name", EVERY)
def test_candidates_of_one_phase_are_scored_on_the_same_examples(name: str) -> None:
    optimizer = made(name, num_threads=4)
    with context(lm=learner(lambda number, seen: number % 5 < sum(seen) % 6)):
        tried = optimizer.run(ask(), trainset=TRAIN, valset=BIG).tried

    for trial in tried:
        assert [row.example for row in trial.evaluation.rows] == [BIG[row.index] for row in trial.evaluation.rows]
    whole = [trial for trial in tried if trial.is_finished and not trial.is_sample]
    assert whole
    assert all([row.index for row in trial.evaluation.rows] == [*range(len(BIG))] for trial in whole)
    given_up = [seen(trial) for trial in tried if not trial.is_finished and not trial.is_sample]
    assert bool(given_up) == (name == "random_search")
    assert all(one <= other or other <= one for one, other in itertools.combinations(given_up, 2))
    samples = [seen(trial) for trial in tried if trial.is_sample]
    assert [len(one) for one in samples] == ([35] * 5 if name in DRAWS else [])
    assert len({*samples}) == DRAWS.get(name, 0)


DRAWS = {"miprov2": 1, "mipro": 5, "bayesian_bootstrap": 5, "mipro_plus_plus": 5}
"""How many minibatches five trials are scored on: one, or, in the MIPRO paper's own, as many, as it has them."""


def seen(trial: Trial) -> frozenset[int]:
    return frozenset(row.index for row in trial.evaluation.rows)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("student", [ask(), Search()], ids=["one", "two"])
def test_the_plan_holds_what_is_then_called(name: str, student: Module, lm: FakeLM) -> None:
    arguments = {"data": TRAIN, "val": VAL, "test": TEST, **by_name(name, SMALL.get(name))}

    low, high = plan(student, **arguments).calls
    assert not sent(lm, arguments["optimizer"])
    result = compile(student, **arguments)

    assert low <= result.calls == sent(lm, arguments["optimizer"]) <= high


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that nothing is left to be learned
@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize("student", [ask(), Search(), showing(3)], ids=["one", "two", "with demos"])
def test_the_plan_holds_the_tokens_that_are_then_sent(name: str, student: Module, lm: FakeLM) -> None:
    long = [Example(question=f"number {n}. " + "Say it. " * (n % 7), answer=str(n)).with_inputs("question")
            for n in range(60)]  # fmt: skip
    arguments = {"data": long[:20], "val": long[20:40], "test": long[40:], **by_name(name)}

    low, high = plan(student, **arguments).prompt_tokens
    compile(student, **arguments)

    sent = sum(len(message["content"]) for request in lm.requests for message in request.messages or ())
    assert low <= sent / 4 < sent / 3 <= high
    assert high < 10 * sent / 3


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that such a limit is little
@pytest.mark.parametrize("name", EVERY)
def test_a_limit_of_calls_is_kept_and_the_best_so_far_returned(name: str) -> None:
    for limit, threads in itertools.product((0, 1, 5, 13, 30), (1, 4)):
        with context(lm=(model := learner()), num_threads=threads), warnings.catch_warnings():
            warnings.simplefilter("ignore", CompileWarning)  # a small limit is doubted
            student, chosen = ask(), by_name(name, SMALL.get(name))
            result = compile(student, data=TRAIN, val=VAL, test=TEST, **chosen, max_calls=limit)

        calls = sent(model, chosen["optimizer"])
        assert calls <= limit
        assert result.calls == calls or threads > 1  # what is still out then counts when it comes
        assert result.stopped is not None
        assert result.stopped.startswith(f"The limit of {limit} call")
        assert "stopped: The limit of" in repr(result)
        assert result.best is student or result.score is not None


@pytest.mark.parametrize("name", EVERY)
def test_an_empty_or_unfit_trainset_is_refused_before_any_call(name: str, lm: FakeLM) -> None:
    with pytest.raises(DataError, match="The trainset is empty"):
        made(name).compile(ask(), trainset=[])
    with pytest.raises(DataError, match="The valset is empty"):
        made(name).compile(ask(), trainset=TRAIN, valset=[])
    with pytest.raises(DataError, match="The trainset is empty"):
        made(name).plan(ask(), trainset=[])
    with pytest.raises(DataError, match="The training data is empty"):
        compile(ask(), data=pd.DataFrame({"question": []}), **by_name(name))
    with pytest.raises(DataError, match="The validation data has no column 'question'"):
        compile(ask(), data=TRAIN, val=pd.DataFrame({"answer": ["x"]}), **by_name(name))
    assert not lm.requests


@pytest.mark.parametrize("name", EVERY)
def test_validation_examples_that_were_trained_on_are_warned_of(name: str, lm: FakeLM) -> None:
    overlapping, apart = (made(name).run(ask(), trainset=TRAIN, valset=[*VAL, *extra]) for extra in (numbers(3, 4), []))

    assert overlapping.warnings == ("2 of 14 validation examples are in the training set too; their scores flatter.",)
    assert apart.warnings == ()


@pytest.mark.parametrize("name", EVERY)
def test_tables_are_learned_from_like_examples(name: str, lm: FakeLM) -> None:
    table, val = (pd.DataFrame([vars(example) for example in part]) for part in (TRAIN, VAL))

    by_table = made(name).compile(ask(), trainset=table, valset=val)
    by_list = made(name).compile(ask(), trainset=TRAIN, valset=VAL)

    assert by_table.dump_state() == by_list.dump_state()


@pytest.mark.parametrize("name", EVERY)
def test_a_signature_is_compiled_as_a_program(name: str, lm: FakeLM) -> None:
    result = made(name).run("question -> answer", trainset=TRAIN, valset=VAL)

    assert isinstance(result.best, Predict)
    assert isinstance(result.base, Predict)


@pytest.mark.parametrize("name", EVERY)
def test_a_run_is_written_down_as_it_goes(name: str, lm: FakeLM) -> None:
    journal = MemoryJournal()
    result = made(name).run(ask(), trainset=TRAIN, valset=VAL, journal=journal)

    records = journal.records()
    assert records[0]["kind"] == "phase"
    assert [(r["number"], r["label"], r["score"]) for r in records if r["kind"] == "trial"] == [
        (trial.number, trial.label, trial.score) for trial in result.tried
    ]
    assert [(r["index"], r["kept"], r["why"]) for r in records if r["kind"] == "note"] == [
        (note.index, note.kept, note.why) for note in result.notes
    ]


PLANTED: dict[str, dict[str, Any]] = {
    "labeled_few_shot": {"k": 16},
    "bootstrap_few_shot": {"max_labeled_demos": 16, "max_bootstrapped_demos": 8},
    "random_search": {"num_candidate_programs": 6},
    "optuna_search": {"num_demos": 4, "num_candidate_programs": 8},
    "copro": {"breadth": 4, "depth": 2},
    "opro": {"num_trials": 8},
    "miprov2": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20, "auto": None},
    "mipro": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20},
    "bayesian_bootstrap": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20},
    "mipro_plus_plus": {"num_candidates": 6, "num_trials": 8, "minibatch_size": 20},
}
"""Options that a task with a known best program is tried with."""
CALLS = {
    "bayesian_bootstrap": 208, "bootstrap_few_shot": 113, "copro": 330, KNN: 281, "labeled_few_shot": 80, "mipro": 267,
    "mipro_plus_plus": 298, "miprov2": 253, "opro": 298, "optuna_search": 368, "random_search": 380,
}  # fmt: skip
"""How many calls each then makes, with one thread."""


def planted_for(name: str, steps: int = 1, **options: Any) -> Planted:
    """A task with something to find: for what chooses demonstrations at each call, that those are worth something."""
    return Planted(steps, near=0.3 if name == KNN else 0.0, **options)


def quality(planted: Planted, name: str, program: Module) -> float:
    """How often it is right; where each call has demonstrations of its own, on so many further examples."""
    if name != KNN:
        return planted.quality(program)
    with context(lm=planted.lm()):
        return evaluate(program, planted.examples(1000, 200), metric="exact_match").mean


def found_in(
    planted: Planted, name: str, *, threads: int = 1, lm: FakeLM | None = None, **given: Any
) -> tuple[Result, int]:  # fmt: skip
    """What is found, and the calls that it took."""
    optimizer = made(name, num_threads=threads, **{**PLANTED.get(name, {}), **given.pop("options", {})})
    with context(lm=(lm := lm or planted.lm())):
        trainset, valset = planted.examples(0, 40), planted.examples(100, 40)
        return optimizer.run(planted.program(), trainset=trainset, valset=valset, **given), sent(lm, optimizer)


@pytest.mark.parametrize("name", EVERY)
def test_a_program_whose_best_is_known_becomes_better_with_so_many_calls(name: str) -> None:
    planted = planted_for(name)

    result, calls = found_in(planted, name)

    assert quality(planted, name, result.best) >= quality(planted, name, result.base) + 0.1
    assert result.score is not None
    assert result.score > (result.base_score or 0)
    assert calls == result.calls == CALLS[name]


def unsteady(planted: Planted, seed: int) -> FakeLM:
    """Its model, which takes now less, now more time for a reply."""
    rng = random.Random(seed)

    def answer(request: Any) -> Any:
        time.sleep(rng.choice((0, 0, 0, 0.001, 0.01)))
        return planted.reply(request)

    return FakeLM(answer, model="planted")


@pytest.mark.parametrize("name", EVERY)
def test_1_and_8_and_64_threads_find_the_same_however_long_each_reply_takes(name: str) -> None:
    planted = planted_for(name, 2, seed=3)
    found = []
    for threads in (1, 8, 64):
        result, _ = found_in(planted, name, threads=threads, lm=unsteady(planted, threads))
        tried = [(trial.label, trial.score, trial.evaluation.n, dict(trial.choices)) for trial in result.tried]
        found.append((result.best.dump_state(), tried, result.notes, result.proposed, result.warnings))

    assert found[0] == found[1] == found[2]


class Crowd:
    """Its model, which takes its time, and counts how many are with it at once."""

    def __init__(self, planted: Planted) -> None:
        self.planted, self.now, self.most, self.lock = planted, 0, 0, threading.Lock()

    def __call__(self, request: Any) -> Any:
        with self.lock:
            self.now += 1
            self.most = max(self.most, self.now)
        time.sleep(0.002)
        with self.lock:
            self.now -= 1
        return self.planted.reply(request)


@pytest.mark.parametrize("name", EVERY)
def test_no_more_calls_are_out_than_there_are_threads(name: str) -> None:
    crowd = Crowd(planted := planted_for(name, 2))

    found_in(planted, name, threads=5, lm=FakeLM(crowd))

    assert crowd.most == 5


@pytest.mark.parametrize("name", EVERY)
def test_a_run_that_was_cut_off_goes_on_to_the_same_end_without_asking_again(name: str) -> None:
    planted = planted_for(name, seed=1)
    whole, calls = found_in(planted, name)
    store = Store("sqlite://", redact=redact)

    _, before = found_in(planted, name, journal=StoredJournal(store, "mine"), budget=Budget(calls=60))
    resumed, after = found_in(planted, name, journal=StoredJournal(store, "mine"))
    store.close()

    assert resumed.best.dump_state() == whole.best.dump_state()
    assert [(trial.label, trial.score) for trial in resumed.tried] == [
        (trial.label, trial.score) for trial in whole.tried
    ]
    assert before == 60
    assert before + after == calls


def rollout_calls(lm: FakeLM) -> int:
    """How many of its calls answered the task, rather than proposed something."""
    return sum(wanted(request)[0] == "answer" or wanted(request)[0].startswith("note_") for request in lm.requests)


@pytest.mark.parametrize("name", [name for name in EVERY if name != KNN])  # which holds a function that embeds
def test_a_second_run_that_reuses_runs_nothing_and_finds_the_same(name: str) -> None:
    planted = Planted(2, seed=1)
    store = Store("sqlite://", redact=redact)
    trainset, valset = planted.examples(0, 40), planted.examples(100, 40)
    found, models = [], []
    for reuse in (False, True):
        with context(lm=(lm := planted.lm())), warnings.catch_warnings():
            warnings.simplefilter("ignore", CompileWarning)  # that the gain may be chance
            optimizer = made(name, **PLANTED.get(name, {}))
            found.append(
                compile(planted.program(), trainset, val=valset, optimizer=optimizer, store=store, reuse=reuse)
            )
        models.append(lm)
    store.close()

    assert rollout_calls(models[0]) > 0
    assert rollout_calls(models[1]) == 0
    assert 2 * found[1].reused == rollout_calls(models[0])
    assert found[1].best.dump_state() == found[0].best.dump_state()
    assert [(trial.label, trial.score) for trial in found[1].tried] == [
        (trial.label, trial.score) for trial in found[0].tried
    ]


@pytest.mark.parametrize("name", EVERY)
def test_an_interrupt_leaves_the_best_so_far(name: str) -> None:
    planted = planted_for(name)
    whole, _ = found_in(planted, name, lm=(lm := planted.lm()))
    called = itertools.count()

    def answer(request: Any) -> Any:
        if next(called) == len(lm.requests) - 5:
            raise KeyboardInterrupt
        return planted.reply(request)

    with pytest.raises(Stopped) as caught:
        found_in(planted, name, lm=FakeLM(answer, model="planted"))

    result = caught.value.result
    assert result.stopped == "Interrupted."
    assert result.tried
    assert [trial.score for trial in result.tried] == [trial.score for trial in whole.tried][: len(result.tried)]
    assert result.score == max(trial.score for trial in result.tried if trial.is_finished)


@pytest.mark.parametrize("name", EVERY)
def test_a_metric_that_raises_on_some_examples_costs_those_examples_alone(name: str) -> None:
    planted = planted_for(name)

    def touchy(example: Any, prediction: Any, trace: Any = None) -> bool:
        if int(example.answer) % 10 == 7:
            raise ZeroDivisionError
        return bool(example.answer == prediction.answer)

    result, _ = found_in(planted, name, options={"metric": touchy})

    assert quality(planted, name, result.best) > quality(planted, name, result.base)
    assert all(row.score == 0 for row in result.tried[0].evaluation.rows if int(row.example.answer) % 10 == 7)


@pytest.mark.parametrize("name", EVERY)
@pytest.mark.parametrize(("train", "val"), [(1, 1), (1, None), (2, None), (3, 2)])
def test_tiny_data_is_enough_to_run_and_to_plan(name: str, train: int, val: int | None) -> None:
    planted = Planted()
    arguments = {
        "trainset": planted.examples(0, train), "valset": None if val is None else planted.examples(100, val)
    }  # fmt: skip

    with context(lm=(lm := planted.lm())):
        low, high = made(name).plan(planted.program(), **arguments).calls
        result = made(name).run(planted.program(), **arguments)

    assert low <= len(lm.requests) <= high
    assert result.best_trial is None or result.score is not None


def test_an_unknown_optimizer_gets_a_suggestion() -> None:
    for said, meant in {"random_serch": "random_search", "mipro_v2": "miprov2"}.items():
        with pytest.raises(UsageError, match=rf"No optimizer is called '{said}'; .*Did you mean {meant}"):
            compile(ask(), data=TRAIN, optimizer=said)


@pytest.mark.filterwarnings("ignore::nbdspy.errors.CompileWarning")  # that no run is right at first
@pytest.mark.parametrize("name", ["mipro", "miprov2"])
def test_without_demonstrations_mipro_only_writes_instructions(name: str, lm: FakeLM) -> None:
    options = {**SMALL[name], "max_bootstrapped_demos": 0, "max_labeled_demos": 0}
    result = compile(ask(), data=TRAIN, val=VAL, optimizer=name, options=options)

    assert all(not trial.program.predictors()[0].demos for trial in result.tried)
    assert len({trial.program.predictors()[0].signature.instructions for trial in result.tried}) > 1


def test_an_optimizer_goes_by_the_name_of_its_class_too() -> None:
    for made_by in OPTIMIZERS.values():
        assert plan(ask(), data=TRAIN, val=TRAIN, optimizer=made_by.__name__).optimizer == made_by.name


@pytest.mark.parametrize(
    ("said", "message"),
    [
        ("knn_few_shot", r"'knn_few_shot' is no name to compile with\. It is made in Python: nbdspy\.KNNFewShot\("),
        ("KNNFewShot", r"nbdspy\.KNNFewShot\("),
        ("ensemble", r"nbdspy\.Ensemble\("),
        ("gepa", r"gepa is not there yet\. It comes later; now there are: "),
        ("SIMBA", r"SIMBA is not there yet\."),
        ("dspy.GEPA", r"GEPA is not there yet\."),
        ("gepa_optimizer", r"is not there yet\."),
        ("BetterTogether", r"is not there yet\."),
        ("coordinate_ascent", r'It is "opro" with options=\{"level": "coordinate"\}'),
        ("CA-OPRO", r'It is "opro" with options=\{"level": "coordinate"\}'),
        ("program-level OPRO", r'It is "opro" with options=\{"level": "program"\}'),
        ("module_level_opro", r'It is "opro" with options=\{"level": "module"\}'),
        ("0-shot MIPRO", r'"mipro" or "miprov2" with options=\{"max_bootstrapped_demos": 0, "max_labeled_demos": 0\}'),
        ("zero_shot_miprov2", r'"max_labeled_demos": 0'),
        ("bootstrap", r'Say "bootstrap_few_shot" for one'),
        ("optuna", r'Say "optuna_search"'),
        ("mipro++", r'Say "mipro_plus_plus"'),
    ],
)
def test_an_optimizer_that_goes_by_no_name_says_what_to_do(said: str, message: str) -> None:
    with pytest.raises(UsageError, match=message):
        compile(ask(), data=TRAIN, optimizer=said)


def test_an_unknown_option_gets_a_suggestion(lm: FakeLM) -> None:
    options = {"max_labelled_demos": 3}
    for optimizer in ("bootstrap_few_shot", made("bootstrap_few_shot")):
        with pytest.raises(UsageError, match=r"has no option 'max_labelled_demos'.*Did you mean max_labeled_demos"):
            compile(ask(), data=TRAIN, optimizer=optimizer, options=options)
    assert not lm.requests


@pytest.mark.parametrize(
    ("optimizer", "options", "said"),
    [
        ("labeled_few_shot", {"k": "many"}, "cannot use k = 'many'. Give a whole number from 0; by default it is 16."),
        ("labeled_few_shot", {"k": 2.5}, "Give a whole number from 0"),
        ("labeled_few_shot", {"k": True}, "Give a whole number from 0"),
        ("labeled_few_shot", {"sample": 1}, "Give True or False"),
        ("random_search", {"num_candidate_programs": -5}, "cannot use num_candidate_programs = -5."),
        ("random_search", {"stop_at_score": "high"}, "Give a number from 0 to 1, as scores are."),
        ("random_search", {"num_threads": 0}, "Give a whole number from 1."),
        (LabeledFewShot(), {"k": -1}, "cannot use k = -1."),
        (
            "miprov2",
            {"auto": "haevy"},
            "cannot use auto = 'haevy'; it is light, medium, heavy or None. Did you mean heavy",
        ),
        ("miprov2", {"auto": 3}, "cannot use auto = 3; it is light, medium, heavy or None."),
        ("miprov2", {"num_trials": 20}, "auto = 'light' sets num_candidates and num_trials, which are given too."),
        ("miprov2", {"auto": None, "num_trials": 20}, "without auto needs num_candidates and num_trials."),
        ("miprov2", {"minibatch_size": 0}, "Give a whole number from 1; by default it is 35."),
    ],
)
def test_an_option_of_no_use_is_refused_before_any_call(optimizer: Any, options: Any, said: str, lm: FakeLM) -> None:
    with pytest.raises(UsageError, match=re.escape(said)):
        compile(ask(), data=TRAIN, optimizer=optimizer, options=options)
    assert not lm.requests


@pytest.mark.parametrize("optimizer", [BootstrapFewShot(max_bootstrapped_demos="x"), LabeledFewShot(k=-1)])
def test_an_optimizer_that_was_set_up_wrong_is_refused_before_any_call(optimizer: Any, lm: FakeLM) -> None:
    for work in (optimizer.run, optimizer.compile, optimizer.plan):
        with pytest.raises(UsageError, match=r"cannot use .* Give a whole number from 0"):
            work(ask(), trainset=TRAIN)
    assert not lm.requests


def test_an_optimizer_that_chooses_needs_a_metric(lm: FakeLM) -> None:
    said = r'random_search needs a metric to choose by. Give one, such as metric="exact_match"'

    with pytest.raises(UsageError, match=said):
        compile(ask(), data=TRAIN, options={"metric": None})
    with pytest.raises(UsageError, match=said):
        OPTIMIZERS["random_search"](metric=None).run(ask(), trainset=TRAIN)
    assert not lm.requests
    assert compile(ask(), data=TRAIN, optimizer="bootstrap_few_shot", options={"metric": None}).metric == ""


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (BootstrapFewShot, 'BootstrapFewShot is a class.* Make one: BootstrapFewShot.*or say "bootstrap_few_shot"'),
        (dict, "dict is a class"),
    ],
)
def test_the_class_of_an_optimizer_gets_a_hint(given: Any, said: str) -> None:
    with pytest.raises(UsageError, match=said):
        compile(ask(), data=TRAIN, optimizer=given)


@pytest.mark.parametrize("program", ["question -> answer", Search()])
@pytest.mark.parametrize("where", ["training", "validation", "test"])
def test_a_row_without_the_label_that_the_metric_needs_is_refused_before_any_call(
    where: str, program: Any, lm: FakeLM
) -> None:
    sets = {"training": numbers(*range(20)), "validation": numbers(*range(20, 40)), "test": numbers(*range(40, 60))}
    for row in (11, 15):
        sets[where][row] = sets[where][row].copy(answer=None)

    with pytest.raises(DataError, match=f"Row 11 of the {where} data cannot be scored. .* with 2 of 20 rows"):
        compile(program, sets["training"], val=sets["validation"], test=sets["test"], store=False)
    assert lm.requests == []


def test_a_trainset_without_a_label_is_refused_by_an_optimizer_too(lm: FakeLM) -> None:
    trainset = [*numbers(*range(9)), numbers(9)[0].copy(answer=float("nan"))]

    with pytest.raises(DataError, match="Row 9 of the trainset cannot be scored"):
        BootstrapFewShot("exact_match").compile("question -> answer", trainset=trainset)
    assert lm.requests == []


@pytest.mark.parametrize("given", [{"seed": 0}, {"metric": "exact_match"}, {"threads": 2}])
def test_an_argument_that_stands_among_the_options_too_is_refused(given: dict[str, Any], lm: FakeLM) -> None:
    options = {"seed": 9, "metric": "f1", "num_threads": 3}
    ((name, value),) = given.items()

    with pytest.raises(UsageError, match=f"{name} is given twice: {value!r}, and among the options "):
        compile("question -> answer", numbers(1), options=options, store=False, **given)
    assert lm.requests == []


def test_an_unknown_metric_or_program_is_refused_before_any_call(lm: FakeLM) -> None:
    with pytest.raises(UsageError, match="No metric is called 'exact_mach'"):
        compile(ask(), data=TRAIN, metric="exact_mach")
    with pytest.raises(UsageError, match="42 is an int, not a program"):
        compile(42, data=TRAIN)
    assert not lm.requests


class TestEnsemble:
    """The same lines for Ensemble, which is compiled from programs that there are.

    It learns from no data by no metric, makes no call, and draws by no seed, so that of these there is nothing to keep
    to: seed 0, tables and unfit columns, the plan, trials that are told, written down, raced or never worse than what
    went in, killing and resuming. What it makes is asked in the other lines: at each call it sends what its programs
    send, which can be limited, interrupted and divided among threads.
    """

    planted = Planted(noise=1.0)  # where luck is the prompt's own, so that programs are wrong in different places

    def members(self, count: int) -> list[Module]:
        programs = []
        for number in range(count):
            program = self.planted.program()
            assert isinstance(program, Predict)
            program.signature = program.signature.with_instructions(self.planted.best_instruction(0))
            program.demos = self.planted.examples(
                4 * number + 1, 1
            )  # which makes the prompt another one, and no better
            programs.append(program)
        return programs

    def made(self, count: int = 3, **options: Any) -> Module:
        return Ensemble(reduce_fn=majority, **options).compile(self.members(count))

    def test_programs_and_ensemble_are_left_as_they_were_and_nothing_is_sent(self, lm: FakeLM) -> None:
        ensemble, members = Ensemble(size=2), self.members(3)
        before = [member.dump_state() for member in members], copy.deepcopy(vars(ensemble))

        first, second = ensemble.compile(members), ensemble.compile(members)

        assert ([member.dump_state() for member in members], vars(ensemble)) == before
        assert first.dump_state() == second.dump_state()
        assert not lm.requests

    def test_programs_whose_quality_is_known_are_better_together_with_so_many_calls(self) -> None:
        examples = self.planted.examples(1000, 300)
        with context(lm=(lm := self.planted.lm())):
            found = evaluate(self.made(7), examples, metric="exact_match")

        assert found.mean > self.planted.quality(self.members(1)[0]) + 0.1
        assert len(lm.requests) == 7 * len(examples)

    @pytest.mark.parametrize("options", [{}, {"size": 2, "deterministic": True}], ids=["all", "drawn"])
    def test_1_and_8_and_64_threads_answer_the_same_however_long_each_reply_takes(self, options: Any) -> None:
        found = []
        for threads in (1, 8, 64):
            with context(lm=unsteady(self.planted, threads), num_threads=threads):
                rows = evaluate(self.made(5, **options), self.planted.examples(0, 30), metric="exact_match").rows
            found.append([(row.score, row.prediction.answer) for row in rows])

        assert found[0] == found[1] == found[2]

    @pytest.mark.parametrize("threads", [1, 4])
    def test_a_limit_of_calls_is_kept_and_is_no_missing_vote(self, threads: int) -> None:
        with context(lm=(lm := self.planted.lm()), num_threads=threads), spending(Budget(calls=5)):
            program = self.made(3)
            assert program(question="number 1.").answer
            with pytest.raises(BudgetExceeded):
                program(question="number 2.")

        assert len(lm.requests) == 5

    @pytest.mark.parametrize("threads", [1, 4])
    def test_an_interrupt_is_no_missing_vote(self, threads: int) -> None:
        called = itertools.count()

        def answer(request: Any) -> Any:
            if next(called) == 1:
                raise KeyboardInterrupt
            return self.planted.reply(request)

        with context(lm=FakeLM(answer), num_threads=threads), pytest.raises(KeyboardInterrupt):
            self.made(3)(question="number 1.")

    def test_no_more_calls_are_out_than_there_are_threads(self) -> None:
        crowd = Crowd(self.planted)
        with context(lm=FakeLM(crowd), num_threads=5):
            evaluate(self.made(3), self.planted.examples(0, 20), metric="exact_match")

        assert crowd.most == 5

    def test_no_program_is_refused_and_one_is_enough(self) -> None:
        with pytest.raises(UsageError, match="There is no program to ask"):
            self.made(0)
        with context(lm=self.planted.lm()):
            alone = self.members(1)[0](question="number 1.").answer
            assert self.made(1)(question="number 1.").answer == alone

    def test_it_can_be_compiled_further(self) -> None:
        with context(lm=self.planted.lm()):
            result = made("bootstrap_few_shot", num_threads=1).run(
                self.made(3), trainset=self.planted.examples(0, 40), valset=self.planted.examples(100, 40)
            )

        assert result.base_score is not None
        assert [len(predictor.demos) for predictor in result.tried[1].program.predictors()] == [16, 16, 16]
